"""Hold every run against the promises, as it happens, and all of it in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from proof.story import Run, Scene

from . import alarms, cards, doubted, learning, places, readers, runs, standing, telling
from .known import Known


@dataclass(slots=True)
class Judge:
    """Remembers what people were told; raises `BrokenPromiseError` for the first broken promise."""

    known: Known = field(default_factory=Known)

    def after(self, run: Run, scene: Scene) -> None:
        """Judge one run by what it did, and by what was so when it did it."""
        known = self.known
        if runs.is_idle(run, known):
            return
        doubted.learn(run, known)
        ended = learning.learn(run, scene, known)
        for part in (runs, telling, places, readers, cards, standing, alarms):
            part.check(run, scene, known)
        doubted.check(run, known)
        learning.remember(run, scene, ended, known)
        if not run.killed:
            telling.check_nothing_left(run, scene, known)
        for channel in {*known.fares, *scene.channels}:
            fates = [fate for name, fate in run.sends if name == channel]
            known.channel(channel).learn(channel, fates, run)
        known.is_vague = known.is_vague or (run.killed and "ledger.release" in run.effects)
        if run.complete:
            known.is_vague = not run.sure
            known.completed = run.now if run.sure else known.completed or run.now

    def end(self, scene: Scene, now: datetime) -> None:
        """Judge what is left once all is healed, and some runs later."""
        telling.check_end(scene, self.known, now)
        cards.check_end(scene, self.known, now)

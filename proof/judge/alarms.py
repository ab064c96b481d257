"""Who hears the alarms is looked at once a day; while nobody does, people read so once a week."""

from __future__ import annotations

from datetime import timedelta

from proof.story import DAY, Run, Scene

from .known import Known

WEEK = timedelta(days=7)
CHANNELS = ("sns", "slack")


def check(run: Run, scene: Scene, known: Known) -> None:
    said = [heard for heard in run.heard if heard.warns == "alarms"]
    for heard in said:
        last = known.alarmed.get(heard.channel)
        if scene.alarms is not False:
            raise known.broken(f"{heard.channel} says that nobody hears the alarms", run)
        if last is not None and run.now - last < WEEK - DAY:
            raise known.broken(f"{heard.channel} says again that nobody hears the alarms", run)
        if heard.confirmed and run.sure:
            known.alarmed[heard.channel] = run.now
    if scene.alarms is not False:
        known.unheard = None
        known.alarmed.clear()
        if _looks(run, known):  # Between two looks nobody learns that somebody heard them.
            known.unheard_said = None
        return
    if not said and _is_due(run, known) and _could_say(run, scene, known):
        raise known.broken("nobody hears the alarms, and nobody is told so", run)
    if any(heard.confirmed for heard in said):
        known.unheard_said = run.now
    if known.unheard is None and _looks(run, known):
        known.unheard = run.now


def _looks(run: Run, known: Known) -> bool:
    """Say whether a run surely looks who hears the alarms: the first complete one of a day."""
    is_first = known.completed is None or known.completed.date() != run.now.date()
    return is_first and run.complete and run.sure and not run.struck and not known.is_vague


def _is_due(run: Run, known: Known) -> bool:
    if known.unheard is None or not _looks(run, known):
        return False
    again = known.unheard_said + WEEK if known.unheard_said else known.unheard
    return max(again, known.unheard + DAY).date() <= run.now.date()


def _could_say(run: Run, scene: Scene, known: Known) -> bool:
    return not scene.refused and any(
        channel in scene.able
        and known.channel(channel).greeted
        and not known.channel(channel).may_rest(run.now)
        for channel in CHANNELS
    )

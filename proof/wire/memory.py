"""A scenario in memory, where the judge hears of every run."""

from __future__ import annotations

from datetime import timedelta

from proof.judge.judge import Judge
from proof.story import Run, Scene
from proof.world.effects import Effect, Fault
from proof.world.world import World
from simulator.account import READER

from .lines import Seen
from .scenarios import Scenario, name_of


class MemoryStage:
    """The world in memory, in which the `nth` effect of the run in question fails."""

    def __init__(self, scenario: Scenario, nth: int = 0, fault: Fault | None = None) -> None:
        self._scenario, self._nth, self._fault = scenario, nth, fault
        self._judge = Judge()
        self.lines: list[str] = []
        self.world = World(scenario.deployed)
        self.world.inbox.page = 1
        self.world.topic.subscribe(READER)
        self.world.slack.way = scenario.way
        self.world.after = self._after

    def play(self) -> list[str]:
        """Return what is to be seen run by run; raise AssertionError if a promise is broken."""
        self._scenario.play(self)
        self._judge.end(self.world.scene(), self.world.now)
        return self.lines

    def invite(self, number: int, *, expires_in: timedelta, is_lead: bool = False) -> None:
        id_ = name_of(number)
        kind = "LeadInvitation" if is_lead else "OpportunityInvitation"
        self.world.invite(id_, expires_in=expires_in, title=id_, payload_type=kind)

    def accept(self, number: int) -> None:
        self.world.inbox.truths[name_of(number)].answered = (self.world.now, "ACCEPTED")

    def move(self, number: int, *, by: timedelta) -> None:
        truth, now = self.world.inbox.truths[name_of(number)], self.world.now
        deadline = truth.deadline(now)
        truth.deadlines.append((now, deadline and deadline + by))

    def delete_cards(self) -> None:
        self.world.slack.shown.clear()

    def wait(self, span: timedelta) -> None:
        self.world.now += span

    def run(self) -> None:
        self.world.tick()

    def begin(self) -> None:
        world, in_question = self.world, self.world.runs

        def strike(effect: Effect) -> Fault | None:
            """Fail as the wire does, where what fails is not refused besides."""
            is_struck = (effect.run, effect.nth) == (in_question, self._nth)
            fault = self._fault if is_struck else None
            is_picky = self._scenario.picky and fault is None
            ids = set(world.inbox.truths) if is_picky else set()
            world.topic.allergic = world.slack.allergic = ids
            return fault

        world.strike = strike

    def heal(self) -> None:
        """Do nothing: no effect of any later run fails."""

    def _after(self, run: Run, scene: Scene) -> None:
        self._judge.after(run, scene)
        table, slack = self.world.table, self.world.slack
        ends = {"killed": run.killed, "held": run.held, "complete": run.complete}
        self.lines += Seen(
            now=run.now,
            ended=next((word for word, is_so in ends.items() if is_so), "not complete"),
            errors=run.errors,
            effects=[name.replace("count", "read") for name in run.effects],
            heard=run.heard,
            shown=slack.shown.values(),
            records={f"pending#{id_}": record for id_, record in table.opened.items()}
            | {f"closed#{id_}": record for id_, record in table.closed.items()},
            state=table.state(),
            leased=table.owner is not None,
            stamps=[heard.ts or "" for heard in slack.heard],
        ).lines()

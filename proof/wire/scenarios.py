"""One small scenario for each kind of call, to be played on two stages: the wire and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal, Protocol

from proof.story import DAY, HOUR, MINUTE, Deployed, Way

LEADS = "C0LEADS"
TICK = 5 * MINUTE
LEASE_OVER = timedelta(seconds=151)
AFTER = (LEASE_OVER, TICK)
"""When runs come once nothing fails any more: the second one ends the pause after a doubt."""


class Stage(Protocol):
    """Where a scenario is played; an invitation goes by its number."""

    def invite(self, number: int, *, expires_in: timedelta, is_lead: bool = False) -> None: ...

    def accept(self, number: int) -> None: ...

    def move(self, number: int, *, by: timedelta) -> None: ...

    def delete_cards(self) -> None: ...

    def wait(self, span: timedelta) -> None: ...

    def run(self) -> None: ...

    def begin(self) -> None:
        """Let calls fail from now on, if one is to, and what is `picky` refuse messages."""

    def heal(self) -> None:
        """Let nothing fail any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is so before a run whose `calls` are made to fail, one in each case.

    `way` is how Slack is reached. If it is `picky`, whoever is told something takes it in plain
    form only.
    """

    name: str
    prepare: Callable[[Stage], None]
    calls: tuple[str, ...]
    way: Literal["bot", "webhook"] = "bot"
    picky: bool = False
    deployed: Deployed = field(default_factory=Deployed)

    def play(self, stage: Stage) -> None:
        """Play it up to the run in question, then that run, then others in which nothing fails."""
        self.prepare(stage)
        stage.begin()
        stage.run()
        stage.heal()
        for span in AFTER:
            stage.wait(span)
            stage.run()


def name_of(number: int) -> str:
    """Return an invitation's id, which is its title too: so every message names it."""
    return f"engi-{number:013}"


def _first(stage: Stage) -> None:
    """One has come, and nothing was ever said."""
    stage.invite(1, expires_in=5 * DAY)


def _routed(stage: Stage) -> None:
    """One that is known, and on the next page a new one, which belongs in a place of its own."""
    stage.invite(1, expires_in=5 * DAY)
    stage.run()
    stage.wait(TICK)
    stage.invite(2, expires_in=5 * DAY, is_lead=True)


def _last(stage: Stage) -> None:
    stage.invite(1, expires_in=4 * HOUR + TICK)
    stage.run()
    stage.wait(2 * TICK)


def _deleted(stage: Stage) -> None:
    _last(stage)
    stage.delete_cards()


def _moved(stage: Stage) -> None:
    stage.invite(1, expires_in=5 * DAY)
    stage.run()
    stage.move(1, by=2 * DAY)
    stage.wait(TICK)


def _accepted(stage: Stage) -> None:
    stage.invite(1, expires_in=5 * DAY)
    stage.run()
    stage.accept(1)
    stage.wait(TICK)


def _gap(stage: Stage) -> None:
    """One came and expired while no run could look; a standing digest is due, too."""
    stage.run()
    stage.invite(1, expires_in=HOUR)
    stage.wait(DAY)


_ROUTES = Deployed(routes=(Way(name="leads", payload_type="LeadInvitation", place=LEADS),))

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="first",
            prepare=_first,
            way="webhook",
            picky=True,
            calls=(
                *("lease", "list", "query", "batch get", "observe", "listeners", "details"),
                *("publish", "publish (plain)", "told", "state", "secret"),
                *("webhook", "webhook (plain)", "release"),
            ),
        ),
        Scenario(
            name="routed",
            prepare=_routed,
            picky=True,
            calls=("next page", "post", "post (plain)"),
            deployed=_ROUTES,
        ),
        Scenario(name="last", prepare=_last, calls=("reply",)),
        Scenario(
            name="deleted",
            prepare=_deleted,
            picky=True,
            calls=("reply (plain)", "post", "post (plain)"),
        ),
        Scenario(
            name="moved", prepare=_moved, picky=True, calls=("update", "update (plain)", "cards")
        ),
        Scenario(name="accepted", prepare=_accepted, calls=("end", "close")),
        Scenario(
            name="gap",
            prepare=_gap,
            way="webhook",
            calls=("search", "count"),
            deployed=Deployed(digest_at=time(9)),
        ),
    )
}

"""What is due when a run is hurt: each scenario is played up to the run in question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from simulator.wire import Drop, Fault, Refuse, aws_query_error

from .heard import CONNECTED
from .stage import TICK, Stage

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DIGEST = 26
"""The fewest invitations, each as long as its limits allow, that make two parts on Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A state of the world and what the next run is to tell in it, on each channel.

    `standing` is a fault that belongs to the scenario: it strikes beside what is injected.
    """

    name: str
    prepare: Callable[[Stage], None]
    due: frozenset[str]
    standing: Callable[[], Fault] | None = None


def _hello(_stage: Stage) -> None:
    """Nothing was ever said, and the inbox is empty."""


def _first(stage: Stage) -> None:
    stage.invite(expires_in=5 * DAY)


def _new(stage: Stage) -> None:
    stage.run_well()
    stage.invite(expires_in=5 * DAY)


def _expiring(stage: Stage) -> None:
    stage.invite(expires_in=72 * HOUR + 2 * TICK)
    stage.run_well()
    stage.pass_time(3 * TICK)


def _digest(stage: Stage) -> None:
    stage.run_well()
    for number in range(DIGEST):
        stage.account.partner_central.invite(
            title=f"Case-{number:02d} " + "&" * 32,
            sender="&" * 60,
            expires_in=5 * DAY + number * HOUR,
        )


def _doubt(stage: Stage) -> None:
    """Both channels fell silent before, and were left alone for a while."""
    stage.run_well()
    stage.invite(expires_in=5 * DAY)
    wire = stage.account.wire
    silent = [
        wire.inject(Fault("sns", Drop(before=True), operation="Publish")),
        wire.inject(Fault("slack", Drop(before=True))),
    ]
    stage.run()
    for fault in silent:
        wire.heal(fault)
    stage.pass_time(TICK)


def _closure(stage: Stage) -> None:
    """One told and then accepted, one that expired while both channels were dead."""
    answered = stage.invite(0, expires_in=5 * DAY)
    stage.run_well()
    stage.invite(1, expires_in=2 * TICK)
    wire = stage.account.wire
    dead = [
        wire.inject(Fault("sns", aws_query_error("Throttled", "no", 429), times=None)),
        wire.inject(Fault("slack", Refuse(429, b"rate_limited"), times=None)),
    ]
    stage.run()
    for fault in dead:
        wire.heal(fault)
    stage.account.partner_central.accept(answered)
    stage.pass_time(3 * TICK)


def _gap(stage: Stage) -> None:
    """One came and expired while no run could look."""
    stage.run_well()
    stage.invite(expires_in=HOUR)
    stage.pass_time(DAY + HOUR)


def _refusing_blocks() -> Fault:
    return Fault("slack", Refuse(400, b"invalid_blocks"), containing=b'"blocks"')


_ONE_NEW = frozenset({"Case-00 new"})

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="hello", prepare=_hello, due=frozenset({CONNECTED})),
        Scenario(name="first", prepare=_first, due=_ONE_NEW | {CONNECTED}),
        Scenario(name="new", prepare=_new, due=_ONE_NEW),
        Scenario(name="doubt", prepare=_doubt, due=_ONE_NEW),
        Scenario(name="expiring", prepare=_expiring, due=frozenset({"Case-00 expiring"})),
        Scenario(name="closure", prepare=_closure, due=frozenset({"Case-01 closed.expired"})),
        Scenario(name="gap", prepare=_gap, due=frozenset({"Case-00 closed.expired"})),
        Scenario(name="plain", prepare=_new, due=_ONE_NEW, standing=_refusing_blocks),
        Scenario(
            name="digest",
            prepare=_digest,
            due=frozenset(f"Case-{number:02d} new" for number in range(DIGEST)),
        ),
    )
}

"""What is due when a call fails: each scenario is played up to the run in question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from faults.messages import tag
from simulator.wire import Drop, Fault, Refuse, aws_query_error

from .rig import TICK, WAYS, Rig, Way
from .told import CONNECTED

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DIGEST = 26
"""The fewest invitations, each as long as its limits allow, that make two parts on Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A state of the world and what the next run is to tell in it, on each channel.

    Programs are told `ends` as well: what people answered. `ways` are those in which something
    else is to be seen. `standing` is a fault that belongs to the scenario: it is injected beside
    the case's own.
    """

    name: str
    prepare: Callable[[Rig], None]
    due: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    ways: tuple[Way, ...] = WAYS
    standing: Callable[[], Fault] | None = None


def _hello(_rig: Rig) -> None:
    """Nothing was ever said, and the inbox is empty."""


def _first(rig: Rig) -> None:
    rig.invite(expires_in=5 * DAY)


def _new(rig: Rig) -> None:
    rig.run_well()
    rig.invite(expires_in=5 * DAY)


def _expiring(rig: Rig) -> None:
    rig.invite(expires_in=72 * HOUR + 2 * TICK)
    rig.run_well()
    rig.pass_time(3 * TICK)


def _digest(rig: Rig) -> None:
    rig.run_well()
    for number in range(DIGEST):
        rig.account.partner_central.invite(
            title=f"{tag(number)} " + "&" * 32,
            sender="&" * 60,
            expires_in=5 * DAY + number * HOUR,
        )


def _doubt(rig: Rig) -> None:
    """Both channels fell silent before, and are left alone for a while."""
    rig.run_well()
    rig.invite(expires_in=5 * DAY)
    wire = rig.account.wire
    silent = [
        wire.inject(Fault("sns", Drop(before=True), operation="Publish")),
        wire.inject(Fault("slack", Drop(before=True))),
    ]
    rig.run()
    for fault in silent:
        wire.heal(fault)
    rig.pass_time(TICK)


def _closure(rig: Rig) -> None:
    """One told and then accepted, one that expired while both channels were dead."""
    answered = rig.invite(0, expires_in=5 * DAY)
    rig.run_well()
    rig.invite(1, expires_in=2 * TICK)
    wire = rig.account.wire
    dead = [
        wire.inject(Fault("sns", aws_query_error("Throttled", "no", 429), times=None)),
        wire.inject(Fault("slack", Refuse(429, b"rate_limited"), times=None)),
    ]
    rig.run()
    for fault in dead:
        wire.heal(fault)
    rig.account.partner_central.accept(answered)
    rig.pass_time(3 * TICK)


def _gap(rig: Rig) -> None:
    """One came and expired while no run could look."""
    rig.run_well()
    rig.invite(expires_in=HOUR)
    rig.pass_time(DAY + HOUR)


def _accepted(rig: Rig) -> None:
    """One told, and then accepted: its card is to say so."""
    id_ = rig.invite(expires_in=5 * DAY)
    rig.run_well()
    rig.account.partner_central.accept(id_)
    rig.pass_time(TICK)


def _last(rig: Rig) -> None:
    rig.invite(expires_in=4 * HOUR + 2 * TICK)
    rig.run_well()
    rig.pass_time(3 * TICK)


def _expired(rig: Rig) -> None:
    """One that everybody was told of."""
    rig.invite(expires_in=2 * TICK)
    rig.run_well()
    rig.pass_time(3 * TICK)


def _moved(rig: Rig) -> None:
    id_ = rig.invite(expires_in=5 * DAY)
    rig.run_well()
    rig.account.partner_central.move_expiry(id_, 2 * DAY)
    rig.pass_time(TICK)


def _deleted(rig: Rig) -> None:
    """Two cards that somebody deleted: one of an invitation that was accepted."""
    accepted = rig.invite(0, expires_in=5 * DAY)
    rig.invite(1, expires_in=72 * HOUR + 2 * TICK)
    rig.run_well()
    for post in rig.account.slack.shown():
        rig.account.slack.delete(post.ts)
    rig.account.partner_central.accept(accepted)
    rig.pass_time(3 * TICK)


def _refusing_blocks() -> Fault:
    return Fault("slack", Refuse(400, b"invalid_blocks"), containing=b'"blocks"')


_ONE_NEW = frozenset({"Deal-00 new"})
_ONE_ACCEPTED = frozenset({"Deal-00 closed.accepted"})

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="hello", prepare=_hello, due=frozenset({CONNECTED})),
        Scenario(name="first", prepare=_first, due=_ONE_NEW | {CONNECTED}),
        Scenario(name="new", prepare=_new, due=_ONE_NEW),
        Scenario(name="doubt", prepare=_doubt, due=_ONE_NEW),
        Scenario(name="expiring", prepare=_expiring, due=frozenset({"Deal-00 expiring.72"})),
        Scenario(
            name="closure",
            prepare=_closure,
            due=frozenset({"Deal-01 closed.expired"}),
            ends=_ONE_ACCEPTED,
        ),
        Scenario(name="gap", prepare=_gap, due=frozenset({"Deal-00 closed.expired"})),
        Scenario(name="accepted", prepare=_accepted, ends=_ONE_ACCEPTED, ways=("bot",)),
        Scenario(name="last", prepare=_last, due=frozenset({"Deal-00 expiring.4"}), ways=("bot",)),
        Scenario(name="expired", prepare=_expired, due=frozenset({"Deal-00 closed.expired"})),
        Scenario(name="moved", prepare=_moved, ways=("bot",)),
        Scenario(
            name="deleted",
            prepare=_deleted,
            due=frozenset({"Deal-01 expiring.72"}),
            ends=_ONE_ACCEPTED,
            ways=("bot",),
        ),
        Scenario(name="plain", prepare=_new, due=_ONE_NEW, standing=_refusing_blocks),
        Scenario(
            name="digest",
            prepare=_digest,
            due=frozenset(f"Deal-{number:02d} new" for number in range(DIGEST)),
        ),
    )
}

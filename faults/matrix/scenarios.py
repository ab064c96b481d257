"""What is due when a call fails: each scenario is played up to the run in question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from faults.messages import ESCALATED, tag
from notifier.core.hours import DAYS
from notifier.core.routes import Route
from simulator.wire import Drop, Fault, Refuse, aws_query_error

from .rig import TICK, WAYS, Rig, Way
from .told import CONNECTED, STANDS

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DIGEST = 26
"""The fewest invitations, each as long as its limits allow, that make two parts on Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A state of the world and what the next run is to tell in it, on each channel.

    Programs are told `ends` as well: what people answered; Slack is told `beside`: what is said in
    other places, and to whoever it escalates to. `ways` are those in which something else is to be
    seen. `standing` is a fault that belongs to the scenario: it is injected beside the case's own.
    `settings` are what is deployed, beside the defaults. `refusals` are Slack's words for the
    places that take nothing, in every run.
    """

    name: str
    prepare: Callable[[Rig], None]
    due: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    ways: tuple[Way, ...] = WAYS
    standing: Callable[[], Fault] | None = None
    beside: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()

    def due_on(self, channel: str) -> frozenset[str]:
        return self.due | (self.ends if channel == "sns" else self.beside)

    def unexpected(self, error: tuple[str, str] | None) -> bool:
        """Say whether a run failed for anything else than the places that take nothing."""
        parts = error[1].split("; ") if error else ()
        return not all(part.endswith(self.refusals or "?") for part in parts)


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


def _routed(rig: Rig) -> None:
    """Three come, each to its own place; for two of them, only the details say to which."""
    rig.run_well()
    rig.invite(0, expires_in=5 * DAY, details=_of_country("NO"))
    rig.invite(1, expires_in=6 * DAY, kind="LeadInvitation")
    rig.invite(2, expires_in=7 * DAY, details=_of_country("DE"))


def _removed(rig: Rig) -> None:
    """One whose route is not in the settings any more comes to a stage."""
    rig.invite(expires_in=72 * HOUR + 2 * TICK, kind="LeadInvitation")
    rig.run_well()
    rig.environment = rig.account.environment()
    rig.pass_time(3 * TICK)


def _escalated(rig: Rig) -> None:
    rig.invite(expires_in=4 * HOUR + 2 * TICK)
    rig.run_well()
    rig.pass_time(3 * TICK)


def _handed(rig: Rig) -> None:
    """One place has been archived for an hour, and whoever it escalates to is not to be reached."""
    slack = rig.account.slack
    rig.invite(0, expires_in=5 * HOUR + 2 * TICK)
    rig.run_well()
    slack.open(LEADS_PLACE).is_archived = True
    slack.open(BOSS).is_member = False
    rig.invite(1, expires_in=5 * DAY, kind="LeadInvitation")
    rig.run()
    rig.pass_time(HOUR + 3 * TICK)


def _standing(rig: Rig) -> None:
    """Two open ones, of which one is in a place of its own, when a standing digest comes due."""
    rig.run_well()
    rig.invite(0, expires_in=5 * DAY, details=_of_country("NO"))
    rig.invite(1, expires_in=6 * DAY, kind="LeadInvitation")
    rig.run_well()
    rig.pass_time(HOUR)


def _of_country(code: str) -> dict[str, Any]:
    return {"Payload": {"OpportunityInvitation": {"Customer": {"CountryCode": code}}}}


def _refusing_blocks() -> Fault:
    return Fault("slack", Refuse(400, b"invalid_blocks"), containing=b'"blocks"')


LEADS_PLACE, DACH_PLACE, BOSS = "C0LEADS", "C0DACH", "U0BOSS"
_LEADS = Route(name="leads", when={"payload_type": ("LeadInvitation",)}, slack_channel=LEADS_PLACE)
_DACH = Route(name="dach", when={"country": ("DE", "AT", "CH")}, slack_channel=DACH_PLACE)
_ROUTES = {"routes": (_LEADS, _DACH)}
_STANDING = _ROUTES | {"digest_days": DAYS, "digest_at": "09:30"}
_ESCALATING = {"routes": (_LEADS,), "escalate_hours": 4, "escalate_to": (BOSS,)}

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
        Scenario(
            name="greeted",
            prepare=_hello,
            due=frozenset({CONNECTED}),
            beside=frozenset({f"{CONNECTED} {LEADS_PLACE}", f"{CONNECTED} {BOSS}"}),
            settings=_ESCALATING,
            ways=("bot",),
        ),
        Scenario(
            name="routed",
            prepare=_routed,
            due=frozenset(f"Deal-{number:02d} new" for number in range(3)),
            settings=_ROUTES,
        ),
        Scenario(
            name="stands",
            prepare=_standing,
            due=frozenset({STANDS}),
            beside=frozenset({f"{STANDS} {LEADS_PLACE}"}),
            settings=_STANDING,
        ),
        Scenario(
            name="removed",
            prepare=_removed,
            due=frozenset({"Deal-00 expiring.72"}),
            settings=_ROUTES,
            ways=("bot",),
        ),
        Scenario(
            name="escalated",
            prepare=_escalated,
            due=frozenset({"Deal-00 expiring.4"}),
            beside=frozenset({f"Deal-00 {ESCALATED}"}),
            settings=_ESCALATING,
            ways=("bot",),
        ),
        Scenario(
            name="handed",
            prepare=_handed,
            due=frozenset({"Deal-00 expiring.4"}),
            beside=frozenset({f"Deal-00 {ESCALATED}", "Deal-01 new"}),
            settings=_ESCALATING,
            refusals=("is_archived", "not_in_channel"),
            ways=("bot",),
        ),
    )
}

"""The gallery's examples: messages as the core composes them, always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from notifier.core.hours import parse
from notifier.core.message import Message
from notifier.core.model import (
    ACCEPTED,
    EXPIRED,
    REJECTED,
    UNKNOWN,
    Alert,
    Contact,
    Details,
    Invitation,
    Kind,
    NotConnected,
)
from notifier.core.text import clean
from notifier.run.alarms import ABOUT as ALARMS_UNHEARD

from . import standing
from .invitations import (
    BERLIN,
    EXPIRES,
    INVITED,
    account_plan,
    brief,
    empty,
    full,
    lead,
    long,
    unknown,
)

HOURS = parse("Mon-Fri 09:00-17:00", ZoneInfo("Europe/Berlin"))
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


class How(Enum):
    """What becomes of a message in Slack, if a bot's token is used."""

    POST = "a message of its own"
    REPLY = "a reply in the card's thread"
    UPDATE = "the card as updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message, under a name and a title; `only` is the one channel that ever sends it."""

    name: str
    title: str
    message: Message
    how: How = How.POST
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Examples of one kind."""

    name: str
    title: str
    examples: tuple[Example, ...]


def message(alert: Alert, details: Details | None, *, now: datetime) -> Message:
    return Message(catalog="AWS", now=now, alerts=(alert,), details=details)


def new(invitation: Invitation) -> Alert:
    return Alert(kind=Kind.NEW, invitation=invitation, reason="never told", since=INVITED)


FIRST = message(new(full().invitation), full(), now=INVITED)


def card_of(example: Example) -> Message:
    """Return what the card says under which an example stands, before anything changes."""
    alert, plan = example.message.single, account_plan()
    if alert is None or alert.invitation.payload_type != plan.invitation.payload_type:
        return FIRST
    return message(new(plan.invitation), plan, now=INVITED)


def sections() -> tuple[Section, ...]:
    """Return every example, in the order of an invitation's life."""
    return (
        Section(name="new", title="New invitations", examples=tuple(_new())),
        Section(name="reminders", title="Reminders", examples=tuple(_reminders())),
        Section(name="closures", title="Closures", examples=tuple(_closures())),
        Section(name="cards", title="Updated cards", examples=tuple(_cards())),
        Section(name="digests", title="Digests", examples=tuple(_digests())),
        Section(name="standing", title="Standing digests", examples=tuple(_standing())),
        Section(name="others", title="First contact and warnings", examples=tuple(_others())),
        Section(name="plain", title="The plain form", examples=tuple(_plain())),
    )


def _new() -> Iterator[Example]:
    shown = {
        "opportunity": ("An opportunity", full()),
        "lead": ("A lead, with everything that AWS adds to rate it", lead()),
        "account-plan": ("An account plan", account_plan()),
        "unknown-type": ("A type that nobody knows", unknown()),
        "empty": ("Everything missing", empty()),
        "long": ("Everything at its maximum length", long()),
    }
    for name, (title, details) in shown.items():
        held = message(new(details.invitation), details, now=INVITED)
        yield Example(name=f"new-{name}", title=title, message=held)
    hours = replace(FIRST, working_hours=HOURS)
    yield Example(name="new-working-hours", title="With working hours", message=hours)
    without = replace(FIRST, details=None)
    yield Example(name="new-unavailable", title="Details unavailable", message=without)
    off = replace(without, details_off=True)
    yield Example(name="new-details-off", title="Without details, as configured", message=off)
    sandbox = replace(FIRST, catalog="Sandbox")
    yield Example(name="new-sandbox", title="From the Sandbox catalog", message=sandbox)
    title = "<!channel> *A* _b_ ~c~ `d` <x|y> & @e"
    hostile = replace(full(), invitation=replace(full().invitation, title=title))
    held = message(new(hostile.invitation), hostile, now=INVITED)
    yield Example(name="new-formatting", title="Formatting characters in a title", message=held)
    last = "Accept or decline in Partner Central:\u2800https://evil.example/login"
    fooling = replace(
        full(),
        website="https://console.aws.amazon.com@evil.example/login",
        problem=clean(f"We move.{chr(0x3164) * 60}{last}", limit=600),
        message=clean(f"Please answer soon.\u00a0\u00a0\n\n{last}", limit=600),
        contacts=(Contact(name="support@aws.amazon.com", email="me@evil.example"),),
    )
    held = message(new(fooling.invitation), fooling, now=INVITED)
    yield Example(name="new-hostile", title="A sender who wants to fool us", message=held)


def _reminder(stage: timedelta, *, now: datetime, last: bool = False) -> Message:
    return _reminder_of(full(), stage, now=now, last=last)


def _reminder_of(details: Details, stage: timedelta, *, now: datetime, last: bool) -> Message:
    alert = replace(new(details.invitation), kind=Kind.EXPIRING, stage=stage, last=last)
    return message(replace(alert, was_told=True), details, now=now)


def _reminders() -> Iterator[Example]:
    for hours in (72, 24, 4):
        stage = hours * HOUR
        held = _reminder(stage, now=EXPIRES - stage, last=hours == 4)
        yield Example(
            name=f"reminder-{hours}",
            title=f"{hours} hours before expiry",
            message=held,
            how=How.REPLY,
        )
    plan = _reminder_of(account_plan(), 24 * HOUR, now=EXPIRES - 24 * HOUR, last=False)
    yield Example(
        name="reminder-account-plan", title="Of an account plan", message=plan, how=How.REPLY
    )
    yield from _changes()
    friday = datetime(2026, 3, 6, 16, 59, tzinfo=BERLIN)
    held = replace(_reminder(24 * HOUR, now=friday, last=True), working_hours=HOURS)
    title = "Brought forward to the last working minute"
    yield Example(name="reminder-forward", title=title, message=held, how=How.REPLY)
    alone = replace(_reminder(24 * HOUR, now=EXPIRES - 24 * HOUR), details=None)
    yield Example(
        name="reminder-alone", title="Without a card, and details unavailable", message=alone
    )


def _changes() -> Iterator[Example]:
    """Yield what is said when it is not as it was told before."""
    now, soon = EXPIRES - 30 * HOUR, EXPIRES - 27 * HOUR
    sooner = replace(full(), invitation=replace(full().invitation, expires_at=soon))
    up = _reminder_of(sooner, 4 * HOUR, now=now, last=True)
    up = replace(up, alerts=(replace(up.alerts[0], was_until=EXPIRES),))
    yield Example(name="moved-up", title="The date moved up", message=up, how=How.REPLY)
    later = replace(full(), invitation=replace(full().invitation, expires_at=EXPIRES + 9 * DAY))
    alert = replace(new(later.invitation), kind=Kind.MOVED, was_told=True, was_until=EXPIRES)
    held = message(alert, later, now=EXPIRES - HOUR)
    yield Example(name="moved-later", title="More time", message=held, how=How.REPLY)
    alert = replace(new(full().invitation), kind=Kind.MOVED, was_told=True, undated=True)
    held = message(alert, full(), now=EXPIRES + HOUR)
    title = "Past its last known date, and pending"
    yield Example(name="undated", title=title, message=held, how=How.REPLY)
    alert = replace(new(later.invitation), kind=Kind.REOPENED, was_told=True, was_until=EXPIRES)
    held = message(alert, later, now=EXPIRES + DAY)
    yield Example(name="reopened", title="Open again", message=held, how=How.REPLY)


def _closure(
    kind: Kind, status: str, *, told: bool = True, of: Callable[[], Details] = full
) -> Message:
    ended_at = EXPIRES if kind is Kind.CLOSED_EXPIRED else INVITED + 27 * HOUR
    details = of() if kind is Kind.CLOSED_EXPIRED else None
    alert = Alert(
        kind=kind,
        invitation=replace(of().invitation, status=status),
        reason="ended",
        since=ended_at,
        ended_at=ended_at,
        was_told=told,
    )
    return message(alert, details, now=ended_at)


def _closures() -> Iterator[Example]:
    expired, unknown_ = (_closure(Kind.CLOSED_EXPIRED, status) for status in (EXPIRED, UNKNOWN))
    never = _closure(Kind.CLOSED_EXPIRED, EXPIRED, told=False)
    yield Example(
        name="closed-expired", title="Expired, and people knew", message=expired, how=How.REPLY
    )
    yield Example(name="closed-expired-untold", title="Expired, and nobody knew", message=never)
    plan = _closure(Kind.CLOSED_EXPIRED, EXPIRED, of=account_plan)
    title = "An account plan expired"
    yield Example(name="closed-account-plan", title=title, message=plan, how=How.REPLY)
    title = "Gone, and Partner Central cannot say why"
    yield Example(name="closed-unknown", title=title, message=unknown_, how=How.REPLY)
    other = _closure(Kind.CLOSED_OTHER, "WITHDRAWN")
    title = "Ended in a status that nobody knows"
    yield Example(name="closed-other", title=title, message=other, how=How.REPLY)
    yield from (
        Example(
            name=f"closed-{word}",
            title=f"{word.capitalize()}: programs are told, people need no message",
            message=held,
            only="",
        )
        for word, held in _answered().items()
    )


def _answered() -> dict[str, Message]:
    return {
        "accepted": _closure(Kind.CLOSED_ACCEPTED, ACCEPTED),
        "declined": _closure(Kind.CLOSED_REJECTED, REJECTED),
    }


def _cards() -> Iterator[Example]:
    moved = replace(full().invitation, expires_at=EXPIRES + timedelta(days=2))
    held = message(replace(new(moved), was_told=True), full(), now=INVITED + HOUR)
    yield Example(
        name="card-moved", title="The expiry date moved", message=held, how=How.UPDATE, only="slack"
    )
    ended = _answered() | {
        "expired": _closure(Kind.CLOSED_EXPIRED, EXPIRED),
        "unknown": _closure(Kind.CLOSED_EXPIRED, UNKNOWN),
    }
    for word, closed in ended.items():
        yield Example(
            name=f"card-{word}",
            title=f"Ended: {word}",
            message=replace(closed, details=None, settled=True),
            how=How.UPDATE,
            only="slack",
        )
    plan = replace(_closure(Kind.CLOSED_ACCEPTED, ACCEPTED, of=account_plan), settled=True)
    title = "An account plan accepted"
    yield Example(name="card-account-plan", title=title, message=plan, how=How.UPDATE, only="slack")


def _digests() -> Iterator[Example]:
    for count in (6, 60, 600):
        alerts = tuple(new(invitation) for invitation in brief(count))
        held = Message(catalog="AWS", now=INVITED, alerts=alerts)
        yield Example(name=f"digest-{count}", title=f"{count} new invitations", message=held)
    yield Example(name="digest-mixed", title="New, expiring and expired", message=_mixed())
    late = tuple(
        replace(alert, kind=Kind.CLOSED_EXPIRED, ended_at=INVITED) for alert in _mixed().alerts[:3]
    )
    held = Message(catalog="AWS", now=INVITED, alerts=late)
    yield Example(name="digest-expired", title="Expired during a gap", message=held)


def _standing() -> Iterator[Example]:
    shown = {
        "standing": ("A Monday's, beside the week before", standing.digest(open_=8, ended=True)),
        "standing-600": ("600 open invitations", standing.digest(open_=600, ended=True)),
        "standing-expired": ("The first one: nothing open, and one expired", standing.quiet()),
    }
    for name, (title, held) in shown.items():
        yield Example(name=name, title=title, message=held)


def _mixed() -> Message:
    kinds = (Kind.CLOSED_EXPIRED, Kind.EXPIRING, Kind.NEW)
    found = [
        replace(
            new(invitation), kind=kinds[number % 3], stage=24 * HOUR if number % 3 == 1 else None
        )
        for number, invitation in enumerate(brief(9))
    ]
    past = timedelta(days=3)
    alerts = [
        replace(
            alert,
            invitation=replace(
                alert.invitation, status=EXPIRED, expires_at=INVITED - past + number * HOUR
            ),
            ended_at=INVITED - past,
        )
        if alert.kind is Kind.CLOSED_EXPIRED
        else alert
        for number, alert in enumerate(found)
    ]
    last = EXPIRES + timedelta(days=99)
    alerts.sort(key=lambda alert: alert.invitation.expires_at or last)
    return Message(catalog="AWS", now=INVITED, alerts=tuple(alerts))


def _others() -> Iterator[Example]:
    hello = Message(catalog="AWS", now=INVITED, welcome=0)
    yield Example(name="connected", title="First contact", message=hello)
    first = replace(FIRST, welcome=1)
    yield Example(name="connected-new", title="First contact, with an invitation", message=first)
    digest = Message(catalog="AWS", now=INVITED, alerts=tuple(map(new, brief(6))), welcome=6)
    yield Example(name="connected-digest", title="First contact, with a digest", message=digest)
    remedies = {
        "slack": (
            "sns",
            "no email subscription of the topic is confirmed: follow the link in the confirmation",
        ),
        "sns": ("slack", 'put {"webhook_url": "https://hooks.slack.com/services/…"} into secret S'),
    }
    for only, (about, remedy) in remedies.items():
        said = NotConnected(channel=about, remedy=remedy)
        held = Message(catalog="AWS", now=INVITED, not_connected=said)
        title = f"Warning: nobody is reached by {about}"
        yield Example(name=f"warning-{about}", title=title, message=held, only=only)
    follow = "follow the link in the confirmation"
    lacking = NotConnected(channel="sns", remedy=follow, routes=("dach",), diverted=True)
    held = Message(catalog="AWS", now=INVITED, not_connected=lacking)
    title = "Warning: a route's emails reach nobody"
    yield Example(name="warning-route", title=title, message=held, only="slack")
    (alert,) = FIRST.alerts
    away = replace(FIRST, channel="sns", alerts=(replace(alert, route="dach", diverted=True),))
    title = "A route's alert, where nobody in it is confirmed"
    yield Example(name="diverted", title=title, message=away, only="sns")
    unheard = Message(catalog="AWS", now=INVITED, not_connected=ALARMS_UNHEARD)
    title = "Warning: nobody hears the alarms"
    yield Example(name="warning-alarms", title=title, message=unheard, only="slack")


def _plain() -> Iterator[Example]:
    shown = {
        "new": FIRST,
        "reminder": _reminder(24 * HOUR, now=EXPIRES - 24 * HOUR),
        "expired": _closure(Kind.CLOSED_EXPIRED, EXPIRED),
        "digest": Message(catalog="AWS", now=INVITED, alerts=tuple(map(new, brief(6)))),
        "standing": standing.digest(open_=8, ended=True),
        "connected": Message(catalog="AWS", now=INVITED, welcome=3),
    }
    for name, held in shown.items():
        plain = replace(held, plain=True)
        yield Example(name=f"plain-{name}", title=f"Plain: {name}", message=plain)
    accepted = replace(_answered()["accepted"], settled=True, plain=True)
    yield Example(
        name="plain-card", title="Plain: a card", message=accepted, how=How.UPDATE, only="slack"
    )

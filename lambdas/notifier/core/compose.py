"""Say everything that a message says, once: a channel only dresses it, and adds no sentence.

What people read stands here: headlines, labels, calls to action, remarks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from .message import Message
from .model import LEAD, OPPORTUNITY, Alert, Details, Invitation, Kind, NotConnected, Spend
from .text import is_plain, one_line

LONG_TEXT = 1500
"""Characters of a customer's problem or a message that an alert shows; the rest is a click away."""

_NOUNS = {OPPORTUNITY: "opportunity", LEAD: "lead"}
_COUNTED = {
    Kind.NEW: "new",
    Kind.EXPIRING: "expiring soon",
    Kind.CLOSED_EXPIRED: "expired unanswered",
}
_WHERE = {"sns": "by email", "slack": "in Slack"}


class Sign(StrEnum):
    """What a channel shows in front of a message, each in its own way."""

    NEW = "new"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    DIGEST = "digest"
    CONNECTED = "connected"
    WARNING = "warning"


_SIGN_OF = {
    Kind.NEW: Sign.NEW,
    Kind.EXPIRING: Sign.EXPIRING,
    Kind.CLOSED_EXPIRED: Sign.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; a moment is shown in the reader's own way by each channel."""

    label: str
    value: str | datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an invitation expires or did, and the words before it; the words alone if unknown."""

    words: str
    moment: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert in a digest: what it is about, in a few words, and until when."""

    sign: Sign
    title: str
    about: str
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a message says, in reading order; texts are of any length, and not yet escaped.

    `greeting` is the line of first contact above an alert. `text` is the message's only sentence
    if it is about no invitation. `lines` are a digest's; `facts`, `passages` and `deadline` one
    invitation's.
    """

    sign: Sign
    headline: str
    call: str
    greeting: str | None = None
    text: str | None = None
    deadline: Deadline | None = None
    facts: tuple[Fact, ...] = ()
    passages: tuple[Fact, ...] = ()
    lines: tuple[Line, ...] = ()
    note: str | None = None


def compose(message: Message) -> Content:
    """Return what a message says; in plain form, nothing from outside that could be at fault."""
    greeting = None if message.welcome is None else _greeting(message.catalog, message.welcome)
    if message.not_connected is not None:
        return _warning(message, message.not_connected)
    if not message.alerts:
        return Content(
            sign=Sign.CONNECTED,
            headline=_marked(message, greeting or ""),
            text="Alerts about engagement invitations will appear here.",
            call=_call(message),
        )
    alert = message.single
    if alert is None:
        return Content(
            sign=Sign.DIGEST,
            greeting=greeting,
            headline=_marked(message, _digest_headline(message)),
            lines=tuple(line(alert, plain=message.plain) for alert in message.alerts),
            call=_call(message),
        )
    return Content(
        sign=_SIGN_OF[alert.kind],
        greeting=greeting,
        headline=_marked(message, _headline(alert, plain=message.plain)),
        deadline=_deadline(alert),
        facts=tuple(_plain_facts(alert) if message.plain else _facts(alert, message.details)),
        passages=() if message.plain else tuple(_passages(alert, message.details)),
        call=_call(message),
        note=_note(message, alert),
    )


def line(alert: Alert, *, plain: bool = False) -> Line:
    """Return an alert's line in a digest."""
    invitation = alert.invitation
    return Line(
        sign=_SIGN_OF[alert.kind],
        title=_plain_name(invitation) if plain else _name(invitation),
        about=_about(alert, plain=plain),
        deadline=_deadline(alert),
    )


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Return `moment` on the clock of `zone`, with the zone's name: Wed 25 Nov 2026, 14:00 CET."""
    return f"{moment.astimezone(zone):%a %d %b %Y, %H:%M %Z}"


def time_left(moment: datetime, now: datetime) -> str | None:
    """Return how long it is to `moment` in words, or None if it has passed."""
    left = moment - now
    if left <= timedelta(0):
        return None
    hours, minutes = divmod(left.seconds // 60, 60)
    spans = ((left.days, "day"), (hours, "hour"), (minutes, "minute"))
    first = next((n for n, (count, _) in enumerate(spans) if count), None)
    if first is None:
        return "less than a minute left"
    words = [counted(count, thing) for count, thing in spans[first : first + 2] if count]
    return f"{' '.join(words)} left"


def _marked(message: Message, headline: str) -> str:
    """Say which catalog it is, unless it is the real one."""
    return headline if message.catalog == "AWS" else f"[{message.catalog}] {headline}"


def _greeting(catalog: str, pending: int) -> str:
    return f"Connected to the {catalog} catalog: {counted(pending, 'invitation')} pending."


def _warning(message: Message, about: NotConnected) -> Content:
    """Say what to do about another channel, which reaches nobody."""
    where = _WHERE.get(about.channel, f"on {about.channel}")
    return Content(
        sign=Sign.WARNING,
        headline=_marked(message, f"Nobody receives these alerts {where}"),
        text=f"{about.remedy[:1].upper()}{about.remedy[1:]}. "
        "Anything due there is kept until then.",
        call=_call(message),
    )


def _call(message: Message) -> str:
    can_answer = any(alert.invitation.is_answerable for alert in message.alerts)
    return "Accept or decline in Partner Central" if can_answer else "Open Partner Central"


def _headline(alert: Alert, *, plain: bool) -> str:
    invitation = alert.invitation
    shown, sender = (invitation.id, "") if plain else (_name(invitation), _from(invitation))
    if alert.kind is Kind.NEW:
        return f"New {_noun(invitation)}{sender}: {shown}"
    if alert.kind is Kind.CLOSED_EXPIRED:
        return f"Expired unanswered: {shown}"
    return f"Under {_span(alert.stage_hours or 0)} left: {shown}"


def _digest_headline(message: Message) -> str:
    counts = Counter(alert.kind for alert in message.alerts)
    part = f" (part {message.part} of {message.parts})" if message.parts > 1 else ""
    total = len(message.alerts)
    if len(counts) == 1:
        word = _COUNTED[message.alerts[0].kind]
        if message.alerts[0].kind is Kind.NEW:
            return f"{counted(total, 'new invitation')}{part}"
        return f"{counted(total, 'invitation')} {word}{part}"
    kinds = ", ".join(f"{counts[kind]:,} {word}" for kind, word in _COUNTED.items() if counts[kind])
    return f"{counted(total, 'invitation')}: {kinds}{part}"


def _deadline(alert: Alert) -> Deadline:
    expires_at = alert.invitation.expires_at
    if expires_at is None:
        return Deadline("no expiry date given", None)
    words = "expired" if alert.kind is Kind.CLOSED_EXPIRED else "respond by"
    return Deadline(words, expires_at)


def _facts(alert: Alert, details: Details | None) -> Iterator[Fact]:
    """Yield the short facts, the deciding ones first.

    A reminder says what tells the invitation from others; the first alert says all.
    """
    invitation, is_new = alert.invitation, alert.kind is Kind.NEW
    yield from _present(_expiry(alert))
    if details is not None:
        yield from _present(*_deciding_facts(details))
    if not is_new:
        yield from _present(("Sender", invitation.sender_name))
    elif details is not None:
        yield from _present(*_further_facts(details))
    yield from _present(("Invited", invitation.invited_at))


def _plain_facts(alert: Alert) -> Iterator[Fact]:
    return _present(("Invitation", _plain_name(alert.invitation)), _expiry(alert))


def _expiry(alert: Alert) -> tuple[str, datetime | None]:
    deadline = _deadline(alert)
    return deadline.words.capitalize(), deadline.moment


def _present(*facts: tuple[str, str | datetime | None]) -> Iterator[Fact]:
    return (Fact(label, value) for label, value in facts if value)


def _deciding_facts(details: Details) -> Iterator[tuple[str, str | None]]:
    yield "Customer", details.customer
    yield "Expected spend", "; ".join(filter(None, map(_spend, details.spend)))
    yield "Project", details.project
    yield "Use case", details.use_case


def _further_facts(details: Details) -> Iterator[tuple[str, str | None]]:
    yield "Industry", details.industry
    yield "Country", details.country
    yield "Target date", _day(details.target_date)
    yield "Source", details.source
    yield "Contact's role", details.contact_title
    yield "Your role", ", ".join(details.responsibilities)
    yield "Website", details.website


def _passages(alert: Alert, details: Details | None) -> Iterator[Fact]:
    """Yield the longer texts; the contact alone in a reminder."""
    if details is None:
        return
    if alert.kind is Kind.NEW:
        texts = (
            ("Business problem", details.problem),
            ("Message", details.message),
            ("About the engagement", None if details.problem else details.description),
        )
        yield from _present(*((label, one_line(text or "", LONG_TEXT)) for label, text in texts))
    yield from _present(("Sender contact", _contact(details)))


def _note(message: Message, alert: Alert) -> str | None:
    """Return what a reader should know of the message itself."""
    if message.details is not None or message.plain:
        return None
    if alert.kind is Kind.CLOSED_EXPIRED:
        return "We could not notify anyone while this was open."
    return "Details are temporarily unavailable; see Partner Central."


def _about(alert: Alert, *, plain: bool) -> str:
    thing = _noun(alert.invitation).capitalize() + ("" if plain else _from(alert.invitation))
    if alert.kind is Kind.NEW:
        return thing
    if alert.kind is Kind.CLOSED_EXPIRED:
        return f"{thing}, expired unanswered"
    return f"{thing}, under {_span(alert.stage_hours or 0)} left"


def _name(invitation: Invitation) -> str:
    return one_line(invitation.title, 200) if invitation.title else f"Untitled {invitation.id}"


def _plain_name(invitation: Invitation) -> str:
    """Return the title where nobody could find fault with it, else the id."""
    title = invitation.title or ""
    return title if title and is_plain(title) else invitation.id


def _noun(invitation: Invitation) -> str:
    return _NOUNS.get(invitation.payload_type or "", "invitation")


def _from(invitation: Invitation) -> str:
    return f" from {one_line(invitation.sender_name, 60)}" if invitation.sender_name else ""


def _spend(spend: Spend) -> str | None:
    if not spend.amount:
        return None
    is_number = re.fullmatch(r"[0-9]{1,31}(\.[0-9]*)?", spend.amount) is not None
    amount = f"{int(spend.amount.split('.')[0]):,}" if is_number else spend.amount
    period = {"Monthly": "a month"}.get(spend.frequency or "", spend.frequency)
    company = f"with {spend.company}" if spend.company else None
    return " ".join(filter(None, (spend.currency, amount, period, company)))


def _day(text: str | None) -> str | None:
    """Return an ISO date as people write it, and anything else as it is."""
    try:
        return f"{date.fromisoformat(text or ''):%d %b %Y}"
    except ValueError:
        return text


def _contact(details: Details) -> str | None:
    if not details.contacts:
        return None
    first = details.contacts[0]
    return ", ".join(filter(None, (first.name, first.title, first.email, first.phone)))


def _span(hours: int) -> str:
    return counted(hours // 24, "day") if hours % 24 == 0 and hours > 24 else counted(hours, "hour")

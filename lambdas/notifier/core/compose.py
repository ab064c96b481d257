"""Turn alerts into what people read, before any channel dresses it: headlines, facts, lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends at once: one alert, part of a digest, first contact, or a warning.

    `welcome` is the number of pending invitations to greet with, on first contact.
    `not_connected` is another channel, on which nobody listens. `plain` asks for the minimal
    form, after the channel refused the full one: it holds nothing from outside that could be at
    fault again.
    """

    catalog: str
    now: datetime
    alerts: tuple[Alert, ...] = ()
    details: Details | None = None
    welcome: int | None = None
    not_connected: NotConnected | None = None
    part: int = 1
    parts: int = 1
    plain: bool = False

    @property
    def single(self) -> Alert | None:
        """The alert of a message about one invitation; None for digests and first contacts."""
        return self.alerts[0] if len(self.alerts) == 1 and self.parts == 1 else None


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; a moment is shown in the reader's own way by each channel."""

    label: str
    value: str | datetime


def headline(message: Message) -> str:
    """Return what the message is about, in one line of any length."""
    text = _headline(message)
    return text if message.catalog == "AWS" else f"[{message.catalog}] {text}"


def greeting(message: Message) -> str | None:
    """Return the line of first contact, if this message is the first."""
    if message.welcome is None:
        return None
    pending = counted(message.welcome, "invitation")
    return f"Connected to the {message.catalog} catalog: {pending} pending."


def warning(message: Message) -> str | None:
    """Return what to do about another channel on which nobody listens, if it is about one."""
    if message.not_connected is None:
        return None
    remedy = message.not_connected.remedy
    return f"{remedy[:1].upper()}{remedy[1:]}. What is due there is kept until then."


def facts(message: Message) -> list[Fact]:
    """Return the short facts of a message about one invitation, the deciding ones first.

    A reminder says what tells the invitation from others; the first alert says all.
    """
    alert = message.single
    if alert is None:
        return []
    invitation = alert.invitation
    expiry = (
        "Expired" if alert.kind is Kind.CLOSED_EXPIRED else "Answer by",
        invitation.expires_at,
    )
    found: list[tuple[str, str | datetime | None]] = [expiry]
    if message.plain:
        found = [("Invitation", plain_name(invitation)), expiry]
        return [Fact(label, value) for label, value in found if value]
    if message.details is not None:
        found += _deciding_facts(message.details)
    if alert.kind is Kind.NEW:
        found += _further_facts(message.details) if message.details else ()
    else:
        found += [("Sent by", invitation.sender_name)]
    found += [("Invited", invitation.invited_at)]
    return [Fact(label, value) for label, value in found if value]


def passages(message: Message) -> list[Fact]:
    """Return the longer texts of a message about one invitation; the contact in a reminder."""
    alert, details = message.single, message.details
    if alert is None or details is None:
        return []
    contact = ("Contact at the sender", _contact(details))
    if alert.kind is not Kind.NEW:
        return [Fact(label, text) for label, text in (contact,) if text]
    found = [
        ("Business problem", details.problem),
        ("Message", details.message),
        ("About the engagement", None if details.problem else details.description),
        contact,
    ]
    return [Fact(label, one_line(text, LONG_TEXT)) for label, text in found if text]


def note(message: Message) -> str | None:
    """Return what a reader should know of the message itself."""
    alert = message.single
    if alert is None or message.details is not None or message.plain:
        return None
    if alert.kind is Kind.CLOSED_EXPIRED:
        return "Nobody could be told of this invitation while it was open."
    return "The details could not be read just now: see Partner Central."


def name(invitation: Invitation) -> str:
    return one_line(invitation.title, 200) if invitation.title else f"Untitled {invitation.id}"


def plain_name(invitation: Invitation) -> str:
    """Return the title where nobody could find fault with it, else the id."""
    title = invitation.title or ""
    return title if title and is_plain(title) else invitation.id


def noun(invitation: Invitation) -> str:
    return _NOUNS.get(invitation.payload_type or "", "invitation")


def description(alert: Alert, *, plain: bool = False) -> str:
    """Return what an alert is about in a few words, as digests show it below the title."""
    thing = noun(alert.invitation).capitalize() + ("" if plain else _from(alert.invitation))
    if alert.kind is Kind.NEW:
        return thing
    if alert.kind is Kind.CLOSED_EXPIRED:
        return f"{thing}, expired unanswered"
    return f"{thing}, under {_span(alert.stage_hours or 0)} left"


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


def _headline(message: Message) -> str:
    if message.not_connected is not None:
        return message.not_connected.headline
    if not message.alerts:
        return greeting(message) or ""
    alert = message.single
    if alert is None:
        return _digest_headline(message)
    return _single_headline(alert, plain=message.plain)


def _single_headline(alert: Alert, *, plain: bool) -> str:
    invitation = alert.invitation
    shown, sender = (invitation.id, "") if plain else (name(invitation), _from(invitation))
    if alert.kind is Kind.NEW:
        return f"New {noun(invitation)}{sender}: {shown}"
    if alert.kind is Kind.CLOSED_EXPIRED:
        return f"Expired unanswered: {shown}"
    return f"Under {_span(alert.stage_hours or 0)} left: {shown}"


def _from(invitation: Invitation) -> str:
    return f" from {one_line(invitation.sender_name, 60)}" if invitation.sender_name else ""


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
    yield "Customer's contact", details.contact_title
    yield "Expected of you", ", ".join(details.responsibilities)
    yield "Website", details.website


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

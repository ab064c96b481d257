"""What people read in their inbox: a subject and plain text, in the configured time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from ...core.compose import (
    Fact,
    Message,
    description,
    facts,
    greeting,
    headline,
    local_time,
    name,
    note,
    passages,
    plain_name,
    time_left,
    warning,
)
from ...core.model import Alert, Kind
from ...core.text import one_line, truncate_utf16

SUBJECT_LIMIT = 99
"""Under 100 characters, no line breaks: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

Whether an emoji is one of them or two is not said, so that it is counted as two.
"""


def subject(message: Message) -> str:
    """Return the subject; a plain message's is ASCII, as one of AWS's documents demands."""
    return truncate_utf16(" ".join(headline(message).split()), SUBJECT_LIMIT)


def body(message: Message, *, zone: tzinfo, url: str) -> str:
    """Return the mail's text: a few lines to decide from, and where to do it."""
    hello = greeting(message) if message.alerts else None  # Else the subject is all of it.
    blocks = (hello, *_content(message, zone), _closing(message, url))
    return "\n\n".join(block for block in blocks if block) + "\n"


def line(alert: Alert, *, number: int, now: datetime, zone: tzinfo, plain: bool = False) -> str:
    """Return one alert's lines in a digest."""
    invitation = alert.invitation
    expiry = _moment(invitation.expires_at, now, zone)
    verb = "expired" if alert.kind is Kind.CLOSED_EXPIRED else "answer by"
    last = f"{verb} {expiry}" if expiry else "no expiry date given"
    shown = plain_name(invitation) if plain else name(invitation)
    return f"{number}. {shown}\n   {description(alert, plain=plain)}; {last}"


def _content(message: Message, zone: tzinfo) -> Iterator[str]:
    if about := warning(message):
        yield about
        return
    if not message.alerts:
        yield "Alerts about engagement invitations will arrive here."
        return
    if subject(message) != headline(message):  # Else the subject says it all.
        yield headline(message)
    if message.single is None:
        yield "\n".join(
            line(alert, number=number, now=message.now, zone=zone, plain=message.plain)
            for number, alert in enumerate(message.alerts, start=1)
        )
        return
    yield "\n".join(f"{fact.label}: {_value(fact, message.now, zone)}" for fact in facts(message))
    if not message.plain:
        yield from (f"{passage.label}:\n{passage.value}" for passage in passages(message))
    yield note(message) or ""


def _closing(message: Message, url: str) -> str:
    asks = any(alert.invitation.is_answerable for alert in message.alerts)
    return f"{'Accept or decline in' if asks else 'Open'} Partner Central:\n{url}"


def _value(fact: Fact, now: datetime, zone: tzinfo) -> str:
    if isinstance(fact.value, datetime):
        return _moment(fact.value, now, zone) or ""
    return one_line(fact.value, 500)


def _moment(moment: datetime | None, now: datetime, zone: tzinfo) -> str | None:
    if moment is None:
        return None
    left = time_left(moment, now)
    return local_time(moment, zone) + (f" ({left})" if left else "")

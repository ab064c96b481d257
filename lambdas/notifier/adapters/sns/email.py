"""Dress a message as an email: a subject and plain text, in the configured time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from ...core.compose import Content, Fact, Line, local_time, time_left
from ...core.text import one_line, truncate_utf16

SUBJECT_LIMIT = 99
"""Under 100 characters, no line breaks: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

Whether an emoji is one of them or two is not said, so that it is counted as two.
"""


def subject(content: Content) -> str:
    """Return the subject; a plain message's is ASCII, as one of AWS's documents demands."""
    return truncate_utf16(" ".join(content.headline.split()), SUBJECT_LIMIT)


def body(content: Content, *, now: datetime, zone: tzinfo, url: str) -> str:
    """Return the email's text: a few lines to decide from, and where to do it."""
    blocks = (content.greeting, *_blocks(content, now, zone), f"{content.call}:\n{url}")
    return "\n\n".join(block for block in blocks if block) + "\n"


def line(alert: Line, *, number: int, now: datetime, zone: tzinfo) -> str:
    """Return one alert's lines in a digest."""
    deadline = alert.deadline
    until = f" {_moment(deadline.moment, now, zone)}" if deadline.moment else ""
    return f"{number}. {alert.title}\n   {alert.about}; {deadline.words}{until}"


def _blocks(content: Content, now: datetime, zone: tzinfo) -> Iterator[str]:
    if content.text:
        yield content.text
        return
    if subject(content) != content.headline:  # Else the subject says it all.
        yield content.headline
    yield "\n".join(
        line(alert, number=number, now=now, zone=zone)
        for number, alert in enumerate(content.lines, start=1)
    )
    yield "\n".join(f"{fact.label}: {_value(fact, now, zone)}" for fact in content.facts)
    yield from (f"{passage.label}:\n{passage.value}" for passage in content.passages)
    yield content.note or ""


def _value(fact: Fact, now: datetime, zone: tzinfo) -> str:
    value = fact.value
    return _moment(value, now, zone) if isinstance(value, datetime) else one_line(value, 500)


def _moment(moment: datetime, now: datetime, zone: tzinfo) -> str:
    left = time_left(moment, now)
    return local_time(moment, zone) + (f" ({left})" if left else "")

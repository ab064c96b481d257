"""Dress a message as an email: a subject and plain text, in the configured time zone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from ...core.content import Content, Deadline, Fact, Group, Line, Mail
from ...core.text import one_line, truncate_utf16
from ...core.words import local_time, time_left

SUBJECT_LIMIT = 99
"""Under 100 characters, no line breaks: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

Whether an emoji is one of them or two is not said, so that it is counted as two.
"""

WIDTH = 72
"""Columns of a line: narrow windows and quoted replies break longer ones themselves."""


def subject(content: Content) -> str:
    """Return the subject; a plain message's is ASCII, as one of AWS's documents demands."""
    return truncate_utf16(" ".join(content.headline.split()), SUBJECT_LIMIT)


def body(content: Content, *, now: datetime, zone: tzinfo, url: str) -> str:
    """Return the email's text: a few lines to decide from, and above and below where to do it.

    No line but our own begins in the first column: what came from outside is quoted, stands in a
    column of its own, or goes on below our words.
    """
    answer = f"{content.call}:\n{url}"
    told = tuple(filter(None, _told(content, now, zone)))
    blocks = (
        wrapped(content.greeting or ""),
        _opening(content),
        *((answer, *told) if told else ()),
        answer,
        _asked(content.ask) if content.ask else "",
        wrapped(content.note or ""),
    )
    return "\n\n".join(filter(None, blocks)) + "\n"


def line(alert: Line, *, number: int, now: datetime, zone: tzinfo) -> str:
    """Return one alert's lines in a digest."""
    lead, deadline = f"{number}. ", alert.deadline
    left = time_left(deadline.moment, now) if deadline.moment else None
    about = ", ".join(filter(None, (alert.about, left)))
    until = f" {_clock(deadline.moment, zone)}" if deadline.moment else ""
    return "\n".join(
        (
            wrapped(f"{lead}{alert.title}", other=" " * len(lead)),
            wrapped(f"   {about}", other="   "),
            wrapped(f"   {deadline.words}{until}", other="   "),
        )
    )


def _opening(content: Content) -> str:
    """Return a message's only sentence, or its headline where the subject does not say it all."""
    if content.text:
        return wrapped(content.text)
    said = subject(content) == content.headline
    return "" if said else wrapped(content.headline, other="  ")


def _told(content: Content, now: datetime, zone: tzinfo) -> Iterator[str]:
    yield _aligned(content.facts, now, zone)
    yield from _digest(content.groups, now, zone)
    yield from (f"{fact.label}:\n{_quoted(_value(fact, now, zone))}" for fact in content.passages)


def _digest(groups: Iterable[Group], now: datetime, zone: tzinfo) -> Iterator[str]:
    number = 0
    for group in groups:
        lines = [group.title]
        for alert in group.lines:
            number += 1
            lines.append(line(alert, number=number, now=now, zone=zone))
        if group.more:
            lines.append(group.more)
        yield "\n".join(lines)


def _aligned(facts: Iterable[Fact], now: datetime, zone: tzinfo) -> str:
    """Return labels and values in two columns."""
    rows = [(f"{fact.label}:", _value(fact, now, zone)) for fact in facts]
    width = max((len(label) for label, _ in rows), default=0) + 1
    return "\n".join(
        wrapped(f"{label if first else '':{width}}{part}", other=" " * width)
        for label, value in rows
        for first, part in _numbered(value)
    )


def _numbered(value: str) -> Iterator[tuple[bool, str]]:
    """Yield a value's lines, each with whether it is the first."""
    return ((number == 0, part) for number, part in enumerate(value.split("\n")))


def _value(fact: Fact, now: datetime, zone: tzinfo) -> str:
    """Return a fact's value; how much time is left stands on a line of its own."""
    value = fact.value
    if isinstance(value, datetime):
        return _clock(value, zone)
    if isinstance(value, Deadline):
        return _until(value, now, zone)
    if isinstance(value, Mail):
        name = "" if value.words == value.address else value.words
        return ", ".join(filter(None, (name, value.about, value.address)))
    return one_line(value, 2000)


def _until(deadline: Deadline, now: datetime, zone: tzinfo) -> str:
    if deadline.moment is None:
        return deadline.words
    left = ", ".join(filter(None, (time_left(deadline.moment, now), deadline.working)))
    return "\n".join(filter(None, (_clock(deadline.moment, zone), left)))


def _asked(mail: Mail) -> str:
    return wrapped(f"{mail.words}:", other="  ") + f"\n  {mail.address}"


def _clock(moment: datetime, zone: tzinfo) -> str:
    """Return a moment on the team's clock, and on UTC's if that is another one."""
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    aside = "" if local.utcoffset() == utc.utcoffset() else f" ({utc:%H:%M} UTC)"
    return local_time(moment, zone) + aside


def _quoted(text: str) -> str:
    """Return what somebody outside wrote, set off on every line."""
    return wrapped(text, first="> ", other="> ")


def wrapped(text: str, *, first: str = "", other: str = "") -> str:
    """Return `text` in lines of at most `WIDTH` columns; a longer word, such as a link, is kept.

    `first` stands before the first line, `other` before those below it.
    """
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=other,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )

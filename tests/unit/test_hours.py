"""Working hours: what is read, what is brought forward, and how much working time is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.core.hours import parse

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon-Fri 09:00-17:00", {0, 1, 2, 3, 4}),
        ("Sun-Thu 08:00-16:30", {6, 0, 1, 2, 3}),
        ("Mon,Wed-Fri 08:30-12:00", {0, 2, 3, 4}),
        ("Sat 10:00-12:00", {5}),
    ],
)
def test_days_are_named_one_by_one_or_from_to(text: str, days: set[int]) -> None:
    """A range may go over the end of the week."""
    assert parse(text, BERLIN).days == days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mon-Fri",
        "09:00-17:00",
        "Mo-Fr 09:00-17:00",
        "Mon-Fri 9-17",
        "Mon-Fri 17:00-09:00",
        "Mon-Fri 09:00-09:00",
        "Mon-Fri 09:00-24:00",
        "Mon-Fri  09:00-17:00",
        "Mon- 09:00-17:00 ",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    """The words say what is allowed."""
    with pytest.raises(ValueError, match=r"^days and hours such as Mon-Fri 09:00-17:00, or "):
        parse(text, BERLIN)


@pytest.mark.parametrize(
    ("given", "brought"),
    [
        ("2026-03-04 09:00", "2026-03-04 09:00"),
        ("2026-03-04 16:58", "2026-03-04 16:58"),
        ("2026-03-04 17:00", "2026-03-04 16:59"),
        ("2026-03-04 23:00", "2026-03-04 16:59"),
        ("2026-03-05 08:59", "2026-03-04 16:59"),
        ("2026-03-08 09:00", "2026-03-06 16:59"),
        ("2026-03-09 08:00", "2026-03-06 16:59"),
        ("2026-03-29 12:00", "2026-03-27 16:59"),
        ("2026-11-01 08:00", "2026-10-30 16:59"),
    ],
)
def test_a_moment_out_of_hours_is_brought_forward(given: str, brought: str) -> None:
    """To the last working minute before it, over weekends, months and changes of the clock."""
    hours = parse("Mon-Fri 09:00-17:00", BERLIN)
    assert hours.brought_forward(moment(given)) == moment(brought)


@pytest.mark.parametrize(
    ("start", "end", "working"),
    [
        ("2026-03-04 10:00", "2026-03-04 12:00", 2),
        ("2026-03-04 18:00", "2026-03-05 09:00", 0),
        ("2026-03-06 16:00", "2026-03-09 10:00", 2),
        ("2026-03-02 09:00", "2026-03-09 09:00", 40),
        ("2026-03-27 09:00", "2026-03-30 17:00", 16),
        ("2026-03-07 09:00", "2026-03-08 09:00", 0),
        ("2026-03-05 12:00", "2026-03-04 12:00", 0),
    ],
)
def test_working_time_is_what_lies_within_the_hours(start: str, end: str, working: int) -> None:
    """Nights, weekends and the hour that the clocks skip do not count."""
    hours = parse("Mon-Fri 09:00-17:00", BERLIN)
    assert hours.between(moment(start), moment(end)) == working * HOUR

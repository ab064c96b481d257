"""Working hours: when people read what is sent, and how much working time is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 09:00-17:00"

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
LAST_MINUTE = timedelta(minutes=1)
_WEEK = 7
_LONGEST = timedelta(days=400)
"""Working time is not counted further ahead than that: no invitation lives so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """The same hours on each of some days of the week (Monday is 0), on the clock of `zone`."""

    days: frozenset[int]
    start: time
    end: time
    zone: tzinfo

    @property
    def a_day(self) -> timedelta:
        """How much working time a day has by the clock."""
        return _since_midnight(self.end) - _since_midnight(self.start)

    def brought_forward(self, moment: datetime) -> datetime:
        """Return a moment within the hours as it is, any other as the last minute before it."""
        day = moment.astimezone(self.zone).date()
        for back in range(_WEEK + 1):
            hours = self._on(day - timedelta(days=back))
            if hours is None or moment < hours[0]:
                continue
            return min(moment, hours[1] - LAST_MINUTE)
        return moment

    def put_off(self, moment: datetime) -> datetime:
        """Return a moment within the hours as it is, any other as the first minute after it."""
        day = moment.astimezone(self.zone).date()
        for ahead in range(_WEEK + 1):
            hours = self._on(day + timedelta(days=ahead))
            if hours is not None and moment < hours[1]:
                return max(moment, hours[0])
        return moment

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two moments."""
        spans = (
            min(end, hours[1]) - max(start, hours[0])
            for day in _days(start.astimezone(self.zone).date(), end.astimezone(self.zone).date())
            if (hours := self._on(day)) is not None
        )
        return sum((span for span in spans if span > timedelta(0)), timedelta(0))

    def _on(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when work begins and ends on a day, in UTC; None if nobody works."""
        if day.weekday() not in self.days:
            return None
        begin, end = (datetime.combine(day, at, self.zone) for at in (self.start, self.end))
        return begin.astimezone(UTC), end.astimezone(UTC)


def parse(text: str, zone: tzinfo) -> WorkingHours:
    """Read hours such as `Mon-Fri 09:00-17:00`; raise ValueError with what is allowed."""
    allowed = f"days and hours such as {EXAMPLE}, or Mon,Wed-Fri 08:30-12:00, within one day"
    # What `time` itself reads differs from one Python to the next: 24:00, say.
    found = re.fullmatch(rf"(\S+) ({_TIME})-({_TIME})", text)
    try:
        days_, start_, end_ = found.groups() if found else ("", "", "")
        days = frozenset(day for part in days_.split(",") for day in _range(part))
        start, end = time.fromisoformat(start_), time.fromisoformat(end_)
    except ValueError:
        raise ValueError(allowed) from None
    if start >= end:
        raise ValueError(allowed)
    return WorkingHours(days=days, start=start, end=end, zone=zone)


def _range(text: str) -> Iterator[int]:
    """Yield the days of `Wed` or `Sun-Thu`; raise ValueError for anything else."""
    first, _, last = text.partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    yield from ((start + n) % _WEEK for n in range((end - start) % _WEEK + 1))


def _days(first: date, last: date) -> Iterator[date]:
    count = min(last - first, _LONGEST).days
    return (first + timedelta(days=n) for n in range(count + 1))


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)

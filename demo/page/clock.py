"""Moments in words, as a reader in one time zone sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from demo.page.markup import Html, esc, tag

_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks at the page: where (`zone`), when (`now`), and how much of a message (`most`)."""

    zone: ZoneInfo
    now: datetime
    most: int | None = None

    def local(self, moment: datetime) -> datetime:
        """Return `moment` on the reader's clock."""
        return moment.astimezone(self.zone)


def time_of_day(moment: datetime, *, seconds: bool = False) -> str:
    """Return "9:05 AM", or "9:05:07 AM"."""
    tail = f":{moment.second:02}" if seconds else ""
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.hour % 12 or 12}:{moment.minute:02}{tail} {half}"


def day(moment: datetime) -> str:
    """Return "Mon, Nov 23"."""
    return f"{moment:%a, %b} {moment.day}"


def stamp(moment: datetime, words: str, **attributes: str) -> Html:
    """Return the words as a `time` element that carries the exact moment."""
    return tag("time", esc(words), datetime=moment.isoformat(), **attributes)


def span(length: timedelta) -> str | None:
    """Return "2 days", "18 hours" or "5 minutes", or None for less than a minute."""
    for name, unit in _UNITS:
        if length >= unit:
            return counted(round(length / unit), name)
    return None


def counted(number: int, thing: str) -> str:
    """Return "1 day" or "2 days"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"

"""How numbers, moments and spans of time are said."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Return `moment` on the clock of `zone`, with the zone's name: Wed 25 Nov 2026, 14:00 CET."""
    return f"{moment.astimezone(zone):%a %d %b %Y, %H:%M %Z}"


def time_left(moment: datetime, now: datetime) -> str | None:
    """Return how long it is to `moment` in words, or None if it has passed."""
    left = moment - now
    return None if left <= timedelta(0) else f"{spoken(left)} left"


def spoken(span: timedelta) -> str:
    """Return a span in its two largest units: 2 days 3 hours."""
    hours, minutes = divmod(span.seconds // 60, 60)
    spans = ((span.days, "day"), (hours, "hour"), (minutes, "minute"))
    first = next((n for n, (count, _) in enumerate(spans) if count), None)
    if first is None:
        return "less than a minute"
    return " ".join(counted(count, thing) for count, thing in spans[first : first + 2] if count)


def span(hours: int) -> str:
    return counted(hours // 24, "day") if hours % 24 == 0 and hours > 24 else counted(hours, "hour")


def day(text: str | None) -> str | None:
    """Return an ISO date as people write it, and anything else as it is."""
    try:
        return f"{date.fromisoformat(text or ''):%d %b %Y}"
    except ValueError:
        return text


def in_words(name: str) -> str:
    """Return one of the API's names as people write it: AccountPlan, LATE_NIGHT: account plan."""
    split = _WORDS.findall(name.lower() if name.isupper() else name)
    return (
        " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in split)
        or name
    )


def status_in_words(status: str | None) -> str:
    """Return a status that nobody here knows in words, as a headline begins; "Over" for no word."""
    is_word = re.fullmatch("[A-Za-z][A-Za-z_]{0,39}", status or "")
    return in_words(status or "").capitalize() if is_word else "Over"


def zone_words(name: str, now: datetime) -> str:
    """Return an IANA time zone with what its clocks differ from UTC by at `now`, if it is one."""
    try:
        offset = f"{now.astimezone(ZoneInfo(name)):%z}".replace("-", "\N{MINUS SIGN}")
    except (ValueError, OSError, KeyError):
        return f"{name} time"
    return f"{name.replace('_', ' ')} time (UTC{offset[:3]}:{offset[3:5]})"

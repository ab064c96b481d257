"""Slack's date markup, as a client fills it in: `{date_short_pretty} at {time}`.

Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from demo.page.clock import Reader, span, time_of_day

_TOKEN = re.compile(r"\{(\w+)\}")
# "The year will be omitted if the date is less than six months in the past or future."
_YEAR_IS_CLEAR = timedelta(days=182)
_NEARBY = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


def formatted(unix: str, pattern: str, reader: Reader) -> tuple[datetime, str] | None:
    """Return the moment and its words, or None where a client shows the fallback."""
    try:
        moment = reader.local(datetime.fromtimestamp(int(unix), UTC))
        words = _TOKEN.sub(lambda token: _FORMATS[token[1]](moment, reader), pattern)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    if not words:
        return None
    # Clients capitalise the first letter, though the documentation does not say so.
    return moment, words[:1].upper() + words[1:]


def _ordinal(number: int) -> str:
    return f"{number}{'th' if number in _TEENS else _ORDINALS.get(number % 10, 'th')}"


def _year(moment: datetime, reader: Reader) -> str:
    return "" if abs(moment - reader.now) < _YEAR_IS_CLEAR else f", {moment.year}"


def _date(moment: datetime, reader: Reader) -> str:
    return f"{moment:%B} {_ordinal(moment.day)}{_year(moment, reader)}"


def _date_short(moment: datetime, reader: Reader) -> str:
    return f"{moment:%b} {moment.day}{_year(moment, reader)}"


def _date_long(moment: datetime, reader: Reader) -> str:
    return f"{moment:%A}, {_date(moment, reader)}"


def _ago(moment: datetime, reader: Reader) -> str:
    length = span(abs(moment - reader.now))
    if length is None:
        return "now"
    return f"{length} ago" if moment < reader.now else f"in {length}"


_Format = Callable[[datetime, Reader], str]


def _pretty(plain: _Format) -> _Format:
    def pretty(moment: datetime, reader: Reader) -> str:
        days = (moment.date() - reader.local(reader.now).date()).days
        return _NEARBY.get(days) or plain(moment, reader)

    return pretty


_FORMATS: dict[str, _Format] = {
    "date_num": lambda moment, _: f"{moment:%Y-%m-%d}",
    "date": _date,
    "date_short": _date_short,
    "date_long": _date_long,
    "date_pretty": _pretty(_date),
    "date_short_pretty": _pretty(_date_short),
    "date_long_pretty": _pretty(_date_long),
    "time": lambda moment, _: time_of_day(moment),
    "time_secs": lambda moment, _: time_of_day(moment, seconds=True),
    "ago": _ago,
}

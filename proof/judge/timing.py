"""When a stage begins, and when people work; written from the documentation alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from proof.story import DAY, MINUTE, Hours

JITTER = MINUTE
"""A stage that begins this soon after an alert is part of it."""

EARLY = timedelta(seconds=30)
"""A run that comes so much before the end of a pause ends it."""

PAUSES = tuple(minutes * MINUTE for minutes in (5, 10, 20, 40, 60))
"""How long a channel is left alone after a doubt, and after each that follows it."""

WORTH_TELLING = 30 * DAY
A_GAP = DAY


def works_at(moment: datetime, hours: Hours) -> bool:
    return moment.weekday() in hours.days and hours.start <= moment.time() < hours.end


def begins(
    deadline: datetime, stage: int, hours: Hours | None, news: datetime | None = None
) -> datetime:
    """Return when a stage of so many hours begins: what nobody would read, is said before.

    If that was before the last word that was no reminder, at `news`, it is said when people work
    again, or if that is too late, in its own time.
    """
    moment = deadline - timedelta(hours=stage)
    if hours is None:
        return moment
    begin = _before(moment, hours)
    if news is None or news + JITTER < begin or moment <= news + JITTER:
        return begin
    again = moment
    while not works_at(again, hours):
        again += MINUTE - timedelta(seconds=again.second, microseconds=again.microsecond)
    return again if again < deadline else moment


def _before(moment: datetime, hours: Hours) -> datetime:
    """Return the last working minute up to a moment."""
    if works_at(moment, hours):
        return min(moment, datetime.combine(moment, hours.end, moment.tzinfo) - MINUTE)
    day = moment
    while day.weekday() not in hours.days or datetime.combine(day, hours.end, day.tzinfo) > moment:
        day = datetime.combine(day - DAY, hours.end, day.tzinfo)
    return datetime.combine(day, hours.end, day.tzinfo) - MINUTE

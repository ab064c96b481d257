"""Limits are what the documents and the platforms say: none changes by accident."""

from __future__ import annotations

from datetime import timedelta

from notifier.core import backoff, facts, hours, model, records, standing
from notifier.run import alarms, budget, deliver, gap, routing

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_pauses_grow_to_an_hour() -> None:
    """A tick half a minute early ends one."""
    assert backoff.PAUSES == (5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR)
    assert backoff.EARLY == 30 * SECOND


def test_a_turn_is_patient_only_so_far() -> None:
    """With what is in doubt, refused, or remembered as deferred."""
    found = (backoff.UNKNOWN_LIMIT, backoff.REFUSED_LIMIT, backoff.DEFERRED_LIMIT)
    assert found == (2, 12, 100)


def test_people_hear_of_what_is_broken_in_time() -> None:
    """Not before whoever deploys could mend it, and not too often."""
    assert (deliver.WARN_AFTER, deliver.WARN_AGAIN_AFTER) == (HOUR, DAY)
    assert (alarms.GRACE, alarms.AGAIN_AFTER) == (DAY, 7 * DAY)
    assert (deliver.HAND_OVER_AFTER, routing.PATIENCE) == (HOUR, HOUR)


def test_time_is_counted_as_documented() -> None:
    """A minute of jitter, a day that is a gap, and how far back and ahead anything is looked at."""
    assert (model.JITTER, hours.LAST_MINUTE) == (MINUTE, MINUTE)
    assert (gap.GAP, gap.LONGEST_LIFE, records.STALE_AFTER) == (DAY, 90 * DAY, 30 * DAY)
    assert standing.LATE_AFTER == HOUR + MINUTE


def test_a_run_stops_in_time() -> None:
    """A send and its record may take so many seconds at worst."""
    assert (budget.SEND_TIME, budget.WRITE_TIME) == (12.0, 14.0)


def test_messages_are_as_long_as_people_read() -> None:
    """So many invitations in a digest, so many characters of a text."""
    assert (standing.LISTED_LIMIT, standing.LOST_FIRST) == (60, 20)
    assert (facts.LONG_TEXT, facts.SHORT_TEXT) == (1500, 160)

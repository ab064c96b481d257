"""Working hours move reminders, and swallow none: whoever was told hears once more in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from notifier.core.hours import WorkingHours, parse
from notifier.core.model import JITTER, PENDING, Invitation, Kind, Record
from notifier.core.plan import plan
from notifier.core.policy import Policy

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
STAGES = (72, 24, 4)
OFFICE = parse("Mon-Fri 09:00-17:00", UTC)
HOURS = (OFFICE, parse("Sun-Thu 08:00-16:30", UTC), parse("Wed 10:00-10:01", UTC), None)


def heard(
    told: datetime, expires: datetime, hours: WorkingHours | None, *, every: timedelta
) -> list[tuple[datetime, Kind, int | None]]:
    """Return what a channel is told after its first word, run by run until the expiry."""
    policy = Policy(stages=tuple(h * HOUR for h in STAGES), digest_above=5, working_hours=hours)
    one = Invitation(id="engi-1", catalog="AWS", status=PENDING, expires_at=expires)
    record = Record(
        invitation=one,
        first_seen=told,
        first_told=told,
        told_at={"sns": told},
        news_at={"sns": told},
    )
    found: list[tuple[datetime, Kind, int | None]] = []
    now = told + every
    while now < expires:
        due = plan(
            listed=[one],
            open_records=[record],
            closed_records=(),
            answers={},
            missed=(),
            channels=("sns",),
            policy=policy,
            now=now,
        )
        for alert in due.on("sns"):
            found.append((now, alert.kind, alert.stage_hours))
            record = replace(record, told_at={"sns": now})
        now += every
    return found


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("told", "expires", "reminders"),
    [
        (at(4, 17, 30), at(7, 12), [(at(7, 9), 4)]),
        (at(2, 20), at(3, 12), [(at(3, 9), 4)]),
        # Nobody works before it expires: in its own time.
        (at(2, 20), at(3, 8), [(at(3, 4), 4)]),
        (at(4, 17, 30), at(7, 8), [(at(6, 8), 24), (at(7, 4), 4)]),
        # A reminder that was brought forward has told of the stage, and is no first word.
        (at(3, 12), at(7, 8), [(at(3, 17), 72), (at(4, 17), 4)]),
        # Told within the stage.
        (at(3, 9), at(3, 12), []),
    ],
)
def test_a_stage_that_the_first_word_came_too_late_for_is_put_off(
    told: datetime, expires: datetime, reminders: list[tuple[datetime, int]]
) -> None:
    """To when people work again; if that is too late, to its own time."""
    found = [(now, stage) for now, _, stage in heard(told, expires, OFFICE, every=30 * MINUTE)]
    assert found == reminders


@given(
    told=integers(0, 14 * 24 * 4 - 1),
    lasts=integers(1, 10 * 24 * 4),
    hours=sampled_from(HOURS),
)
def test_whoever_was_told_before_a_stage_is_reminded_in_time(
    told: int, lasts: int, hours: WorkingHours | None
) -> None:
    """With or without working hours, and each stage at most once."""
    quarter = 15 * MINUTE
    begun = MONDAY + told * quarter
    expires = begun + lasts * quarter
    found = heard(begun, expires, hours, every=quarter)
    is_before = begun + JITTER < expires - min(STAGES) * HOUR
    assert bool(found) is is_before
    stages = [stage or 0 for _, _, stage in found]
    assert stages == sorted(set(stages), reverse=True)
    assert not found or stages[-1] == min(STAGES)

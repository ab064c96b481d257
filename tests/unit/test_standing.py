"""When a standing digest is due, and what it counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from notifier.core.hours import DAYS
from notifier.core.model import (
    ACCEPTED,
    EXPIRED,
    PENDING,
    REJECTED,
    UNKNOWN,
    ChannelState,
    Invitation,
    Record,
)
from notifier.core.standing import (
    LISTED_LIMIT,
    LOST_FIRST,
    Figures,
    Period,
    Standing,
    Times,
    figures,
    period,
    standing,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Nine o'clock in Berlin."""

LONG_AGO = MONDAY - 300 * DAY


def times(days: str = "Mon", at: str = "09:00", zone: tzinfo = BERLIN) -> Times:
    numbers = frozenset(DAYS.index(day) for day in days.split(","))
    return Times(days=numbers, at=time.fromisoformat(at), zone=zone)


def local(text: str, zone: tzinfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 08:59", "2026-02-23 09:00"),
        ("2026-03-01 23:59", "2026-02-23 09:00"),
        ("2026-03-08 23:59", "2026-03-02 09:00"),
        # The clock is put forward on Sunday 29 March, and back on Sunday 25 October.
        ("2026-03-30 08:59", "2026-03-23 09:00"),
        ("2026-03-30 09:00", "2026-03-30 09:00"),
        ("2026-10-26 08:59", "2026-10-19 09:00"),
        ("2026-10-26 09:00", "2026-10-26 09:00"),
    ],
)
def test_it_is_due_at_that_time_on_the_wall(now: str, latest: str) -> None:
    """At nine on Mondays, summer and winter."""
    assert times().latest(local(now)) == local(latest)


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        ("2026-03-05 10:00", "2026-03-05 09:00"),
        ("2026-03-05 08:00", "2026-03-02 09:00"),
        ("2026-03-07 12:00", "2026-03-05 09:00"),
        ("2026-03-08 10:00", "2026-03-08 09:00"),
    ],
)
def test_several_days_take_turns(now: str, latest: str) -> None:
    """A weekend counts if it is asked for, and not otherwise."""
    assert times("Mon,Thu,Sun").latest(local(now)) == local(latest)


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Pacific/Kiritimati", "2026-03-01T19:00+00:00"),
        ("Pacific/Chatham", "2026-03-01T19:15+00:00"),
        ("Asia/Kolkata", "2026-03-02T03:30+00:00"),
        ("America/Los_Angeles", "2026-03-02T17:00+00:00"),
        ("Pacific/Pago_Pago", "2026-03-02T20:00+00:00"),
    ],
)
def test_monday_is_the_teams_own(zone: str, moment: str) -> None:
    """In the east it begins on UTC's Sunday."""
    found = times(zone=ZoneInfo(zone))
    due = datetime.fromisoformat(moment)
    assert found.latest(due) == due
    assert found.latest(due - timedelta.resolution) == due - 7 * DAY
    assert found.previous(due) == due - 7 * DAY


def test_a_time_that_the_clock_skips_is_an_hour_later_on_it() -> None:
    """02:30 does not exist on 29 March: it is as long after midnight as on other days."""
    skipped = times("Sun", "02:30").latest(local("2026-03-29 12:00"))
    assert skipped == local("2026-03-29 03:30")
    assert times("Sun", "02:30").latest(local("2026-03-29 03:29")) == local("2026-03-22 02:30")


def test_a_time_that_the_clock_shows_twice_counts_once() -> None:
    """02:30 comes twice on 25 October; the first is meant, and the second makes no digest."""
    twice = times("Sun", "02:30")
    first, second = (local("2026-10-25 02:30", fold=fold) for fold in (0, 1))
    assert second - first == HOUR
    assert twice.latest(first) == twice.latest(second) == first
    assert twice.latest(first - timedelta.resolution) == local("2026-10-18 02:30")


def test_a_day_that_the_calendar_skips_is_the_day_after() -> None:
    """There was no Friday 30 December 2011 in Samoa."""
    samoa = ZoneInfo("Pacific/Apia")
    friday = times("Fri", zone=samoa)
    assert friday.latest(local("2011-12-31 08:00", samoa)) == local("2011-12-23 09:00", samoa)
    assert friday.latest(local("2011-12-31 10:00", samoa)) == local("2011-12-31 09:00", samoa)


def test_every_moment_is_due_once() -> None:
    """Minute by minute through both changes of the clock."""
    for start in (local("2026-03-28 00:00"), local("2026-10-24 00:00")):
        for at in ("00:00", "02:00", "02:30", "03:00", "23:59"):
            daily = times(",".join(DAYS), at)
            found = {daily.latest(start + timedelta(minutes=n)) for n in range(4 * 24 * 60)}
            days = [moment.astimezone(BERLIN).toordinal() for moment in sorted(found)]
            assert days == list(range(days[0], days[0] + len(days)))
            assert len(days) >= 4


def state(
    contacted: datetime | None = LONG_AGO,
    digest: datetime | None = None,
    before: datetime | None = None,
) -> ChannelState:
    return ChannelState(contacted_at=contacted, digest_at=digest, digest_before=before)


def test_nothing_is_due_before_the_first_contact() -> None:
    """Nor for what was due before it."""
    assert period(times(), state(None), MONDAY) is None
    assert period(times(), state(MONDAY + HOUR), MONDAY + 2 * DAY) is None


def test_the_first_digest_goes_back_by_one_moment_of_the_schedule() -> None:
    """But not before the first contact, of which the channel knows nothing."""
    found = period(times(), state(), MONDAY + HOUR)
    assert found == Period(since=MONDAY - 7 * DAY, until=MONDAY + HOUR)
    assert period(times(), state(MONDAY - DAY), MONDAY) == Period(since=MONDAY - DAY, until=MONDAY)


def test_a_digest_goes_on_where_the_last_one_ended() -> None:
    """However late that was; and it is due once."""
    last = state(digest=MONDAY - 5 * DAY, before=MONDAY - 14 * DAY)
    found = Period(since=MONDAY - 5 * DAY, until=MONDAY, before=MONDAY - 14 * DAY)
    assert period(times(), last, MONDAY) == found
    assert period(times(), last, MONDAY - HOUR) is None
    assert period(times(), state(digest=MONDAY), MONDAY + 6 * DAY) is None


def test_after_an_outage_one_digest_is_due() -> None:
    """For all of the weeks in which none was made."""
    last = state(digest=MONDAY - 21 * DAY, before=MONDAY - 28 * DAY)
    now = MONDAY + 2 * DAY
    found = period(times(), last, now)
    assert found == Period(since=MONDAY - 21 * DAY, until=now, before=MONDAY - 28 * DAY)
    assert period(times(), state(digest=now, before=MONDAY - 21 * DAY), now + HOUR) is None


WEEK = Period(since=MONDAY - 7 * DAY, until=MONDAY, before=MONDAY - 14 * DAY)


def record(
    status: str = PENDING,
    *,
    invited: timedelta = -DAY,
    seen: timedelta | None = None,
    told: timedelta | None = None,
    ended: timedelta | None = None,
    learned: timedelta | None = None,
    expires: timedelta = 9 * DAY,
    route: str = "default",
    number: int = 0,
) -> Record:
    """Return a record; all times are from MONDAY on."""
    seen = invited if seen is None else seen
    learned = ended if learned is None else learned
    invitation = Invitation(
        id=f"engi-{number}",
        catalog="AWS",
        status=status,
        invited_at=MONDAY + invited,
        expires_at=MONDAY + expires,
    )
    return Record(
        invitation=invitation,
        first_seen=MONDAY + seen,
        first_told=None if told is None else MONDAY + told,
        ended_at=None if ended is None else MONDAY + ended,
        end_seen=None if learned is None else MONDAY + learned,
        route=route,
    )


def counted(*records: Record, contacted_at: datetime = LONG_AGO) -> Figures:
    return figures(records, WEEK.since, WEEK.until, contacted_at=contacted_at)


def test_the_bounds_belong_to_one_digest_each() -> None:
    """What the run of the last digest wrote was in that one."""
    assert counted(record(seen=-7 * DAY, told=-7 * DAY), record(seen=HOUR)).received == 0
    first = -7 * DAY + timedelta.resolution
    assert counted(record(seen=first), record(seen=timedelta(0))).received == 2


def test_an_end_is_counted_when_it_is_learned() -> None:
    """An invitation that expired while nobody looked is in the digest after that."""
    blind = record(EXPIRED, seen=-9 * DAY, told=-9 * DAY, ended=-8 * DAY, learned=-6 * DAY)
    assert counted(blind).expired == 1
    later = record(EXPIRED, told=-DAY, ended=-HOUR, learned=HOUR)
    assert counted(later).expired == 0


def test_every_end_is_of_one_sort() -> None:
    """Nobody knows of some whether they were answered."""
    statuses = (ACCEPTED, ACCEPTED, REJECTED, EXPIRED, UNKNOWN)
    found = counted(*(record(status, told=-DAY, ended=-HOUR) for status in statuses))
    assert (found.accepted, found.declined, found.expired, found.unknown) == (2, 1, 1, 1)
    assert found.answered == 3


def test_time_to_answer_is_from_the_invitation_to_the_run_that_saw_the_answer() -> None:
    """What expired was never answered."""
    answered = [
        record(ACCEPTED, told=-DAY, ended=-20 * HOUR),
        record(REJECTED, told=-DAY, ended=-14 * HOUR),
    ]
    expired = record(EXPIRED, invited=-6 * DAY, told=-6 * DAY, ended=-HOUR)
    found = counted(*answered, expired)
    assert (found.median, found.slowest) == (7 * HOUR, 10 * HOUR)
    slow = record(ACCEPTED, invited=-6 * DAY, told=-DAY, ended=-5 * DAY)
    assert counted(*answered, slow).median == 10 * HOUR
    assert counted(expired).median is None


def test_what_was_told_an_hour_after_its_invitation_is_late() -> None:
    """It is counted when it is told, or when it is known to have expired before."""
    minute = timedelta(minutes=1)
    assert counted(record(told=-23 * HOUR + minute)).late == 0
    assert counted(record(told=-23 * HOUR + 2 * minute)).late == 1
    assert counted(record(invited=-8 * DAY, told=-6 * DAY)).late == 1
    assert counted(record(invited=-9 * DAY, told=-8 * DAY)).late == 0
    assert counted(record()).late == 0


@pytest.mark.parametrize("told", [None, -HOUR])
def test_what_expired_before_anybody_was_told_is_late(told: timedelta | None) -> None:
    """Though it lived for minutes only; and once, though it is told afterwards."""
    expired = record(EXPIRED, told=told, ended=-23.5 * HOUR, learned=-2 * HOUR)
    assert counted(expired).late == 1
    before = figures([expired], MONDAY - HOUR, MONDAY, contacted_at=LONG_AGO)
    assert before.late == 0
    answered = record(ACCEPTED, told=None, ended=-23.5 * HOUR)
    assert counted(answered).late == 0


def test_what_was_there_before_the_channel_is_not_late() -> None:
    """Nobody could have told it in time."""
    assert counted(record(told=-HOUR), contacted_at=MONDAY - 2 * HOUR).late == 0


def stand(*records: Record, route: str | None = None) -> Standing:
    return standing(records, WEEK, zone=BERLIN, contacted_at=LONG_AGO, route=route)


def ids(numbers: Collection[int]) -> list[str]:
    return [f"engi-{number}" for number in numbers]


def test_what_is_open_comes_by_its_urgency_and_what_was_lost_by_its_date() -> None:
    """What is past its date can be answered no more, though nobody knows yet what became of it."""
    found = stand(
        record(number=1, expires=3 * DAY),
        record(number=2, expires=2 * HOUR),
        record(number=3, expires=-HOUR),
        record(EXPIRED, number=4, told=-DAY, ended=-HOUR, expires=-HOUR),
        record(UNKNOWN, number=5, told=-DAY, ended=-2 * HOUR, expires=-2 * HOUR),
        record(ACCEPTED, number=6, told=-DAY, ended=-2 * HOUR),
        record(EXPIRED, number=7, told=-9 * DAY, ended=-8 * DAY),
    )
    assert [alert.invitation.id for alert in found.open] == ids([2, 1])
    assert [alert.invitation.id for alert in found.lost] == ids([5, 4])
    assert found.listed == {*ids([1, 2, 4, 5])}


def test_what_does_not_fit_leaves_the_first_losses_and_what_is_urgent() -> None:
    """Whoever lost hundreds has to see what can still be saved."""
    lost = [record(EXPIRED, number=n, told=-DAY, ended=-HOUR) for n in range(100, 200)]
    still = [record(number=n, expires=n * DAY) for n in range(1, 51)]
    found = stand(*lost, *still)
    kinds = [alert.kind.is_closure for alert in found.ranked]
    assert kinds == [True] * LOST_FIRST + [False] * (LISTED_LIMIT - LOST_FIRST)
    assert len(replace(found, room=10).listed) == 10


def test_a_route_counts_its_own() -> None:
    """The default channel's digest counts them all."""
    records = (
        record(number=1, route="dach"),
        record(number=2),
        record(EXPIRED, number=3, route="dach", ended=-HOUR, told=-DAY),
    )
    of_dach, of_all = stand(*records, route="dach"), stand(*records)
    assert (of_dach.figures.received, of_dach.figures.expired, len(of_dach.open)) == (2, 1, 1)
    assert (of_all.figures.received, of_all.figures.expired, len(of_all.open)) == (3, 1, 2)


def test_the_period_before_stands_beside_it() -> None:
    """Unless there was none."""
    found = stand(record(seen=-8 * DAY), record())
    assert found.before is not None
    assert (found.figures.received, found.before.received) == (1, 1)
    first = Period(since=WEEK.since, until=WEEK.until)
    assert standing([], first, zone=BERLIN, contacted_at=LONG_AGO).before is None


def test_nothing_open_and_nothing_happened_is_nothing_to_say() -> None:
    """What happened in the time before is no news."""
    assert stand().is_empty
    assert stand(record(ACCEPTED, seen=-8 * DAY, told=-8 * DAY, ended=-8 * DAY)).is_empty
    assert not stand(record(seen=-8 * DAY)).is_empty
    assert not stand(record(ACCEPTED, seen=-8 * DAY, told=-8 * DAY, ended=-DAY)).is_empty

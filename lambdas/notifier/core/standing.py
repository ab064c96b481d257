"""The standing digest: when it is due, and how things stand since the last one.

Everything is counted by the moment at which the ledger learned it, never by the moment at which it
happened: what came by `first_seen`, what ended by `end_seen`, what was told late by `first_told`,
each of them the `now` of the run that wrote it. A digest is made when all of its run is written,
and counts up to and with that run; the next one goes on right after it. So each invitation is
counted once, though nobody looked while it expired, and though it is closed long afterwards:
docs/decisions/0014-digests-count-what-the-ledger-learned.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from .model import (
    ACCEPTED,
    EXPIRED,
    JITTER,
    REJECTED,
    Alert,
    ChannelState,
    Invitation,
    Kind,
    Record,
)

LATE_AFTER = timedelta(hours=1) + JITTER
"""An alert that comes so long after its invitation is late: the slowest schedule is every hour."""

LISTED_LIMIT = 60
"""Invitations that are listed at most: nobody reads more of them at once."""

LOST_FIRST = 20
"""So many expired invitations are listed before what is open, where not all fit."""

_WEEK = 7
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """A time of day on some days of the week (Monday is 0), on the clock of `zone`.

    A time that the clock skips is as long after the last one that it shows as it would have been;
    one that it shows twice is the first.
    """

    days: frozenset[int]
    at: time
    zone: tzinfo

    def latest(self, now: datetime) -> datetime:
        """Return the latest such moment that is not after `now`, in UTC."""
        today = now.astimezone(self.zone).date()
        # One day more than a week: where the calendar skips a day, its moment is on the next.
        days = (today - timedelta(days=back) for back in range(_WEEK + 2))
        moments = (
            datetime.combine(day, self.at, self.zone).astimezone(UTC)
            for day in days
            if day.weekday() in self.days
        )
        return next(moment for moment in moments if moment <= now)

    def previous(self, moment: datetime) -> datetime:
        """Return the latest such moment before `moment`."""
        return self.latest(moment - timedelta.resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a digest is about: what the ledger learned after `since`, up to and with `until`.

    `before` is where the digest before began, None if there was none.
    """

    since: datetime
    until: datetime
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came and what ended in a time; `unknown` is of what ended in any other way.

    `median` and `slowest` are times to answer, from the invitation to the run that saw the answer.
    `late` counts first alerts that came late, or never came before the invitation expired.
    """

    received: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0
    unknown: int = 0
    late: int = 0
    median: timedelta | None = None
    slowest: timedelta | None = None

    @property
    def answered(self) -> int:
        return self.accepted + self.declined


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand in a route, or in all of them, and what became of what came.

    `open` and `lost` are invitations as alerts, for that is what a channel makes lines of: those
    that can still be answered, the most urgent first, and those that expired. `room` is how many of
    them fit into a message, None for all.
    """

    period: Period
    zone: tzinfo
    figures: Figures
    before: Figures | None = None
    route: str | None = None
    open: tuple[Alert, ...] = ()
    lost: tuple[Alert, ...] = ()
    room: int | None = None

    @property
    def ranked(self) -> tuple[Alert, ...]:
        """Return what is worth listing, the most important first."""
        ranked = (*self.lost[:LOST_FIRST], *self.open, *self.lost[LOST_FIRST:])
        return ranked[:LISTED_LIMIT]

    @property
    def listed(self) -> frozenset[str]:
        """Return the ids of the invitations that are listed."""
        return frozenset(alert.invitation.id for alert in self.ranked[: self.room])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open and nothing happened."""
        return not self.open and self.figures == Figures()


def period(times: Times, state: ChannelState, now: datetime) -> Period | None:
    """Return what a channel's digest is about, if one is due.

    The first one begins with the moment before by the schedule, or with the first contact.
    """
    contacted_at, digest_at = state.contacted_at, state.digest_at
    latest = times.latest(now)
    if contacted_at is None or latest <= (digest_at or contacted_at):
        return None
    since = digest_at or max(times.previous(latest), contacted_at)
    return Period(since=since, until=now, before=state.digest_before if digest_at else None)


def standing(
    records: Iterable[Record],
    period_: Period,
    *,
    zone: tzinfo,
    contacted_at: datetime,
    route: str | None = None,
) -> Standing:
    """Return how things stand, from the records that the ledger holds at the end of the period.

    No invitation may be among them twice. What came before `contacted_at`, the channel's first
    contact, is not called late.
    """
    known = [record for record in records if route is None or record.route == route]
    since, until, before = period_.since, period_.until, period_.before
    return Standing(
        period=period_,
        zone=zone,
        figures=figures(known, since, until, contacted_at=contacted_at),
        before=figures(known, before, since, contacted_at=contacted_at) if before else None,
        route=route,
        open=tuple(sorted(map(_open, filter(lambda r: _is_open(r, until), known)), key=_urgency)),
        lost=tuple(
            sorted(
                (
                    _lost(record)
                    for record in known
                    if _within(record.end_seen, since, until) and not _is_answered(record)
                ),
                key=_urgency,
            )
        ),
    )


def figures(
    records: Iterable[Record], since: datetime, until: datetime, *, contacted_at: datetime
) -> Figures:
    """Count what the ledger learned after `since`, up to and with `until`."""
    known = list(records)
    ended = [record for record in known if _within(record.end_seen, since, until)]
    statuses = [record.invitation.status for record in ended]
    counts = {status: statuses.count(status) for status in (ACCEPTED, REJECTED, EXPIRED)}
    took = sorted(_time_to_answer(record) for record in ended if _is_answered(record))
    return Figures(
        received=sum(_within(record.first_seen, since, until) for record in known),
        accepted=counts[ACCEPTED],
        declined=counts[REJECTED],
        expired=counts[EXPIRED],
        unknown=len(ended) - sum(counts.values()),
        late=sum(_within(_late_at(record, contacted_at), since, until) for record in known),
        median=_median(took),
        slowest=took[-1] if took else None,
    )


def _within(moment: datetime | None, since: datetime, until: datetime) -> bool:
    return moment is not None and since < moment <= until


def _is_answered(record: Record) -> bool:
    return record.invitation.status in (ACCEPTED, REJECTED)


def _is_open(record: Record, now: datetime) -> bool:
    expires_at = record.invitation.expires_at
    return record.ended_at is None and (expires_at is None or expires_at > now)


def _time_to_answer(record: Record) -> timedelta:
    begun = record.invitation.invited_at or record.first_seen
    return max((record.ended_at or begun) - begun, timedelta(0))


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    """Return the middle one of sorted spans; `statistics` would take long to import."""
    middle = len(spans) // 2
    return (spans[middle] + spans[-middle - 1]) / 2 if spans else None


def _late_at(record: Record, contacted_at: datetime) -> datetime | None:
    """Return when the ledger learned that an invitation's first alert was late; None if it was not.

    Nobody was told of one that expired before: that is known when its end is.
    """
    invited_at, told, ended_at = record.invitation.invited_at, record.first_told, record.ended_at
    if invited_at is None or invited_at < contacted_at:
        return None
    if ended_at is not None and (told is None or told >= ended_at):
        return None if _is_answered(record) else record.end_seen
    return told if told is not None and told - invited_at > LATE_AFTER else None


def _open(record: Record) -> Alert:
    return _alert(record, Kind.EXPIRING, "it is open")


def _lost(record: Record) -> Alert:
    return _alert(record, Kind.CLOSED_EXPIRED, "it ended since the last standing digest")


def _alert(record: Record, kind: Kind, reason: str) -> Alert:
    return Alert(
        kind=kind,
        invitation=record.invitation,
        reason=reason,
        since=record.first_seen,
        ended_at=record.ended_at,
        was_told=record.first_told is not None,
        route=record.route,
    )


def _urgency(alert: Alert) -> tuple[datetime, str]:
    invitation: Invitation = alert.invitation
    return invitation.expires_at or _LAST, invitation.id

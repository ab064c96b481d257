"""Decide what is due: a pure function of what is listed, what is recorded, and the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .model import (
    EXPIRED,
    KNOWN_STATUSES,
    PENDING,
    UNKNOWN,
    Alert,
    Delivery,
    Invitation,
    Kind,
    Policy,
    Record,
)

JITTER = timedelta(minutes=1)
"""A stage that begins this soon after an alert is part of it: an expiry date that moves by a
second, or an invitation told of just before its stage, makes no second message."""

STALE_AFTER = timedelta(days=30)
"""For so long an expired invitation is still worth telling of, and a missing one worth asking
for if it has no expiry date of its own."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a plan's deliveries: (channel, invitation id) pairs, and channels.

    `told` were confirmed; `moot` need not be told any more, because the invitation was answered
    meanwhile. `off` are the channels that reach nobody and need not.
    """

    told: AbstractSet[tuple[str, str]] = frozenset()
    moot: AbstractSet[tuple[str, str]] = frozenset()
    off: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run does: records to write first, deliveries to make, and what has ended.

    `due` is sorted by expiry, the most urgent first. `ended` are the records of invitations that
    are open no longer; see `closable`.
    """

    observe: tuple[Record, ...]
    due: tuple[Delivery, ...]
    ended: tuple[Record, ...]

    def on(self, channel: str) -> tuple[Alert, ...]:
        return tuple(delivery.alert for delivery in self.due if delivery.channel == channel)

    def count(self, kind: Kind) -> int:
        """Return how many invitations have an alert of `kind` due on some channel."""
        return len({d.alert.invitation.id for d in self.due if d.alert.kind is kind})

    def overdue(self, done: Done, now: datetime) -> timedelta:
        """Return for how long the oldest delivery has been due that is still to be made."""
        ages = (now - delivery.alert.since for delivery in self._left(done))
        return max(ages, default=timedelta(0))

    def closable(self, done: Done, now: datetime) -> tuple[Record, ...]:
        """Return the ended records about which nothing is left to tell, as now told."""
        waiting = {delivery.alert.invitation.id for delivery in self._left(done)}
        told_at: dict[str, dict[str, datetime]] = {}
        for channel, id_ in done.told:
            told_at.setdefault(id_, {})[channel] = now
        return tuple(
            replace(record, told_at={**record.told_at, **told_at.get(record.invitation.id, {})})
            for record in self.ended
            if record.invitation.id not in waiting
        )

    def _left(self, done: Done) -> Iterator[Delivery]:
        for delivery in self.due:
            pair = (delivery.channel, delivery.alert.invitation.id)
            if delivery.channel not in done.off and pair not in done.told | done.moot:
                yield delivery


def unresolved(listed: Iterable[Invitation], records: Iterable[Record]) -> list[str]:
    """Return the ids of open records whose invitations left the list: their status is asked for.

    What has ended once is not asked for again, and what the listing itself shows as answered
    needs no question.
    """
    shown = {invitation.id for invitation in listed}
    return [
        record.invitation.id
        for record in records
        if record.ended_at is None and record.invitation.id not in shown
    ]


def next_expiry(listed: Iterable[Invitation], now: datetime) -> timedelta | None:
    """Return how long until the next of the listed invitations expires; None if none will."""
    ahead = (i.expires_at - now for i in listed if i.expires_at is not None and i.expires_at > now)
    return min(ahead, default=None)


def missed(
    expired: Iterable[Invitation],
    known: Collection[str],
    *,
    since: datetime,
    now: datetime,
) -> list[Invitation]:
    """Return the invitations that came and expired while nobody looked, each once."""
    found = {
        invitation.id: invitation
        for invitation in expired
        if invitation.id not in known
        and invitation.expires_at is not None
        and since < invitation.expires_at <= now
    }
    return list(found.values())


def plan(
    *,
    listed: Sequence[Invitation],
    open_records: Sequence[Record],
    closed_records: Sequence[Record],
    answers: Mapping[str, Invitation | None],
    missed: Sequence[Invitation],
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Plan:
    """Return what is due at `now`.

    `answers` holds what was said of the records that left the list: None where the question
    failed. A record that was neither listed nor asked for stays as it is. `closed_records` are
    those of listed invitations that have no open record: what they were told is remembered.
    """
    opened = {record.invitation.id: record for record in open_records}
    known = {record.invitation.id: record for record in closed_records} | opened
    said = {**{i.id: i for i in listed if not i.is_answerable}, **answers}
    alive = {i.id: i for i in listed if i.is_answerable} | {
        id_: answer for id_, answer in answers.items() if answer and answer.status == PENDING
    }
    present = [_seen(known.get(id_), invitation, now) for id_, invitation in alive.items()]
    gone = (_ended(record, said, now) for id_, record in opened.items() if id_ not in alive)
    ended = [record for record in gone if record] + [_lost(i, now) for i in missed]
    due = [
        Delivery(channel=channel, alert=alert)
        for channel in channels
        for alert in _alerts(channel, present, ended, policy, now)
    ]
    wanted = {delivery.alert.invitation.id for delivery in due}
    observe = [r for r in present if _changed(r, opened.get(r.invitation.id))] + [
        r for r in ended if r.invitation.id in wanted and r != opened.get(r.invitation.id)
    ]
    return Plan(observe=tuple(observe), due=tuple(sorted(due, key=_urgency)), ended=tuple(ended))


def _seen(record: Record | None, invitation: Invitation, now: datetime) -> Record:
    if record is None:
        return Record(invitation=invitation, first_seen=now)
    return replace(record, invitation=invitation, ended_at=None)


def _changed(record: Record, before: Record | None) -> bool:
    return before is None or replace(record, invitation=record.invitation.remembered()) != before


def _lost(invitation: Invitation, now: datetime) -> Record:
    ended_at = invitation.expires_at or now
    return Record(invitation=replace(invitation, status=EXPIRED), first_seen=now, ended_at=ended_at)


def _ended(record: Record, said: Mapping[str, Invitation | None], now: datetime) -> Record | None:
    """Return the record as ended, or None while nobody knows that it has."""
    invitation = record.invitation
    if record.ended_at is not None:
        return record
    if invitation.id not in said:
        return None
    answer = said[invitation.id]
    if answer is not None and answer.status in KNOWN_STATUSES:
        status = answer.status
    elif (invitation.expires_at or record.first_seen + STALE_AFTER) <= now:
        status = UNKNOWN
    else:
        return None
    expiry = invitation.expires_at
    past_expiry = status in (EXPIRED, UNKNOWN) and expiry is not None and expiry <= now
    return replace(
        record,
        invitation=replace(invitation, status=status),
        ended_at=expiry if past_expiry else now,
    )


def _alerts(
    channel: str,
    present: Iterable[Record],
    ended: Iterable[Record],
    policy: Policy,
    now: datetime,
) -> Iterator[Alert]:
    for record in present:
        if (alert := _open_alert(channel, record, policy, now)) is not None:
            yield alert
    for record in ended:
        if (alert := _closed_alert(channel, record, now)) is not None:
            yield alert


def _open_alert(channel: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    invitation = record.invitation
    told_at = record.told_at.get(channel)
    if told_at is None:
        return Alert(
            kind=Kind.NEW,
            invitation=invitation,
            reason=f"{channel} was never told",
            since=record.first_seen,
        )
    expires_at = invitation.expires_at
    stage = _stage(expires_at, told_at, policy.stages, now)
    if expires_at is None or stage is None:
        return None
    hours = int(stage / timedelta(hours=1))
    return Alert(
        kind=Kind.EXPIRING,
        invitation=invitation,
        stage=stage,
        reason=f"under {hours} h to expiry; {channel} was last told {_stamp(told_at)}",
        since=expires_at - stage,
    )


def _stage(
    expires_at: datetime | None,
    told_at: datetime,
    stages: Sequence[timedelta],
    now: datetime,
) -> timedelta | None:
    """Return the most urgent stage that began since the channel was told."""
    if expires_at is None or expires_at <= now:
        return None
    begun = [stage for stage in stages if told_at + JITTER < expires_at - stage <= now]
    return min(begun, default=None)


def _closed_alert(channel: str, record: Record, now: datetime) -> Alert | None:
    """Return `closed.expired` for an invitation that nobody was told of while it was open."""
    ended_at = record.ended_at
    if (
        ended_at is None
        or record.invitation.status not in (EXPIRED, UNKNOWN)
        or channel in record.told_at
        or any(told_at < ended_at for told_at in record.told_at.values())
        or now - ended_at > STALE_AFTER
    ):
        return None
    return Alert(
        kind=Kind.CLOSED_EXPIRED,
        invitation=record.invitation,
        reason=f"ended {_stamp(ended_at)} before anybody was told",
        since=ended_at,
    )


def _urgency(delivery: Delivery) -> tuple[datetime, datetime, str]:
    invitation = delivery.alert.invitation
    return invitation.expires_at or _LAST, invitation.invited_at or _LAST, invitation.id


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"

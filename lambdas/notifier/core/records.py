"""What a run learns of an invitation, as a record: seen, open again, ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .model import (
    CHANGING,
    EXPIRED,
    KNOWN_STATUSES,
    PENDING,
    UNKNOWN,
    Invitation,
    Record,
    Reopened,
)

STALE_AFTER = timedelta(days=30)
"""For so long an expired invitation is still worth telling of, and a missing one worth asking
for if it has no expiry date of its own."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The routes that were chosen, by id, and those invitations that wait for one."""

    routes: Mapping[str, str]
    waiting: Collection[str]

    def of(self, record: Record) -> Record:
        """Return a record with the route that was chosen for it; the default one, if none was."""
        id_ = record.invitation.id
        route = self.routes.get(id_, record.route)
        return replace(record, route=route, unrouted=id_ in self.waiting)


def seen(record: Record | None, invitation: Invitation, chosen: Chosen, now: datetime) -> Record:
    """Return the record of an invitation that is pending.

    A date that the listing leaves out is the last one that it said; what a medium was told of it is
    kept before it changes.
    """
    if record is None:
        return chosen.of(Record(invitation=invitation, first_seen=now))
    if record.ended_at is not None:
        return _opened_again(record, record.ended_at, invitation, now)
    known = record.invitation.expires_at
    undated = invitation.expires_at is None and known is not None
    found = replace(
        record,
        invitation=replace(invitation, expires_at=known) if undated else invitation,
        undated=undated,
        end_seen=None,
        deadlines=_believed(record),
    )
    return chosen.of(found) if record.unrouted else found


def _believed(record: Record) -> Mapping[str, datetime | None]:
    """Return what each medium was told of the date; earlier versions did not keep it."""
    if record.deadlines.keys() >= record.told_at.keys():
        return record.deadlines
    known = dict.fromkeys(record.told_at, record.invitation.expires_at)
    return {**known, **record.deadlines}


def _opened_again(
    record: Record, ended_at: datetime, invitation: Invitation, now: datetime
) -> Record:
    before = record.reopened
    reopened = Reopened(
        at=now,
        ended_at=ended_at,
        count=before.count + 1 if before else 1,
        before=before.at if before else None,
    )
    return replace(
        record,
        invitation=invitation,
        ended_at=None,
        end_seen=None,
        reopened=reopened,
        deadlines=_believed(record),
    )


def has_changed(record: Record, before: Record | None) -> bool:
    """Say whether a listed invitation is not as it was recorded last, or not readably so."""
    if before is None or before.ended_at or before.end_seen or before.flaws or before.unrouted:
        return True
    return not record.invitation.is_remembered_as(before.invitation)


def changing(record: Record) -> Record:
    """Return a record whose card is about to be updated: an update may go unrecorded."""
    return replace(record, card=record.card and replace(record.card, status=CHANGING))


def lost(invitation: Invitation, chosen: Chosen, now: datetime) -> Record:
    """Return the record of what came and expired while nobody looked."""
    record = Record(
        invitation=replace(invitation, status=EXPIRED),
        first_seen=now,
        ended_at=invitation.expires_at or now,
        end_seen=now,
    )
    return chosen.of(record)


def ended(record: Record, said: Mapping[str, Invitation | None], now: datetime) -> Record | None:
    """Return the record as ended, or None while nobody knows that it has.

    A status that nobody knows ends it when two runs have heard it.
    """
    invitation = record.invitation
    if record.ended_at is not None:
        return record
    if invitation.id not in said:
        return None
    answer = said[invitation.id]
    if answer is not None and answer.status in KNOWN_STATUSES:
        status = answer.status
    elif (invitation.expires_at or record.first_seen + STALE_AFTER) <= now:
        status = (answer.status if answer else None) or UNKNOWN
    elif answer is not None and answer.status and answer.status == invitation.status:
        status = answer.status
    else:
        return None
    expiry = invitation.expires_at
    past_expiry = status in (EXPIRED, UNKNOWN) and expiry is not None and expiry <= now
    return replace(
        record,
        invitation=replace(invitation, status=status),
        ended_at=expiry if past_expiry else now,
        end_seen=now,
    )


def heard_once(record: Record, answer: Invitation | None) -> Record | None:
    """Return the record with a status that nobody knows, and that ends it if it is heard again."""
    if answer is None or not answer.is_odd:
        return None
    return replace(record, invitation=replace(record.invitation, status=answer.status))


def still_pending(
    opened: Mapping[str, Record], answers: Mapping[str, Invitation | None]
) -> dict[str, Invitation]:
    """Return what left the list and is pending all the same, as it was listed last.

    What the details say of it, beside its status and its date, stays with Partner Central.
    """
    return {
        id_: replace(opened[id_].invitation, status=PENDING, expires_at=answer.expires_at)
        for id_, answer in answers.items()
        if answer and answer.status == PENDING
    }

"""What came and how it ended, as far as one run wrote it into the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.model import ACCEPTED, EXPIRED, REJECTED, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How many invitations were recorded for the first time, and with what status others closed.

    `answered_after` is how long each answer took, from the invitation until a run saw it: the API
    does not say when it was given.
    """

    received: int = 0
    accepted: int = 0
    declined: int = 0
    expired: int = 0
    answered_after: tuple[timedelta, ...] = ()


NOTHING = History()


def history(observed: Sequence[Record], closed: Sequence[Record], now: datetime) -> History:
    """Return what a run at `now` adds to the history."""
    received = {r.invitation.id for r in (*observed, *closed) if _is_new(r, now)}
    ends = Counter(record.invitation.status for record in closed)
    return History(
        received=len(received),
        accepted=ends[ACCEPTED],
        declined=ends[REJECTED],
        expired=ends[EXPIRED],
        answered_after=tuple(
            max(record.ended_at - (record.invitation.invited_at or record.first_seen), timedelta(0))
            for record in closed
            if record.ended_at and record.invitation.status in (ACCEPTED, REJECTED)
        ),
    )


def _is_new(record: Record, now: datetime) -> bool:
    """Say whether a record is a first one: one that lost its date counts from now on, too."""
    return record.first_seen == now and "first_seen" not in record.flaws

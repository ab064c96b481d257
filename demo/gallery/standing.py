"""The gallery's standing digests: figures from records, as the ledger would hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.core.message import Message
from notifier.core.model import ACCEPTED, EXPIRED, REJECTED, Invitation, Record
from notifier.core.standing import Period, standing

from .invitations import BERLIN, brief

MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=BERLIN)
CONTACT = datetime(2026, 1, 5, 9, 0, tzinfo=BERLIN)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = 7 * DAY

LATE = 3
"""The number of the one invitation that was told a day late."""


def digest(*, open_: int, ended: bool, before: bool = True) -> Message:
    """Return a Monday's digest with so many open invitations; `ended`, some were answered."""
    period = Period(since=MONDAY - WEEK, until=MONDAY, before=MONDAY - 2 * WEEK if before else None)
    records = [*_open(open_), *(_ended() if ended else ()), *_lost()]
    held = standing(records, period, zone=BERLIN, contacted_at=CONTACT)
    return Message(catalog="AWS", now=MONDAY, standing=held)


def quiet() -> Message:
    """Return a digest with nothing open, after a week in which one invitation was missed."""
    return digest(open_=0, ended=False, before=False)


def _open(count: int) -> Iterator[Record]:
    for number, invitation in enumerate(brief(count) if count else ()):
        expires_at = invitation.expires_at and invitation.expires_at + 6 * DAY
        invited_at = MONDAY - (1 + number % 12) * DAY
        told = invited_at + (DAY if number == LATE else HOUR / 20)
        shown = replace(invitation, invited_at=invited_at, expires_at=expires_at)
        yield Record(invitation=shown, first_seen=told, first_told=told)


def _ended() -> Iterator[Record]:
    """Yield answers of this week and the one before, the latest first."""
    for number, invitation in enumerate(brief(9)):
        answered = MONDAY - (1 + number) * 1.5 * DAY
        invited_at = answered - (3 + 5 * number) * HOUR
        yield _record(
            replace(
                invitation,
                id=f"engi-a{number:012}",
                status=REJECTED if number % 3 == 1 else ACCEPTED,
                invited_at=invited_at,
            ),
            answered,
        )


def _lost() -> Iterator[Record]:
    for number, invitation in enumerate(brief(20)[14:16]):
        expired = MONDAY - (2 + WEEK / DAY * number) * DAY
        invited_at, id_ = expired - 6 * DAY, f"engi-e{number:012}"
        lost = replace(invitation, id=id_, status=EXPIRED, invited_at=invited_at)
        yield _record(replace(lost, expires_at=expired), expired)


def _record(invitation: Invitation, ended_at: datetime) -> Record:
    told = (invitation.invited_at or ended_at) + HOUR / 20
    return Record(
        invitation=invitation,
        first_seen=told,
        first_told=told,
        ended_at=ended_at,
        end_seen=ended_at + HOUR / 20,
    )

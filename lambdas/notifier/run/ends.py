"""Record how invitations ended, together with what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..core.model import Record
from ..core.plan import Plan
from ..core.ports import Ledger
from .report import ChannelReport, done


@dataclass(slots=True, kw_only=True)
class Ends:
    """What one run records of the invitations that ended.

    An end is recorded with what is told of it, not before: Partner Central can be asked again.
    `reports` are those of the channels that took their turns, the present one's among them.
    `closed` are the records that were closed.
    """

    plan: Plan
    ledger: Ledger
    now: datetime
    reports: list[ChannelReport] = field(default_factory=list, init=False)
    closed: list[Record] = field(default_factory=list, init=False)
    _written: dict[str, Record] = field(init=False)

    def __post_init__(self) -> None:
        known = [
            record for record in self.plan.ended if record.end_seen != self.now and not record.flaws
        ]
        self._written = {record.invitation.id: record for record in (*known, *self.plan.observe)}

    def told(self, ids: Collection[str]) -> None:
        """Record at once what was told of some; one alone that has nothing left is closed."""
        closable, others = self.plan.settled(done(self.reports), self.now)
        found = [record for record in (*closable, *others) if record.invitation.id in ids]
        if len(found) == 1 and found[0] in closable:
            self._close(found, lambda: True)
        else:
            self._observe(found, lambda: True)

    def finish(self, time_left: Callable[[], bool]) -> None:
        """Close what has nothing left to tell, and record of the others that they ended."""
        closable, others = self.plan.settled(done(self.reports), self.now)
        closed = {record.invitation.id for record in self.closed}
        self._close([r for r in closable if r.invitation.id not in closed], time_left)
        self._observe([r for r in others if self._written.get(r.invitation.id) != r], time_left)

    def _close(self, records: Sequence[Record], time_left: Callable[[], bool]) -> None:
        self.closed += self.ledger.close(records, self.now, time_left=time_left)

    def _observe(self, records: Sequence[Record], time_left: Callable[[], bool]) -> None:
        self.ledger.observe(records, time_left=time_left)
        self._written |= {record.invitation.id: record for record in records}

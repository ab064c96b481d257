"""Standing digests: what each channel is told of how things stand, when that is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..core.message import Message
from ..core.model import ChannelState, Record
from ..core.policy import ESCALATION, medium
from ..core.ports import Channel
from ..core.standing import Period, Standing, period, standing
from .shared import Shared


@dataclass(slots=True, kw_only=True)
class Standings:
    """The standing digests of one run, which has written all that it will of the records.

    Each is counted from the ledger alone, as `read` has found it: what could not be written is
    learned again by the next run, and would be counted twice. `states` are the channels' at the
    beginning of the run.
    """

    shared: Shared
    states: Mapping[str, ChannelState]
    _records: Sequence[Record] = field(default=(), init=False)

    def due(self, channel: str, state: ChannelState) -> Period | None:
        """Return what a channel's digest is about; None if none is due."""
        times = self.shared.policy.standing
        if times is None or medium(channel) == ESCALATION:
            return None
        return period(times, state, self.shared.now)

    def message(self, name: str, state: ChannelState, channel: Channel) -> Message | None:
        """Return the digest that is due, with as much of it as fits; None if it says nothing."""
        due, times = self.due(name, state), self.shared.policy.standing
        if due is None or times is None or state.contacted_at is None:
            return None
        found = standing(
            self._records,
            due,
            zone=times.zone,
            contacted_at=state.contacted_at,
            route=name.partition(".")[2] or None,
        )
        if found.is_empty:
            return None
        return replace(self.shared.message(name), standing=fitted(found, channel))

    def done(self, channel: str, state: ChannelState) -> ChannelState:
        """Return the state to keep once a channel's digest was sent, or had nothing to say."""
        due = self.due(channel, state)
        return replace(state, digest_at=due.until, digest_before=due.since) if due else state

    def read(self) -> None:
        """Read all that any digest of this run counts, each invitation once; raise LedgerError.

        One that is open again has left its closed record behind.
        """
        periods = [self.due(name, state) for name, state in self.states.items()]
        first = min((p.before or p.since for p in periods if p), default=self.shared.now)
        closed = self.shared.reads.closed_since(first)
        known = {record.invitation.id: record for record in closed}
        known |= {record.invitation.id: record for record in self.shared.reads.open_records()}
        self._records = tuple(known.values())


def fitted(found: Standing, channel: Channel) -> Standing:
    """Return a standing digest that lists what fits into one message on a channel."""
    parts = channel.split(found.ranked)
    return replace(found, room=len(parts[0]) if parts else 0)

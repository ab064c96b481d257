"""A ledger, an inbox and two channels in memory: a run over them takes a fraction of a millisecond.

The ledger keeps what the one in DynamoDB keeps; that one is tested against the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from notifier.core.message import Message
from notifier.core.model import (
    EXPIRED,
    PENDING,
    Alert,
    Card,
    ChannelState,
    Details,
    Invitation,
    NotConnected,
    Record,
    Search,
    State,
)
from notifier.core.ports import Connected, Gone, LookupFailed, Off, Page, Sent


@dataclass(slots=True)
class Clock:
    now: datetime


@dataclass(slots=True)
class Inbox:
    """What Partner Central shows: `hidden` left the list, and can be asked for."""

    clock: Clock
    invitations: Mapping[str, Invitation]
    hidden: Collection[str] = ()
    vanished: Collection[str] = ()

    def pending(self) -> list[Invitation]:
        return [i for i in self._listed() if i.status == PENDING]

    def expired(self, token: str | None) -> Iterator[Page]:
        del token
        yield Page([i for i in self._listed() if i.status == EXPIRED], None)

    def details(self, invitation_id: str) -> Details:
        if invitation_id not in self.invitations or invitation_id in self.vanished:
            raise LookupFailed(invitation_id)
        return Details(invitation=self._now(self.invitations[invitation_id]))

    def _listed(self) -> Iterator[Invitation]:
        unlisted = {*self.hidden, *self.vanished}
        yield from (self._now(i) for id_, i in self.invitations.items() if id_ not in unlisted)

    def _now(self, invitation: Invitation) -> Invitation:
        expires_at = invitation.expires_at
        if invitation.status == PENDING and expires_at and expires_at <= self.clock.now:
            return replace(invitation, status=EXPIRED)
        return invitation


@dataclass(slots=True)
class Ledger:
    """What DynamoDB would hold."""

    kept: State = field(default_factory=State)
    opened: dict[str, Record] = field(default_factory=dict)
    closed: dict[str, Record] = field(default_factory=dict)

    def state(self) -> State:
        return self.kept

    def acquire(self, now: datetime) -> State | None:
        del now
        return self.kept

    def ask_again(self) -> bool:
        return False

    def release(self, *, completed_at: datetime | None, search: Search | None) -> bool:
        self.kept = replace(
            self.kept, completed_at=completed_at or self.kept.completed_at, search=search
        )
        return False

    def open_records(self) -> list[Record]:
        return list(self.opened.values())

    def closed_records(self, ids: Collection[str]) -> list[Record]:
        return [self.closed[id_] for id_ in sorted(ids) if id_ in self.closed]

    def closed_since(self, moment: datetime) -> list[Record]:
        return [r for r in self.closed.values() if r.end_seen and r.end_seen > moment]

    def observe(self, records: Sequence[Record], *, time_left: Callable[[], bool]) -> bool:
        del time_left
        for record in records:
            id_ = record.invitation.id
            before = self.opened.get(id_, record)
            seen = replace(record, invitation=record.invitation.remembered())
            if record.ended_at is None:
                seen = replace(seen, told_at=before.told_at, card=before.card)
            self.opened[id_] = seen
        return True

    def writes(self, count: int) -> int:
        del count
        return 1

    def record_told(
        self,
        medium: str,
        ids: Sequence[str],
        *,
        now: datetime,
        card: Card | None,
        diverted: bool = False,
    ) -> None:
        for id_ in ids:
            record = self.opened[id_]
            self.opened[id_] = replace(
                record,
                told_at={**record.told_at, medium: now},
                first_told=record.first_told or now,
                card=card or record.card,
                diverted=record.diverted or diverted,
            )

    def record_cards(self, cards: Mapping[str, Card | None]) -> None:
        for id_, card in cards.items():
            self.opened[id_] = replace(self.opened[id_], card=card)

    def save_channel(self, channel: str, state: ChannelState) -> None:
        self.kept = replace(self.kept, channels={**self.kept.channels, channel: state})

    def close(
        self, records: Sequence[Record], now: datetime, *, time_left: Callable[[], bool]
    ) -> Sequence[Record]:
        del now, time_left
        for record in records:
            self.opened.pop(record.invitation.id, None)
            self.closed[record.invitation.id] = record
        return records


@dataclass(slots=True)
class Told:
    """A channel that keeps what it is told; `answer` is what it says when it is connected."""

    clock: Clock
    answer: Connected | NotConnected | Off
    alerts: list[tuple[datetime, Alert]] = field(default_factory=list)

    def connect(self) -> Connected | NotConnected | Off:
        return self.answer

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return [tuple(alerts)]

    def send(self, message: Message) -> Sent:
        self.alerts += [(self.clock.now, alert) for alert in message.alerts]
        return Sent()

    def update(self, card: Card, message: Message) -> Gone:
        del card, message
        return Gone("there are no cards here")

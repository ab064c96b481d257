"""The ledger in memory: a table that runs share, and one run's way to it.

It keeps what `DynamoLedger` keeps, write by write; `tests/contract/ports` holds each to the
other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

from notifier.core.model import (
    AHEAD,
    CHANGING,
    UNREADABLE,
    Card,
    ChannelState,
    Record,
    Search,
    State,
)
from notifier.core.ports import LedgerError

from .effects import Fault, Process

T = TypeVar("T")

EPOCH = datetime.fromtimestamp(0, UTC)
LEASE_TIME = timedelta(seconds=150)
A_TRANSACTION = 100
SEEN = ("invited_at", "expires_at", "ended_at", "end_seen")
"""Dates of a record that every run writes which sees something new of it."""


@dataclass(slots=True)
class Table:
    """What the table holds; `size` is how many writes one transaction takes.

    `flaws` are the lease's attributes that nobody can read; those of a record are in the record.
    """

    opened: dict[str, Record] = field(default_factory=dict)
    closed: dict[str, Record] = field(default_factory=dict)
    owner: str | None = None
    until: datetime | None = None
    asked: bool = False
    completed_at: datetime | None = None
    search: Search | None = None
    channels: dict[str, ChannelState] = field(default_factory=dict)
    size: int = A_TRANSACTION
    flaws: dict[str, str] = field(default_factory=dict)

    def state(self) -> State:
        return State(
            completed_at=self.completed_at,
            search=self.search,
            channels=dict(self.channels),
            flaws=dict(self.flaws),
        )

    def record(self, id_: str) -> Record | None:
        return self.opened.get(id_) or self.closed.get(id_)

    def spoil(self, id_: str, name: str, moment: datetime | None) -> None:
        """Let an open record's attribute say another moment, or nothing that can be read."""
        record = self.opened[id_]
        flaws = {n: why for n, why in record.flaws.items() if n != name}
        flaws |= {} if moment else {name: UNREADABLE}
        found = replace(record, flaws=flaws)
        if name.startswith("told_"):
            told = {n: at for n, at in record.told_at.items() if f"told_{n}" != name}
            told |= {name.removeprefix("told_"): moment} if moment else {}
            found = replace(found, told_at=told)
        elif name in ("expires_at", "invited_at"):
            dates: Any = {name: moment}
            found = replace(found, invitation=replace(record.invitation, **dates))
        else:
            values: Any = {name: moment or (EPOCH if name == "first_seen" else None)}
            found = replace(found, **values)
        self.opened[id_] = found

    def spoil_lease(self, name: str, moment: datetime | None) -> None:
        """Let an attribute of the lease say another moment, or nothing that can be read."""
        self.flaws.pop(name, None)
        self.flaws |= {} if moment else {name: UNREADABLE}
        channel, _, attribute = name.partition("_")
        if name == "completed_at":
            self.completed_at = moment
        elif name == "lease_until":
            self.until = moment
        else:
            state = self.channels.get(channel, ChannelState())
            values: Any = {attribute: 0 if attribute == "doubts" else moment}
            self.channels[channel] = replace(state, **values)


class MemoryLedger:
    """One run's ledger, as `Ledger`: every instance is one lease's owner."""

    def __init__(self, table: Table, process: Process, *, owner: str) -> None:
        self.table = table
        self._process = process
        self._owner = owner
        self._counts = False

    def state(self) -> State:
        return self.table.state()

    def acquire(self, now: datetime) -> State | None:
        def act() -> State | None:
            table = self.table
            is_held = table.owner not in (None, self._owner)
            latest = now + LEASE_TIME + AHEAD
            if is_held and table.until is not None and now <= table.until <= latest:
                return None
            if table.owner is not None and (table.until is None or table.until > latest):
                table.flaws["lease_until"] = UNREADABLE
            found = table.state()
            table.flaws.pop("lease_until", None)
            table.owner, table.until, table.asked = self._owner, now + LEASE_TIME, False
            return found

        return self._do("acquire", act)

    def ask_again(self) -> bool:
        def act() -> bool:
            self.table.asked = self.table.asked or self.table.owner is not None
            return self.table.owner is not None

        return self._do("ask", act)

    def release(self, *, completed_at: datetime | None, search: Search | None) -> bool:
        def act() -> bool:
            table = self.table
            if table.owner != self._owner:
                return False
            asked = table.asked
            table.owner = table.until = None
            table.asked = False
            table.search = search
            _written(
                table.flaws, "search_", "lease_until", *(["completed_at"] if completed_at else [])
            )
            table.completed_at = completed_at or table.completed_at
            return asked

        # The SDK's next attempt finds the lease free, and nothing to be said of it.
        return self._do("release", act, wrong=lambda _: False)

    def open_records(self) -> Sequence[Record]:
        name = "count" if self._counts else "read"
        return self._do(name, lambda: _in_order(self.table.opened))

    def closed_records(self, ids: Collection[str]) -> Sequence[Record]:
        if not ids:
            return []
        closed = self.table.closed
        return self._do("read", lambda: [closed[id_] for id_ in sorted(ids) if id_ in closed])

    def closed_since(self, moment: datetime) -> Sequence[Record]:
        def act() -> list[Record]:
            closed = _in_order(self.table.closed)
            # What nobody can read comes after every moment, as text.
            return [r for r in closed if "end_seen" in r.flaws or _is_after(r.end_seen, moment)]

        self._counts = True
        return self._do("count", act)

    def observe(self, records: Sequence[Record], *, time_left: Callable[[], bool]) -> bool:
        reopened = any(record.reopened and record.ended_at is None for record in records)
        for some in _chunks(records, max(1, self.table.size // (2 if reopened else 1))):
            if not time_left():
                return False
            self._do("write", partial(self._put, some))
        return True

    def writes(self, count: int) -> int:
        return max(1, -(-count // self.table.size))

    def record_told(
        self,
        medium: str,
        told: Mapping[str, datetime | None],
        *,
        now: datetime,
        card: Card | None,
        news: Collection[str] = (),
        diverted: bool = False,
    ) -> None:
        def changed(record: Record) -> Record:
            id_ = record.invitation.id
            written = {f"{name}_{medium}" for name in ("told", "deadline")}
            written |= {f"news_{medium}"} if id_ in news else set()
            return replace(
                record,
                deadlines={**record.deadlines, medium: told[id_]},
                told_at={**record.told_at, medium: now},
                news_at={
                    **record.news_at,
                    **({medium: now} if id_ in news else {}),
                },
                first_told=None if "first_told" in record.flaws else record.first_told or now,
                card=card or record.card,
                diverted=record.diverted or diverted,
                contradicted_at=None,
                flaws={n: why for n, why in record.flaws.items() if n not in written},
            )

        for some in _chunks(list(told), self.table.size):
            self._do("write", partial(self._change, some, changed))

    def record_contradicted(self, ids: Collection[str], *, now: datetime) -> None:
        def contradicted(record: Record) -> Record:
            return replace(record, contradicted_at=now)

        for some in _chunks(sorted(ids), self.table.size):
            self._do("write", partial(self._change, some, contradicted))

    def record_cards(self, cards: Mapping[str, Card | None]) -> None:
        def carded(record: Record) -> Record:
            return replace(record, card=cards[record.invitation.id])

        for some in _chunks(list(cards), self.table.size):
            self._do("write", partial(self._change, some, carded))

    def save_channel(self, channel: str, state: ChannelState) -> None:
        def act() -> None:
            self.table.channels[channel] = state
            _written(self.table.flaws, f"{channel}_")

        self._do("state", act)

    def close(
        self, records: Sequence[Record], now: datetime, *, time_left: Callable[[], bool]
    ) -> Sequence[Record]:
        del now
        closed: list[Record] = []
        for some in _chunks(records, max(1, self.table.size // 2)):
            if not time_left():
                break
            self._do("write", partial(self._close, some))
            closed += some
        return closed

    def _put(self, records: Sequence[Record]) -> None:
        opened = self.table.opened
        for record in records:
            id_ = record.invitation.id
            opened[id_] = _over(opened.get(id_), record)
            if record.reopened and record.ended_at is None:
                self.table.closed.pop(id_, None)

    def _change(self, ids: Sequence[str], changed: Callable[[Record], Record]) -> None:
        opened = self.table.opened
        opened.update({id_: changed(opened[id_]) for id_ in ids})

    def _close(self, records: Sequence[Record]) -> None:
        closed = self.table.closed
        for record in records:
            id_ = record.invitation.id
            closed[id_] = _over(closed.get(id_), record)
            self.table.opened.pop(id_, None)

    def _do(
        self, name: str, act: Callable[[], T], wrong: Callable[[T], T] = lambda answer: answer
    ) -> T:
        return self._process.do(f"ledger.{name}", act, fails=_fails, wrong=wrong, at_most=14.0)


def _in_order(records: Mapping[str, Record]) -> list[Record]:
    return [records[id_] for id_ in sorted(records)]


def _over(before: Record | None, record: Record) -> Record:
    """Return a record written over another; what was told of an open one is only carried over."""
    seen = replace(
        record,
        invitation=record.invitation.remembered(),
        contradicted_at=None,
        undated=False,
        flaws={},
    )
    if before is None:
        return seen
    is_open = record.ended_at is None
    before = _mended(before, record)
    first, last = (before, record) if is_open else (record, before)
    over = replace(
        seen,
        first_seen=before.first_seen,
        contradicted_at=before.contradicted_at,
        told_at={**last.told_at, **first.told_at},
        news_at={**last.news_at, **first.news_at},
        deadlines={**last.deadlines, **first.deadlines},
        first_told=first.first_told or last.first_told,
        diverted=before.diverted or record.diverted,
        card=_carried(before.card, record.card) if is_open else record.card,
    )
    return _still_flawed(over, before, record) if before.flaws else over


def _mended(before: Record, record: Record) -> Record:
    """Return what was there without what the record does not believe of it, which is written anew.

    Nobody reads what was there instead, and nothing that comes later is added to it.
    """
    flaws = record.flaws
    if not flaws:
        return before
    told = {m: at for m, at in before.told_at.items() if f"told_{m}" not in flaws}
    return replace(
        before,
        first_seen=record.first_seen if "first_seen" in flaws else before.first_seen,
        told_at=told,
        first_told=None if "first_told" in flaws else before.first_told,
        flaws={name: why for name, why in before.flaws.items() if name not in flaws},
    )


def _still_flawed(over: Record, before: Record, record: Record) -> Record:
    """Return a record with what nobody can read yet: only what was surely written is mended."""
    written = set(SEEN)
    if record.ended_at is not None:
        written |= {f"told_{medium}" for medium in record.told_at}
        written |= {"first_told"} if record.first_told else set()
    flaws = {name: why for name, why in before.flaws.items() if name not in written}
    return replace(
        over,
        told_at={m: at for m, at in over.told_at.items() if f"told_{m}" not in flaws},
        first_told=None if "first_told" in flaws else over.first_told,
        flaws=flaws,
    )


def _written(flaws: dict[str, str], *names: str) -> None:
    """Forget the flaws whose names begin so."""
    for name in [name for name in flaws if name.startswith(names)]:
        del flaws[name]


def _is_after(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and moment > other


def _carried(before: Card | None, card: Card | None) -> Card | None:
    """Return a card to which is added what it lacks; that it is changing is always written."""
    if before is None or card is None:
        return before or card
    status = CHANGING if card.status == CHANGING else before.status or card.status
    return replace(before, expires_at=before.expires_at or card.expires_at, status=status)


def _fails(fault: Fault) -> NoReturn:
    raise LedgerError(f"ledger table memory: {fault}")


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

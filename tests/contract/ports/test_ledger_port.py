"""The ledger in memory and the one in DynamoDB keep the same, write by write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from notifier.adapters.ledger import DynamoLedger
from notifier.adapters.ledger import table as adapter
from notifier.adapters.ledger.updates import stamp
from notifier.core.model import (
    CHANGING,
    DEFAULT_ROUTE,
    UNREADABLE,
    Card,
    ChannelState,
    Invitation,
    Record,
    Reopened,
    Search,
    State,
)
from proof.story import DAY, HOUR
from proof.wire.scenarios import name_of
from proof.world.ledger import MemoryLedger, Table
from proof.world.world import START
from simulator.account import PartnerAccount
from tests.contract.ports.sides import Sides

SIZE = 2
CHANNELS = ("sns", "slack.dach")
MEDIA = ("sns", "slack", "escalation")
OF_RECORDS = (
    *("told_sns", "told_slack", "first_told", "first_seen", "expires_at", "invited_at"),
    *("ended_at", "end_seen"),
)
OF_CHANNELS = tuple(
    f"{channel}_{name}"
    for channel in CHANNELS
    for name in ("doubts", "retry_at", "warn_at", "contacted_at", "failing_since", "digest_at")
)
MENDED = ("told_sns", "first_told", "first_seen", "expires_at")
"""What a record that is written may not have believed."""

OWNERS = ("first", "second", "third")
IDS = [name_of(n) for n in range(3)]


class Ledgers(Sides):
    """Three runs' ledgers over one table, on both sides."""

    def __init__(self, account: PartnerAccount, client: Any, seed: int) -> None:
        super().__init__(account.wire, seed)
        self._aws, self._now, self._table = account.aws, START, Table(size=SIZE)
        given: Any = {"table": account.aws.table_name, "catalog": "AWS", "channels": CHANNELS}
        self._of = [
            (
                MemoryLedger(self._table, self.process, owner=owner),
                DynamoLedger(client, owner=owner, **given),
            )
            for owner in OWNERS
        ]

    def _alike(self, kind: str | None, act: Callable[[Any], Any], most: int = 0) -> None:
        memory, over_the_wire = (partial(act, ledger) for ledger in self.random.choice(self._of))
        self.alike(kind, memory, over_the_wire, most=most)

    def wait(self) -> None:
        self._now += timedelta(seconds=self.random.choice([1, 149, 150]))

    def acquire(self) -> None:
        self._alike("lease", lambda ledger: _seen(ledger.acquire(self._now)))

    def ask_again(self) -> None:
        self._alike("state", lambda ledger: ledger.ask_again())

    def release(self) -> None:
        search = self.maybe(Search(began_at=self._time(), token="on"))
        left = {"completed_at": self.maybe(self._time()), "search": search}
        self._alike("release", lambda ledger: ledger.release(**left))

    def observe(self) -> None:
        records, time = self._records(), self.random.randint(0, 2)
        self._alike("told", lambda ledger: ledger.observe(records, time_left=_times(time)), most=1)

    def record_told(self) -> None:
        if not self._table.opened:
            return
        medium, ids = self.random.choice(MEDIA), self.some(sorted(self._table.opened))
        said = {id_: self.maybe(self._time()) for id_ in ids}
        told = {
            "now": self._time(),
            "card": self.maybe(self._card()),
            "news": self.some(ids, 0),
            **self.random.choice([{}, {"diverted": True}]),
        }
        self._alike("told", lambda ledger: ledger.record_told(medium, said, **told), most=1)

    def record_cards(self) -> None:
        shown = {id_: self.maybe(self._card()) for id_ in self.some(sorted(self._table.opened))}
        self._alike("cards", lambda ledger: ledger.record_cards(shown), most=1)

    def record_contradicted(self) -> None:
        if self._table.opened:
            ids, now = self.some(sorted(self._table.opened)), self._time()
            self._alike("cards", lambda ledger: ledger.record_contradicted(ids, now=now), most=1)

    def save_channel(self) -> None:
        state = ChannelState(
            contacted_at=self.maybe(self._time()),
            doubts=self.random.randint(0, 2),
            retry_at=self.maybe(self._time()),
            deferred=tuple(self.some(IDS, 0)),
            warn_at=self.maybe(self._time()),
            failing_since=self.maybe(self._time()),
            digest_at=self.maybe(self._time()),
            digest_before=self.maybe(self._time()),
        )
        channel = self.random.choice(CHANNELS)
        self._alike("state", lambda ledger: ledger.save_channel(channel, state))

    def close(self) -> None:
        records, time = self._records(ended=True), self.random.randint(0, 3)
        self._alike(
            "close",
            lambda ledger: list(ledger.close(records, self._now, time_left=_times(time))),
            most=1,
        )

    def spoil(self) -> None:
        """Let somebody write what no run would; a lease may lose its end."""
        moment = self.maybe(START + 400 * DAY)
        if self._table.opened and self.flag():
            id_ = self.random.choice(sorted(self._table.opened))
            name = self.random.choice(OF_RECORDS)
            self._table.spoil(id_, name, moment)
            self._aws.overwrite(
                f"pending#{id_}", name, {"S": stamp(moment) if moment else "yesterday"}
            )
            return
        name = self.random.choice(("completed_at", "lease_until", *OF_CHANNELS))
        if name == "lease_until" and self._table.owner is None:
            return
        moment = None if name.endswith("doubts") else moment
        self._table.spoil_lease(name, moment)
        is_removed = name == "lease_until" and moment is None
        value = {"S": stamp(moment) if moment else ""}
        self._aws.overwrite("lease", name, None if is_removed else value)

    def open_records(self) -> None:
        self._alike("query", lambda ledger: list(ledger.open_records()))

    def closed_records(self) -> None:
        ids = self.some(IDS, 0)
        self._alike("batch get", lambda ledger: _sorted(ledger.closed_records(ids)))

    def closed_since(self) -> None:
        moment = self._time()
        self._alike("count", lambda ledger: list(ledger.closed_since(moment)))

    def compare(self) -> None:
        """See that all that is in the table is the same."""
        self._alike(None, lambda ledger: _seen(ledger.state()))
        self._alike(None, lambda ledger: list(ledger.open_records()))
        self._alike(None, lambda ledger: _sorted(ledger.closed_records(IDS)))
        lease = next((item for item in self._aws.items() if item["sk"]["S"] == "lease"), {})
        owner, until = (lease.get(f"lease_{name}", {}).get("S") for name in ("owner", "until"))
        held = owner, until and datetime.fromisoformat(until), "asked_again" in lease
        assert held == (self._table.owner, self._table.until, self._table.asked)

    def _time(self) -> datetime:
        return START + self.random.randint(0, 2) * HOUR

    def _reopened(self) -> Reopened:
        return Reopened(
            at=self._time(),
            ended_at=self._time(),
            count=self.random.randint(1, 3),
            before=self.maybe(self._time()),
        )

    def _card(self) -> Card:
        return Card(
            channel=self.random.choice(["C0HOME", "C0DACH"]),
            ts=self.random.choice(["1.000001", "1.000002"]),
            expires_at=self.maybe(self._time()),
            status=self.random.choice([None, "EXPIRED", CHANGING]),
        )

    def _records(self, *, ended: bool = False) -> list[Record]:
        """Return records as runs may have put them together."""
        return [
            Record(
                invitation=Invitation(
                    id=id_,
                    catalog="AWS",
                    arn="arn:that-nobody-keeps",
                    title=self.random.choice([None, "Äpfel", "Birnen"]),
                    sender_name=self.maybe("AWS"),
                    payload_type=self.maybe("LeadInvitation"),
                    status=self.random.choice([None, "PENDING", "EXPIRED"]),
                    invited_at=self.maybe(self._time()),
                    expires_at=self.maybe(self._time()),
                ),
                first_seen=self._time(),
                told_at={medium: self._time() for medium in self.some(MEDIA, 0)},
                news_at={medium: self._time() for medium in self.some(MEDIA, 0)},
                deadlines={medium: self.maybe(self._time()) for medium in self.some(MEDIA, 0)},
                reopened=self.maybe(self._reopened()),
                ended_at=self._time() if ended or self.random.random() < 0.5 else None,
                card=self.maybe(self._card()),
                route=self.random.choice([DEFAULT_ROUTE, "dach"]),
                diverted=self.random.choice([True, False]),
                unrouted=self.random.choice([True, False]),
                first_told=self.maybe(self._time()),
                end_seen=self.maybe(self._time()),
                contradicted_at=self.maybe(self._time()),
                flaws=dict.fromkeys(self.some(MENDED, 0), UNREADABLE),
            )
            for id_ in self.some(IDS)
        ]


ACTS: Sequence[Callable[[Ledgers], None]] = (
    *(Ledgers.wait, Ledgers.acquire, Ledgers.ask_again, Ledgers.release, Ledgers.save_channel),
    *(Ledgers.observe, Ledgers.observe, Ledgers.record_told, Ledgers.record_cards) * 2,
    *(Ledgers.record_contradicted, Ledgers.close, Ledgers.spoil, Ledgers.spoil),
    *(Ledgers.open_records, Ledgers.closed_records, Ledgers.closed_since),
)


def _seen(state: State | None) -> Any:
    channels = [state.channel(name) for name in CHANNELS] if state else []
    return state and (state.completed_at, state.search, channels, dict(state.flaws))


def _sorted(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.invitation.id)


def _times(number: int) -> Callable[[], bool]:
    """Return what says so many times that there is time left."""
    left = iter([True] * number)
    return lambda: next(left, False)


@pytest.mark.parametrize("seed", range(10))
def test_memory_keeps_what_the_table_keeps(
    account: PartnerAccount, clients: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever runs write and read in whatever order, and whichever of their calls fail."""
    monkeypatch.setattr(adapter, "TRANSACTION_LIMIT", SIZE)
    monkeypatch.setattr(adapter, "BATCH_GET_LIMIT", SIZE)
    ledgers = Ledgers(account, clients["dynamodb"], seed)
    for _ in range(60):
        ledgers.random.choice(ACTS)(ledgers)
    ledgers.compare()

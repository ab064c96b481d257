"""The ledger and the lease in one DynamoDB table, written with `UpdateItem` throughout.

Partition key `catalog`, sort key `sk`: `pending#<id>`, `closed#<id>` or `lease`. The lease and
the records are written with the same action, so that a role that may not record cannot send
either. Several records are written in one transaction, which needs no other permission.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ...core.model import (
    AHEAD,
    CHANGING,
    CLOSED,
    LEASE,
    OPEN,
    Card,
    ChannelState,
    Record,
    Search,
    State,
)
from ...core.ports import LedgerError
from .errors import ConditionFailed, Passing, is_held, is_passing, why
from .items import (
    CONTRADICTED,
    DEADLINE,
    DIVERTED,
    END_SEEN,
    FIRST_TOLD,
    NEWS,
    TOLD,
    Item,
    foreign_of,
    record_of,
    state_of,
)
from .updates import card_of, deadline_text, maybe_stamp, seen_of, stamp, told_of, typed, update_of

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.literals import ReturnValueType

LEASE_TIME = timedelta(seconds=150)
"""Longer than the function's timeout (120 s), so that no run outlives its own lease."""

CLOSED_FOR = timedelta(days=90)

TRANSACTION_LIMIT = 100
BATCH_GET_LIMIT = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

_ASKED = "asked_again"

T = TypeVar("T")


class DynamoLedger:
    """What one catalog's channels were told, as `Ledger`; every instance is one lease's owner."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table: str,
        catalog: str,
        channels: Sequence[str],
        owner: str | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._catalog = catalog
        self._channels = channels
        # Lambda may deliver one event twice under one request id: the token must be our own.
        self._owner = owner or uuid.uuid4().hex
        self._foreign: dict[str, Item] = {}

    def acquire(self, now: datetime) -> State | None:
        """Take the lease; our own token counts as free, because a reply may have been lost.

        Whoever asked for another look until now gets it by this run. A lease without its end, or
        with one that no run would have given it, holds nobody back.
        """
        until, latest = stamp(now + LEASE_TIME), now + LEASE_TIME + AHEAD
        update = update_of(
            {"lease_owner": self._owner, "lease_until": until, _ASKED: None},
            condition="attribute_not_exists(lease_owner) OR lease_owner = :me"
            " OR NOT attribute_type(lease_until, :text)"
            " OR lease_until < :now OR lease_until > :latest",
            names={
                ":me": self._owner,
                ":text": "S",
                ":now": stamp(now),
                ":latest": stamp(latest),
            },
        )
        found = self._update_lease(update, returned="ALL_OLD")
        return None if found is None else state_of(found, self._channels, latest)

    def state(self) -> State:
        """Return what the last run left, without taking the lease."""
        found: Item = next(self._get([self._key(LEASE)]), {})
        return state_of(found, self._channels)

    def ask_again(self) -> bool:
        """Leave a mark in the lease of the run that holds it; False if none holds it any more."""
        update = update_of({_ASKED: 1}, condition="attribute_exists(lease_owner)")
        return self._update_lease(update) is not None

    def release(self, *, completed_at: datetime | None, search: Search | None) -> bool:
        """Give the lease back, unless another run holds it by now.

        What is asked for in the same write is known for sure: a mark comes before it or not at
        all.
        """
        freed: dict[str, str | int | None] = {
            "lease_owner": None,
            "lease_until": None,
            _ASKED: None,
            "search_began_at": maybe_stamp(search.began_at if search else None),
            "search_token": search.token if search else None,
        }
        completed = {} if completed_at is None else {"completed_at": stamp(completed_at)}
        update = update_of(
            freed | completed, condition="lease_owner = :me", names={":me": self._owner}
        )
        before = self._update_lease(update, returned="ALL_OLD")
        return before is not None and _ASKED in before

    def _update_lease(
        self, update: Mapping[str, Any], *, returned: ReturnValueType = "NONE"
    ) -> Item | None:
        """Write to the lease's item; return what is asked for of it, or None if it is not ours."""
        try:
            answer = self._call(
                lambda: self._client.update_item(
                    TableName=self._table,
                    Key=self._key(LEASE),
                    ReturnValues=returned,
                    **update,
                )
            )
        except ConditionFailed:
            return None
        found: Item = answer.get("Attributes", {})
        return found

    def open_records(self) -> list[Record]:
        return self._records(OPEN)

    def closed_since(self, moment: datetime) -> list[Record]:
        # The text of moments sorts as they do.
        return self._records(
            CLOSED,
            FilterExpression=f"{END_SEEN} > :moment",
            values={":moment": stamp(moment)},
        )

    def _records(
        self, prefix: str, values: Mapping[str, str] | None = None, **more: str
    ) -> list[Record]:
        """Return the records under a prefix: one strongly consistent Query, a page per MB."""
        values = {":catalog": self._catalog, ":prefix": prefix, **(values or {})}
        query: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "#catalog = :catalog AND begins_with(sk, :prefix)",
            "ExpressionAttributeNames": {"#catalog": "catalog"},
            "ExpressionAttributeValues": {name: typed(text) for name, text in values.items()},
            **more,
        }
        records: list[Record] = []
        while True:
            page = self._call(lambda: self._client.query(**query))
            records += [self._read(item) for item in page.get("Items", ())]
            if not page.get("LastEvaluatedKey"):
                return records
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def closed_records(self, ids: Collection[str]) -> list[Record]:
        keys = [self._key(CLOSED + id_) for id_ in sorted(ids)]
        return [
            self._read(item) for some in _chunks(keys, BATCH_GET_LIMIT) for item in self._get(some)
        ]

    def _read(self, item: Item) -> Record:
        """Return a record, and keep what another version has added to it."""
        record = record_of(item)
        if added := foreign_of(item):
            self._foreign[record.invitation.id] = added
        return record

    def observe(self, records: Sequence[Record], *, time_left: Callable[[], bool]) -> bool:
        # What is open again has left a closed record: it goes on in the open one.
        reopened = {r.invitation.id for r in records if r.reopened and r.ended_at is None}
        for some in _chunks(records, TRANSACTION_LIMIT // (2 if reopened else 1)):
            if not time_left():
                return False
            ids = (record.invitation.id for record in some)
            removals = [self._removal(CLOSED + id_) for id_ in ids if id_ in reopened]
            self._write([self._put(OPEN, record) for record in some] + removals)
        return True

    def writes(self, count: int) -> int:
        return max(1, -(-count // TRANSACTION_LIMIT))

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
        """Record one message's confirmation; up to a hundred invitations of it in one piece."""
        values: dict[str, str | int | None] = {TOLD + medium: stamp(now), CONTRADICTED: None}
        if card is not None:
            values |= card_of(card)
        if diverted:
            values[DIVERTED] = "yes"
        writes = []
        for id_, deadline in told.items():
            own = {DEADLINE + medium: deadline_text(deadline)}
            own |= {NEWS + medium: stamp(now)} if id_ in news else {}
            update = update_of(values | own, if_absent={FIRST_TOLD: stamp(now)})
            writes.append(self._change(OPEN + id_, update))
        self._write(writes)

    def record_contradicted(self, ids: Collection[str], *, now: datetime) -> None:
        update = update_of({CONTRADICTED: stamp(now)})
        self._write([self._change(OPEN + id_, update) for id_ in sorted(ids)])

    def forget_told(self, channel: str, id_: str, *, told_at: datetime) -> bool:
        """Make an open invitation untold on `channel`; False while a run holds the lease.

        One conditional write, so that a run reads what it left, or was waited for. A run never
        calls it. Raises LedgerError if the record is not as it was when `told_at` was read.
        """
        is_free = {
            "ConditionExpression": "attribute_not_exists(lease_owner)",
            "TableName": self._table,
            "Key": self._key(LEASE),
        }
        forget = update_of(
            {TOLD + channel: None, DEADLINE + channel: None},
            condition="#0 = :told AND attribute_not_exists(ended_at)",
            names={":told": stamp(told_at)},
        )
        writes: Any = [{"ConditionCheck": is_free}, self._change(OPEN + id_, forget)]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if is_held(error):
                return False
            raise LedgerError(f"{id_} was not changed: {why(error)}") from None
        return True

    def record_cards(self, cards: Mapping[str, Card | None]) -> None:
        self._write(
            [self._change(OPEN + id_, update_of(card_of(card))) for id_, card in cards.items()]
        )

    def save_channel(self, channel: str, state: ChannelState) -> None:
        update = update_of(
            {
                f"{channel}_contacted_at": maybe_stamp(state.contacted_at),
                f"{channel}_retry_at": maybe_stamp(state.retry_at),
                f"{channel}_doubts": state.doubts or None,
                f"{channel}_failing_since": maybe_stamp(state.failing_since),
                f"{channel}_digest_at": maybe_stamp(state.digest_at),
                f"{channel}_digest_before": maybe_stamp(state.digest_before),
                # Ids hold no spaces: see `partner_central.short_id`.
                f"{channel}_deferred": " ".join(state.deferred) or None,
                f"{channel}_warn_at": maybe_stamp(state.warn_at),
            }
        )
        self._update_lease(update)

    def close(
        self, records: Sequence[Record], now: datetime, *, time_left: Callable[[], bool]
    ) -> list[Record]:
        """Move records from open to closed, each in one piece; may be repeated."""
        expiry = int((now + CLOSED_FOR).timestamp())
        closed: list[Record] = []
        for some in _chunks(records, TRANSACTION_LIMIT // 2):
            if not time_left():
                break
            self._write(
                [self._put(CLOSED, record, ttl=expiry) for record in some]
                + [self._removal(OPEN + record.invitation.id) for record in some]
            )
            closed += some
        return closed

    def _put(self, prefix: str, record: Record, ttl: int | None = None) -> dict[str, Any]:
        told, values = told_of(record), seen_of(record)
        if_absent = {"first_seen": stamp(record.first_seen)}
        if record.ended_at is None:
            # What is told of an open invitation moves in `record_told` alone: here it is only
            # carried over, from a closed record that opens again.
            if_absent |= told
            if record.card and record.card.status == CHANGING:
                values["card_status"] = if_absent.pop("card_status")
        else:
            # A card that was given up must not come back from an earlier life's closed record.
            values |= {**card_of(record.card), **told}
        if ttl is not None:
            values["ttl"] = ttl
        for name in record.flaws:  # What could not be believed is written anew, or goes.
            values[name] = if_absent.pop(name, None) or values.get(name)
        added = self._foreign.get(record.invitation.id, {})
        foreign = {name: added[name] for name in added if name not in values | if_absent}
        update = update_of(values, if_absent=if_absent, foreign=foreign)
        return self._change(prefix + record.invitation.id, update)

    def _change(self, sort_key: str, update: dict[str, Any]) -> dict[str, Any]:
        return {"Update": {"TableName": self._table, "Key": self._key(sort_key), **update}}

    def _removal(self, sort_key: str) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": self._key(sort_key)}}

    def _write(self, writes: Sequence[Any]) -> None:
        for some in _chunks(writes, TRANSACTION_LIMIT):
            write = partial(self._client.transact_write_items, TransactItems=some)
            try:
                self._call(write)
            except Passing:  # The SDK does not try it again; what was sent must be recorded.
                self._call(write)

    def _get(self, keys: Sequence[dict[str, Any]]) -> Iterator[Item]:
        wanted: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
        while wanted:
            answer = self._call(partial(self._client.batch_get_item, RequestItems=wanted))
            yield from answer.get("Responses", {}).get(self._table, ())
            wanted = answer.get("UnprocessedKeys")

    def _key(self, sort_key: str) -> dict[str, Any]:
        return {"catalog": {"S": self._catalog}, "sk": {"S": sort_key}}

    def _call(self, call: Callable[[], Any]) -> Any:
        """Make one call; raise LedgerError in one line for whatever goes wrong."""
        passing = False
        try:
            return call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown error")
            operation = error.operation_name
            passing = is_passing(error)
        except (BotoCoreError, ResponseParserError) as error:
            code, operation = f"no usable answer ({type(error).__name__})", "a call"
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed(code)
        failure = Passing if passing else LedgerError
        raise failure(f"ledger table {self._table}: {operation} failed: {code}")


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

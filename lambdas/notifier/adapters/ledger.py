"""The ledger and the lease in one DynamoDB table, written with `UpdateItem` throughout.

Partition key `catalog`, sort key `sk`: `pending#<id>`, `closed#<id>` or `lease`. The lease and
the records are written with the same action, so that a role that may not record cannot send
either. Several records are written in one transaction, which needs no other permission.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ..core.model import (
    CHANGING,
    DEFAULT_ROUTE,
    Card,
    ChannelState,
    Invitation,
    Record,
    Search,
    State,
)
from ..core.ports import LedgerError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.literals import ReturnValueType

LEASE_TIME = timedelta(seconds=150)
"""Longer than the function's timeout (120 s), so that no run outlives its own lease."""

CLOSED_FOR = timedelta(days=90)

TRANSACTION_LIMIT = 100
BATCH_GET_LIMIT = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

_OPEN = "pending#"
_CLOSED = "closed#"
_LEASE = "lease"
_ASKED = "asked_again"
_TOLD = "told_"
_FIRST_TOLD = "first_told"
_END_SEEN = "end_seen"
_DIVERTED = "diverted"

T = TypeVar("T")
Item = Mapping[str, Any]


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

    def acquire(self, now: datetime) -> State | None:
        """Take the lease; our own token counts as free, because a reply may have been lost.

        Whoever asked for another look until now gets it by this run.
        """
        until = _text(now + LEASE_TIME)
        update = _update(
            {"lease_owner": self._owner, "lease_until": until, _ASKED: None},
            condition="attribute_not_exists(lease_owner) OR lease_owner = :me"
            " OR lease_until < :now",
            names={":me": self._owner, ":now": _text(now)},
        )
        found = self._update_lease(update, returned="ALL_NEW")
        return None if found is None else _state(found, self._channels)

    def state(self) -> State:
        """Return what the last run left, without taking the lease."""
        found: Item = next(self._get([self._key(_LEASE)]), {})
        return _state(found, self._channels)

    def ask_again(self) -> bool:
        """Leave a mark in the lease of the run that holds it; False if none holds it any more."""
        update = _update({_ASKED: 1}, condition="attribute_exists(lease_owner)")
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
            "search_began_at": _maybe_text(search.began_at if search else None),
            "search_token": search.token if search else None,
        }
        completed = {} if completed_at is None else {"completed_at": _text(completed_at)}
        update = _update(
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
                    Key=self._key(_LEASE),
                    ReturnValues=returned,
                    **update,
                )
            )
        except _ConditionFailed:
            return None
        found: Item = answer.get("Attributes", {})
        return found

    def open_records(self) -> list[Record]:
        return self._records(_OPEN)

    def closed_since(self, moment: datetime) -> list[Record]:
        # The text of moments sorts as they do.
        return self._records(
            _CLOSED,
            FilterExpression=f"{_END_SEEN} > :moment",
            values={":moment": _text(moment)},
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
            "ExpressionAttributeValues": {name: _value(text) for name, text in values.items()},
            **more,
        }
        records: list[Record] = []
        while True:
            page = self._call(lambda: self._client.query(**query))
            records += [_record(item) for item in page.get("Items", ())]
            if not page.get("LastEvaluatedKey"):
                return records
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def closed_records(self, ids: Collection[str]) -> list[Record]:
        keys = [self._key(_CLOSED + id_) for id_ in sorted(ids)]
        return [
            _record(item) for some in _chunks(keys, BATCH_GET_LIMIT) for item in self._get(some)
        ]

    def observe(self, records: Sequence[Record], *, time_left: Callable[[], bool]) -> bool:
        for some in _chunks(records, TRANSACTION_LIMIT):
            if not time_left():
                return False
            self._write([self._put(_OPEN, record) for record in some])
        return True

    def writes(self, count: int) -> int:
        return max(1, -(-count // TRANSACTION_LIMIT))

    def record_told(
        self,
        medium: str,
        ids: Sequence[str],
        *,
        now: datetime,
        card: Card | None,
        diverted: bool = False,
    ) -> None:
        """Record one message's confirmation; up to a hundred invitations of it in one piece."""
        told: dict[str, str | int | None] = {_TOLD + medium: _text(now)}
        if card is not None:
            told |= _card(card)
        if diverted:
            told[_DIVERTED] = "yes"
        update = _update(told, if_absent={_FIRST_TOLD: _text(now)})
        self._write([self._change(_OPEN + id_, update) for id_ in ids])

    def forget_told(self, channel: str, id_: str, *, told_at: datetime) -> bool:
        """Make an open invitation untold on `channel`; False while a run holds the lease.

        One conditional write, so that a run reads what it left, or was waited for. A run never
        calls it. Raises LedgerError if the record is not as it was when `told_at` was read.
        """
        is_free = {
            "ConditionExpression": "attribute_not_exists(lease_owner)",
            "TableName": self._table,
            "Key": self._key(_LEASE),
        }
        forget = _update(
            {_TOLD + channel: None},
            condition="#0 = :told AND attribute_not_exists(ended_at)",
            names={":told": _text(told_at)},
        )
        writes: Any = [{"ConditionCheck": is_free}, self._change(_OPEN + id_, forget)]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if _is_held(error):
                return False
            raise LedgerError(f"{id_} was not changed: {_why(error)}") from None
        return True

    def record_cards(self, cards: Mapping[str, Card | None]) -> None:
        self._write(
            [self._change(_OPEN + id_, _update(_card(card))) for id_, card in cards.items()]
        )

    def save_channel(self, channel: str, state: ChannelState) -> None:
        update = _update(
            {
                f"{channel}_contacted_at": _maybe_text(state.contacted_at),
                f"{channel}_retry_at": _maybe_text(state.retry_at),
                f"{channel}_doubts": state.doubts or None,
                f"{channel}_failing_since": _maybe_text(state.failing_since),
                f"{channel}_digest_at": _maybe_text(state.digest_at),
                f"{channel}_digest_before": _maybe_text(state.digest_before),
                # Ids hold no spaces: see `partner_central.short_id`.
                f"{channel}_deferred": " ".join(state.deferred) or None,
                f"{channel}_warn_at": _maybe_text(state.warn_at),
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
                [self._put(_CLOSED, record, ttl=expiry) for record in some]
                + [self._removal(_OPEN + record.invitation.id) for record in some]
            )
            closed += some
        return closed

    def _put(self, prefix: str, record: Record, ttl: int | None = None) -> dict[str, Any]:
        told, values = _told(record), _seen(record)
        if_absent = {"first_seen": _text(record.first_seen)}
        if record.ended_at is None:
            # What is told of an open invitation moves in `record_told` alone: here it is only
            # carried over, from a closed record that opens again.
            if_absent |= told
            if record.card and record.card.status == CHANGING:
                values["card_status"] = if_absent.pop("card_status")
        else:
            # A card that was given up must not come back from an earlier life's closed record.
            values |= {**_card(record.card), **told}
        if ttl is not None:
            values["ttl"] = ttl
        return self._change(prefix + record.invitation.id, _update(values, if_absent=if_absent))

    def _change(self, sort_key: str, update: dict[str, Any]) -> dict[str, Any]:
        return {"Update": {"TableName": self._table, "Key": self._key(sort_key), **update}}

    def _removal(self, sort_key: str) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": self._key(sort_key)}}

    def _write(self, writes: Sequence[Any]) -> None:
        for some in _chunks(writes, TRANSACTION_LIMIT):
            write = partial(self._client.transact_write_items, TransactItems=some)
            try:
                self._call(write)
            except _Passing:  # The SDK does not try it again; what was sent must be recorded.
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
            passing = _is_passing(error)
        except (BotoCoreError, ResponseParserError) as error:
            code, operation = f"no usable answer ({type(error).__name__})", "a call"
        if code == "ConditionalCheckFailedException":
            raise _ConditionFailed(code)
        failure = _Passing if passing else LedgerError
        raise failure(f"ledger table {self._table}: {operation} failed: {code}")


class _ConditionFailed(LedgerError):  # noqa: N818  (what happened, not what is wrong)
    """A conditional write found something else than it asked for."""


class _Passing(LedgerError):  # noqa: N818  (as above)
    """A transaction met another one, or a throttle, and did nothing."""


_PASSING = {"None", "ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"}
"""Reasons of a cancelled transaction; None is that of the items which were not at fault.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""


def _codes(error: ClientError) -> list[str]:
    reasons: Any = error.response.get("CancellationReasons") or ()
    return [str(reason.get("Code")) for reason in reasons]


def _is_held(error: ClientError) -> bool:
    """Say whether a transaction waits for a lease, which its first item asks for."""
    codes = _codes(error)
    return codes[:1] == ["ConditionalCheckFailed"] or "TransactionConflict" in codes


def _why(error: ClientError) -> str:
    if "ConditionalCheckFailed" in _codes(error):
        return "it was told or ended meanwhile"
    return error.response.get("Error", {}).get("Code", "unknown error")


def _is_passing(error: ClientError) -> bool:
    reasons: Any = error.response.get("CancellationReasons") or ()
    return bool(reasons) and all(reason.get("Code") in _PASSING for reason in reasons)


def _update(
    values: Mapping[str, str | int | None],
    *,
    if_absent: Mapping[str, str] | None = None,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an UpdateItem's expressions: set `values`, removing those that are None."""
    absent = if_absent or {}
    keys = {key: f"#{number}" for number, key in enumerate([*values, *absent])}
    assigned = {key: value for key, value in values.items() if value is not None}
    sets = [f"{keys[key]} = :{keys[key][1:]}" for key in assigned]
    sets += [f"{keys[key]} = if_not_exists({keys[key]}, :{keys[key][1:]})" for key in absent]
    removes = [keys[key] for key in values if key not in assigned]
    given = {f":{keys[key][1:]}": _value(value) for key, value in {**assigned, **absent}.items()}
    given |= {name: _value(text) for name, text in (names or {}).items()}
    clauses = (("SET ", sets), ("REMOVE ", removes))
    update = {
        "UpdateExpression": " ".join(verb + ", ".join(parts) for verb, parts in clauses if parts),
        "ExpressionAttributeNames": {short: key for key, short in keys.items()},
    }
    if given:
        update["ExpressionAttributeValues"] = given
    return update | ({"ConditionExpression": condition} if condition else {})


def _value(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _seen(record: Record) -> dict[str, str | int | None]:
    invitation = record.invitation.remembered()
    return {
        "title": invitation.title,
        "sender": invitation.sender_name,
        "payload_type": invitation.payload_type,
        "status": invitation.status,
        "invited_at": _maybe_text(invitation.invited_at),
        "expires_at": _maybe_text(invitation.expires_at),
        "ended_at": _maybe_text(record.ended_at),
        _END_SEEN: _maybe_text(record.end_seen),
        "route": None if record.route == DEFAULT_ROUTE else record.route,
    }


def _told(record: Record) -> dict[str, str]:
    told = {_TOLD + medium: _text(moment) for medium, moment in record.told_at.items()}
    told |= {_FIRST_TOLD: _text(record.first_told)} if record.first_told else {}
    told |= {_DIVERTED: "yes"} if record.diverted else {}
    card = {} if record.card is None else _card(record.card)
    return told | {key: str(value) for key, value in card.items() if value is not None}


def _card(card: Card | None) -> dict[str, str | int | None]:
    return {
        "card_channel": card.channel if card else None,
        "card_ts": card.ts if card else None,
        "card_expires_at": _maybe_text(card.expires_at) if card else None,
        "card_status": card.status if card else None,
    }


def _record(item: Item) -> Record:
    catalog, sort_key = _string(item, "catalog"), _string(item, "sk")
    told = {key.removeprefix(_TOLD): _moment(item, key) for key in item if key.startswith(_TOLD)}
    card_channel, card_ts = _string(item, "card_channel"), _string(item, "card_ts")
    return Record(
        invitation=Invitation(
            id=(sort_key or "").partition("#")[2],
            catalog=catalog or "",
            title=_string(item, "title"),
            sender_name=_string(item, "sender"),
            payload_type=_string(item, "payload_type"),
            status=_string(item, "status"),
            invited_at=_moment(item, "invited_at"),
            expires_at=_moment(item, "expires_at"),
        ),
        first_seen=_moment(item, "first_seen") or datetime.fromtimestamp(0, UTC),
        told_at={medium: moment for medium, moment in told.items() if moment is not None},
        ended_at=_moment(item, "ended_at"),
        route=_string(item, "route") or DEFAULT_ROUTE,
        diverted=_DIVERTED in item,
        first_told=_moment(item, _FIRST_TOLD),
        end_seen=_moment(item, _END_SEEN),
        card=Card(
            channel=card_channel,
            ts=card_ts,
            expires_at=_moment(item, "card_expires_at"),
            status=_string(item, "card_status"),
        )
        if card_channel and card_ts
        else None,
    )


def _state(item: Item, channels: Sequence[str]) -> State:
    began_at, token = _moment(item, "search_began_at"), _string(item, "search_token")
    return State(
        completed_at=_moment(item, "completed_at"),
        search=Search(began_at=began_at, token=token) if began_at and token else None,
        channels={
            channel: ChannelState(
                contacted_at=_moment(item, f"{channel}_contacted_at"),
                doubts=int(item.get(f"{channel}_doubts", {}).get("N", 0)),
                retry_at=_moment(item, f"{channel}_retry_at"),
                deferred=tuple((_string(item, f"{channel}_deferred") or "").split()),
                warn_at=_moment(item, f"{channel}_warn_at"),
                failing_since=_moment(item, f"{channel}_failing_since"),
                digest_at=_moment(item, f"{channel}_digest_at"),
                digest_before=_moment(item, f"{channel}_digest_before"),
            )
            for channel in channels
        },
    )


def _string(item: Item, name: str) -> str | None:
    text: str | None = item.get(name, {}).get("S")
    return text


def _moment(item: Item, name: str) -> datetime | None:
    text = _string(item, name)
    return None if text is None else datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    # Always with microseconds, so that the text sorts as the moments do: conditions compare it.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _maybe_text(moment: datetime | None) -> str | None:
    return None if moment is None else _text(moment)


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

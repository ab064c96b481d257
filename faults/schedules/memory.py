"""Reads the ledger's table into the model's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from faults.messages import CHANNELS
from faults.schedules.model import DEFAULT, LEADS, Card, Doubt, Memory, Row


def memory_of(items: Iterable[Any]) -> Memory:
    """Return what the table's items say."""
    named = {item["sk"]["S"]: item for item in items}
    lease = named.pop("lease", {})
    until = _moment(lease, "lease_until")
    return Memory(
        open=_rows(named, "pending#"),
        closed=_rows(named, "closed#"),
        completed_at=_moment(lease, "completed_at"),
        held_until=until if "lease_owner" in lease else None,
        channels={name: _doubt(lease, name) for name in (*CHANNELS, LEADS)},
    )


def _rows(items: dict[str, Any], prefix: str) -> dict[str, Row]:
    return {key.removeprefix(prefix): _row(i) for key, i in items.items() if key.startswith(prefix)}


def _row(item: Any) -> Row:
    told = {channel: _moment(item, f"told_{channel}") for channel in CHANNELS}
    first_seen = _moment(item, "first_seen")
    assert first_seen is not None, item
    return Row(
        told={channel: moment for channel, moment in told.items() if moment is not None},
        first_seen=first_seen,
        expiry=_moment(item, "expires_at"),
        ended_at=_moment(item, "ended_at"),
        status=item["status"]["S"],
        kept_until=datetime.fromtimestamp(int(item["ttl"]["N"]), UTC) if "ttl" in item else None,
        card=_card(item),
        route=item.get("route", {}).get("S", DEFAULT),
        diverted="diverted" in item,
        first_told=_moment(item, "first_told"),
        end_seen=_moment(item, "end_seen"),
    )


def _card(item: Any) -> Card | None:
    if "card_ts" not in item:
        return None
    return Card(
        ts=item["card_ts"]["S"],
        place=item["card_channel"]["S"],
        expiry=_moment(item, "card_expires_at"),
        status=item.get("card_status", {}).get("S"),
    )


def _doubt(lease: Any, channel: str) -> Doubt:
    return Doubt(
        contacted_at=_moment(lease, f"{channel}_contacted_at"),
        doubts=int(lease.get(f"{channel}_doubts", {}).get("N", 0)),
        rests_until=_moment(lease, f"{channel}_retry_at"),
        deferred=frozenset(lease.get(f"{channel}_deferred", {}).get("S", "").split()),
        warn_at=_moment(lease, f"{channel}_warn_at"),
        failing_since=_moment(lease, f"{channel}_failing_since"),
        digest_at=_moment(lease, f"{channel}_digest_at"),
        digest_before=_moment(lease, f"{channel}_digest_before"),
    )


def _moment(item: Any, name: str) -> datetime | None:
    text = item.get(name, {}).get("S")
    return None if text is None else datetime.fromisoformat(text)

"""Items of the table as records and states: each attribute is parsed where it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...core.model import DEFAULT_ROUTE, Card, ChannelState, Invitation, Record, Search, State

TOLD = "told_"
FIRST_TOLD = "first_told"
END_SEEN = "end_seen"
DIVERTED = "diverted"

Item = Mapping[str, Any]


def record_of(item: Item) -> Record:
    catalog, sort_key = _string(item, "catalog"), _string(item, "sk")
    told = {key.removeprefix(TOLD): _moment(item, key) for key in item if key.startswith(TOLD)}
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
        diverted=DIVERTED in item,
        first_told=_moment(item, FIRST_TOLD),
        end_seen=_moment(item, END_SEEN),
        card=Card(
            channel=card_channel,
            ts=card_ts,
            expires_at=_moment(item, "card_expires_at"),
            status=_string(item, "card_status"),
        )
        if card_channel and card_ts
        else None,
    )


def state_of(item: Item, channels: Sequence[str]) -> State:
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

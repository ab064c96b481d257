"""What is written of a record or a state: an UpdateItem's expressions, and an item's values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...core.model import DEFAULT_ROUTE, Card, Record, Reopened
from .items import DEADLINE, DIVERTED, END_SEEN, FIRST_TOLD, NEWS, TOLD, UNDATED, UNROUTED


def update_of(
    values: Mapping[str, str | int | None],
    *,
    if_absent: Mapping[str, str] | None = None,
    foreign: Mapping[str, Any] | None = None,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an UpdateItem's expressions: set `values`, removing those that are None.

    `if_absent` and `foreign` are set where there is nothing yet; `foreign` are in DynamoDB's JSON.
    """
    added = foreign or {}
    absent = {**(if_absent or {}), **added}
    keys = {key: f"#{number}" for number, key in enumerate([*values, *absent])}
    assigned = {key: value for key, value in values.items() if value is not None}
    sets = [f"{keys[key]} = :{keys[key][1:]}" for key in assigned]
    sets += [f"{keys[key]} = if_not_exists({keys[key]}, :{keys[key][1:]})" for key in absent]
    removes = [keys[key] for key in values if key not in assigned]
    known = {**assigned, **(if_absent or {})}
    given: dict[str, Any] = {f":{keys[key][1:]}": typed(value) for key, value in known.items()}
    given |= {f":{keys[key][1:]}": value for key, value in added.items()}
    given |= {name: typed(text) for name, text in (names or {}).items()}
    clauses = (("SET ", sets), ("REMOVE ", removes))
    update = {
        "UpdateExpression": " ".join(verb + ", ".join(parts) for verb, parts in clauses if parts),
        "ExpressionAttributeNames": {short: key for key, short in keys.items()},
    }
    if given:
        update["ExpressionAttributeValues"] = given
    return update | ({"ConditionExpression": condition} if condition else {})


def typed(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def seen_of(record: Record) -> dict[str, str | int | None]:
    invitation = record.invitation.remembered()
    return {
        "title": invitation.title,
        "sender": invitation.sender_name,
        "payload_type": invitation.payload_type,
        "status": invitation.status,
        "invited_at": maybe_stamp(invitation.invited_at),
        "expires_at": maybe_stamp(invitation.expires_at),
        "ended_at": maybe_stamp(record.ended_at),
        END_SEEN: maybe_stamp(record.end_seen),
        "route": None if record.route == DEFAULT_ROUTE else record.route,
        UNROUTED: "yes" if record.unrouted else None,
        **_reopened_of(record.reopened),
    }


def told_of(record: Record) -> dict[str, str]:
    told = {TOLD + medium: stamp(moment) for medium, moment in record.told_at.items()}
    told |= {NEWS + medium: stamp(moment) for medium, moment in record.news_at.items()}
    told |= {DEADLINE + medium: deadline_text(at) for medium, at in record.deadlines.items()}
    told |= {FIRST_TOLD: stamp(record.first_told)} if record.first_told else {}
    told |= {DIVERTED: "yes"} if record.diverted else {}
    card = {} if record.card is None else card_of(record.card)
    return told | {key: str(value) for key, value in card.items() if value is not None}


def card_of(card: Card | None) -> dict[str, str | int | None]:
    return {
        "card_channel": card.channel if card else None,
        "card_ts": card.ts if card else None,
        "card_expires_at": maybe_stamp(card.expires_at) if card else None,
        "card_status": card.status if card else None,
    }


def deadline_text(deadline: datetime | None) -> str:
    return UNDATED if deadline is None else stamp(deadline)


def _reopened_of(reopened: Reopened | None) -> dict[str, str | int | None]:
    return {
        "reopened_at": maybe_stamp(reopened.at if reopened else None),
        "reopened_ended_at": maybe_stamp(reopened.ended_at if reopened else None),
        "reopened_count": reopened.count if reopened else None,
        "reopened_before": maybe_stamp(reopened.before if reopened else None),
    }


def stamp(moment: datetime) -> str:
    # Always with microseconds, so that the text sorts as the moments do: conditions compare it.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def maybe_stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)

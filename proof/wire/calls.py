"""The calls of a run as the wire sees them: of which kind each is, and which effects they make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from simulator.wire import Call

KINDS = {
    "inbox.list": ("list", "next page"),
    "inbox.search": ("search",),
    "inbox.details": ("details",),
    "ledger.acquire": ("lease",),
    "ledger.read": ("query", "count", "batch get"),
    "ledger.write": ("observe", "told", "cards", "end", "close"),
    "ledger.state": ("state",),
    "ledger.release": ("release",),
    "sns.listeners": ("listeners",),
    "sns.publish": ("publish",),
    "slack.secret": ("secret",),
    "slack.post": ("webhook", "post", "reply"),
    "slack.update": ("update",),
}
"""The kinds of calls, by what they are to the world in memory."""

PLAIN = " (plain)"
"""What is added to the kind of a second try, in plain form."""

THREAD_GONE = "thread_not_found"

_TOKEN = re.compile(rb'"ClientRequestToken": "[^"]*"')
_SIMPLE = {
    "GetEngagementInvitation": "details",
    "BatchGetItem": "batch get",
    "GetSecretValue": "secret",
    "ListSubscriptionsByTopic": "listeners",
}
_CONDITIONS = {"attribute_not_exists": "lease", "lease_owner = :me": "release", "": "state"}


def effect_of(kind: str) -> str:
    plain = kind.removesuffix(PLAIN)
    return next(effect for effect, kinds in KINDS.items() if plain in kinds)


def service_of(kind: str) -> str:
    """Return the service that takes calls of a kind."""
    part, _, name = effect_of(kind).partition(".")
    services = {"inbox": "partnercentral", "ledger": "dynamodb"}
    return "secretsmanager" if name == "secret" else services.get(part, part)


def kind_of(operation: str, body: bytes) -> str:
    """Return of which kind a call is; a message is in plain form if it lacks what may be at fault.

    A second try of a reply, after its thread turned out to be gone, is a post like any other.
    """
    if operation in _SIMPLE:
        return _SIMPLE[operation]
    if operation == "Publish":
        return "publish" + ("" if b"payload_types" in body else PLAIN)
    content = json.loads(body)
    if operation == "ListEngagementInvitations":
        listing = "list" if content["Status"] == ["PENDING"] else "search"
        return "next page" if "NextToken" in content else listing
    if operation == "Query":
        return "count" if "FilterExpression" in content else "query"
    if operation == "UpdateItem":
        condition = content.get("ConditionExpression", "").partition("(")[0]
        return _CONDITIONS[condition]
    if operation == "TransactWriteItems":
        return _write(content["TransactItems"])
    names = {"webhook": "webhook", "chat.update": "update"}
    kind = names.get(operation) or ("reply" if "thread_ts" in content else "post")
    return kind + ("" if content.get("blocks") else PLAIN)


def effects_of(calls: Iterable[Call]) -> list[str]:
    """Return a run's effects; the attempts of the SDK are one, and so is a reply posted alone."""
    found: list[str] = []
    last: Call | None = None
    for call in calls:
        is_again = last and _asked(last) == _asked(call)
        is_second = last and THREAD_GONE.encode() in last.answer
        if not (is_again or is_second):
            found.append(effect_of(kind_of(call.operation, call.body)))
        last = call
    return found


def _asked(call: Call) -> tuple[str, bytes]:
    """Return what is asked for; the token by which DynamoDB knows an attempt again is left out."""
    return call.operation, _TOKEN.sub(b"", call.body)


def _write(writes: list[dict[str, Any]]) -> str:
    """Return what a transaction writes: each writes the same of all its invitations."""
    names = {name for write in writes for name in _set(write.get("Update", {}))}
    if any("Delete" in write for write in writes):
        return "close"
    if "first_seen" in names:
        return "end" if "ended_at" in names else "observe"
    return "told" if "first_told" in names else "cards"


def _set(update: dict[str, Any]) -> set[str]:
    """Return the attributes to which an update gives values."""
    values = update.get("ExpressionAttributeValues", {})
    names = update.get("ExpressionAttributeNames", {})
    return {name for short, name in names.items() if f":{short[1:]}" in values}

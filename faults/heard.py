"""What people and programs heard: each message that a channel accepted, as the alerts in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.slack import Post
from simulator.sns_rules import Published

CONNECTED = "connected"
CHANNELS = ("sns", "slack")

_TAG = re.compile(r"Case-\d\d")
_KINDS = (
    ("closed.expired", re.compile(r"expired unanswered", re.IGNORECASE)),
    ("expiring", re.compile(r"\bUnder .+ left\b|expiring soon")),
    ("new", re.compile(r"\bnew\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One accepted message.

    `labels` says what it told, `Case-00 new`; `keys` the same by which repetitions are found:
    on SNS the alerts' ids, on Slack the labels. `at` is the simulated time.
    """

    channel: str
    at: datetime
    labels: frozenset[str]
    keys: frozenset[str]


def tag(title: str) -> str:
    """Return the part of a title by which an invitation is recognised everywhere."""
    found = _TAG.search(title)
    if found is None:
        raise ValueError(f"{title!r} names no case")
    return found[0]


def from_sns(published: Published) -> Heard:
    contract = json.loads(published.default)
    greeting = {CONNECTED} if contract["connected"] is not None else set()
    alerts = contract["alerts"]
    labels = {f"{tag(alert['invitation']['title'])} {alert['kind']}" for alert in alerts}
    return Heard(
        channel="sns",
        at=published.at,
        labels=frozenset(labels | greeting),
        keys=frozenset({alert["alert_id"] for alert in alerts} | greeting),
    )


def from_slack(post: Post) -> Heard:
    everything = json.dumps(post.payload)
    headline = str(post.payload["text"])
    kind = next((name for name, pattern in _KINDS if pattern.search(headline)), "?")
    labels = {f"{found} {kind}" for found in _TAG.findall(everything)}
    if "Connected to the" in everything:
        labels.add(CONNECTED)
    keys = frozenset(labels)
    return Heard(channel="slack", at=post.at, labels=keys, keys=keys)


def repeats(messages: Sequence[Heard]) -> int:
    """Return how many of a channel's messages were heard again, counting every repetition.

    A message whose alerts come again cut in another way was repeated as often as any of them.
    """
    copies: dict[str, int] = {}
    first: list[list[str]] = []
    for message in messages:
        first.append([key for key in message.keys if key not in copies])
        for key in message.keys:
            copies[key] = copies.get(key, 0) + 1
    return sum(max((copies[key] - 1 for key in keys), default=0) for keys in first)

"""What messages told, in the matrix's words, and how many of them told it again."""

from __future__ import annotations

from collections.abc import Sequence

from faults.messages import Message
from simulator.slack import CHANNEL

CONNECTED = "connected"
STANDS = "stands"


def labels(message: Message) -> frozenset[str]:
    """Return what a message told: `Deal-00 new` for an alert, CONNECTED for a greeting.

    STANDS is for a standing digest. Other places in Slack than the default one are greeted too, and
    have digests of their own: `connected C0LEADS`.
    """
    told = {f"{alert.name} {alert.kind}" for alert in message.alerts}
    return frozenset(told | _of_no_invitation(message))


def keys(message: Message) -> frozenset[str]:
    """Return by what repetitions are found: on SNS the alerts' ids, in Slack the labels."""
    ids = {alert.alert_id for alert in message.alerts if alert.alert_id is not None}
    if message.channel == "sns":
        return frozenset(ids | _of_no_invitation(message))
    return labels(message)


def repeats(messages: Sequence[Message]) -> int:
    """Return how many of a channel's messages arrived again, counting every repetition.

    If its alerts come again in other messages, a message was repeated as often as any of them.
    """
    copies: dict[str, int] = {}
    first: list[list[str]] = []
    for message in messages:
        first.append([key for key in keys(message) if key not in copies])
        for key in keys(message):
            copies[key] = copies.get(key, 0) + 1
    return sum(max((copies[key] - 1 for key in new), default=0) for new in first)


def _of_no_invitation(message: Message) -> set[str]:
    is_elsewhere = message.place not in (None, CHANNEL)
    where = f" {message.place}" if is_elsewhere else ""
    said = {CONNECTED: message.greets, STANDS: message.stands}
    return {f"{word}{where}" for word, is_said in said.items() if is_said}

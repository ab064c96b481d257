"""Ask a channel for something, and take whatever it raises as a fate."""

from __future__ import annotations

import traceback

from ..core.backoff import Fate
from ..core.message import Message
from ..core.model import Card
from ..core.ports import Channel, Failed, Gone, Sent


def send(channel: Channel, message: Message) -> Sent | Failed:
    """Send one message; what cannot even be composed is at fault, and stops no other."""
    try:
        return channel.send(message)
    except Exception as error:  # noqa: BLE001  (the channel's own errors come as a fate)
        return Failed(Fate.MESSAGE_REFUSED, where(error))


def update(channel: Channel, card: Card, message: Message) -> Sent | Gone | Failed:
    """Update one card; what cannot even be composed is at fault, as with messages."""
    try:
        return channel.update(card, message)
    except Exception as error:  # noqa: BLE001  (the channel's own errors come as a fate)
        return Failed(Fate.MESSAGE_REFUSED, where(error))


def where(error: Exception) -> str:
    """Name an unexpected error and its place; its words may hold what must not be shown."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno}"

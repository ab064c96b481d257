"""The names under which a run's metrics stand in CloudWatch: emitted here, watched by the stack."""

from __future__ import annotations

SERVICE = "invitation-notifier"
NAMESPACE = "InvitationNotifier"

HEARTBEAT = "Heartbeat"
"""Sent by a run that listed, read and planned everything, and by no other."""

BLIND = "Blind"
"""Sent in the heartbeat's place by a run that could not."""

PENDING = "Pending"
NEXT_EXPIRY = "NextExpirySeconds"
"""How long until the next of the pending invitations expires."""

OVERDUE = "OverdueSeconds"
"""For how long the oldest delivery has been due that the run leaves undelivered."""

ACCESS_DENIED = "AccessDenied"
"""Calls that AWS refused because the role may not make them."""

NEW = "New"
EXPIRING = "Expiring"
MISSED = "Missed"
UNRESOLVED = "Unresolved"
DETAILS_MISSING = "DetailsMissing"


def told(channel: str) -> str:
    return f"Told{channel.capitalize()}"


def failed(channel: str) -> str:
    return f"Failed{channel.capitalize()}"


def waiting(channel: str) -> str:
    return f"Waiting{channel.capitalize()}"


def not_connected(channel: str) -> str:
    return f"NotConnected{channel.capitalize()}"


def unconfirmed(channel: str) -> str:
    return f"Unconfirmed{channel.capitalize()}"

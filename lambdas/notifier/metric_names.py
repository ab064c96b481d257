"""The names of a run's metrics in CloudWatch: the function emits them, the stack watches them."""

from __future__ import annotations

SERVICE = "invitation-notifier"
NAMESPACE = "InvitationNotifier"

HEARTBEAT = "Heartbeat"
"""Sent only by a run that listed, read and planned everything."""

BLIND = "Blind"
"""Sent instead of the heartbeat by a run that could not."""

PENDING = "Pending"
NEXT_EXPIRY = "NextExpirySeconds"
"""How long until the next pending invitation expires."""

OVERDUE = "OverdueSeconds"
"""How long the oldest delivery that the run could not make has been due."""

ACCESS_DENIED = "AccessDenied"
"""Calls that AWS denied for lack of permission."""

LEFT_OUT = "LeftOut"
"""What the listing does not show, though Partner Central, asked, calls it pending."""

DOUBTED = "LedgerDoubted"
"""Attributes of the ledger that could not be read, or lay further ahead than a run would write."""

ODD_STATUS = "OddStatus"
"""Invitations whose status nobody here knows."""

NEW = "New"
EXPIRING = "Expiring"
MISSED = "Missed"
UNRESOLVED = "Unresolved"
UNREAD = "Unread"
"""Entries of the listing that could not be read at all."""

DETAILS_MISSING = "DetailsMissing"

RECEIVED = "Received"
ACCEPTED = "Accepted"
DECLINED = "Declined"
EXPIRED_UNANSWERED = "ExpiredUnanswered"
ANSWER_SECONDS = "AnswerSeconds"
"""From the invitation to the moment at which its answer was observed: the API gives no other."""


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

"""What of the alerts topic is worth a mail; machines may want all of it."""

from __future__ import annotations

from notifier.core.model import Kind

ALERTS_FOR_PEOPLE = (
    *(str(kind) for kind in (Kind.NEW, Kind.EXPIRING, Kind.CLOSED_EXPIRED)),
    "connected",
    "not_connected",
)
"""Values of the message attribute `alerts`."""

FILTER_POLICY = {"alerts": list(ALERTS_FOR_PEOPLE)}
"""What a person's subscription lets through, as SNS takes it."""

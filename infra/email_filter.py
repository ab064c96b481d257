"""Which of the alerts topic's messages are worth an email; programs may want all of them."""

from __future__ import annotations

from notifier.core.model import Kind

EMAILED = (
    *(str(kind) for kind in (Kind.NEW, Kind.EXPIRING, Kind.CLOSED_EXPIRED)),
    "connected",
    "not_connected",
    "digest",
)
"""Values of the message attribute `alerts`."""

FILTER_POLICY = {"alerts": list(EMAILED)}
"""What an email subscription lets through where there are no routes, in SNS's form."""

"""How every play begins: when, and with which subscriber."""

from __future__ import annotations

from datetime import UTC, datetime

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
READER = "sales@partner.example"

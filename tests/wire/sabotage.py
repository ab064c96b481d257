"""Ways to break the notifier on purpose: what the wire shows is then not as it is in memory."""

from __future__ import annotations

from typing import Any

from notifier.adapters.ledger import DynamoLedger
from notifier.core.ports import Sent
from notifier.run.deliver import Turn


def record_first() -> None:
    """Record each message before it is sent."""
    broken: Any = Turn
    send = broken._send  # noqa: SLF001

    def record_and_send(self: Any, message: Any) -> Any:
        self._record(message, Sent())
        return send(self, message)

    broken._send = record_and_send  # noqa: SLF001


def forget_told() -> None:
    """Never record what was told."""
    broken: Any = DynamoLedger
    broken.record_told = lambda *_, **__: None


def keep_lease() -> None:
    """Never give the lease back."""
    broken: Any = DynamoLedger
    broken.release = lambda *_, **__: None


def never_hand_over() -> None:
    """Leave nothing to the default place, whatever another one cannot take."""
    broken: Any = Turn
    broken._hand_over = lambda _: None  # noqa: SLF001

"""Lambda's context object, as far as the handler reads it; nothing else is imported for it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

FUNCTION_NAME = "invitation-notifier"
TIMEOUT = 120.0
"""Seconds that an invocation may take as deployed."""


def counting_down(seconds: float = TIMEOUT) -> Callable[[], float]:
    """Return a function that says how much is left of so many seconds of real time."""
    ends = time.monotonic() + seconds
    return lambda: ends - time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """What Lambda hands to the handler with each event; `left` returns the seconds left."""

    left: Callable[[], float] = field(default_factory=counting_down)
    function_name: str = FUNCTION_NAME
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION_NAME}"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take; never less than 0."""
        return max(0, int(1000 * self.left()))

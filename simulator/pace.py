"""How often a service lets itself be called, in real (monotonic) time."""

from __future__ import annotations

from collections import deque
from time import monotonic

QUOTA_WINDOW_SECONDS = 0.95
"""A second, less what the client's and the server's clocks may differ in when a call begins."""


class SlidingWindow:
    """Admits `limit` calls in any window of about a second."""

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()

    def admits(self, limit: int) -> bool:
        """Admit a call, or say that it is one too many; refused ones do not count."""
        now = monotonic()
        while self._admitted and self._admitted[0] <= now - QUOTA_WINDOW_SECONDS:
            self._admitted.popleft()
        if len(self._admitted) >= limit:
            return False
        self._admitted.append(now)
        return True


class Bucket:
    """Admits `burst` calls at once, and `rate` a second from then on."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._at = 0.0

    def admits(self, rate: float, burst: int) -> bool:
        """Admit a call, or say that it is one too many; refused ones do not count."""
        now = monotonic()
        self._spent = max(0.0, self._spent - (now - self._at) * rate)
        self._at = now
        if self._spent + 1 > burst:
            return False
        self._spent += 1
        return True

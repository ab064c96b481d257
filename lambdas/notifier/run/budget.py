"""What still fits into a run: it stops in time, and what is left stays due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SEND_TIME = 12.0
"""Seconds that one send may take at worst: pacing, connecting, and the answer."""

WRITE_TIME = 14.0
"""Seconds that one write to the ledger may take at worst, with its retries."""

WRITE_SIZE = 100
"""Records that go into one write."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A run's time. `seconds_left` tells how long it may still take."""

    seconds_left: Callable[[], float]

    def fits_write(self) -> bool:
        return self._fits(WRITE_TIME)

    def fits_message(self, alerts: int) -> bool:
        """Return whether a message of so many alerts, and its record, still fit."""
        writes = max(1, -(-alerts // WRITE_SIZE))
        return self._fits(SEND_TIME + writes * WRITE_TIME)

    def fits_closing(self) -> bool:
        """Return whether another write of closed records fits: each is moved by two changes."""
        return self._fits(2 * WRITE_TIME)

    def half(self) -> Callable[[], bool]:
        """Return what tells, from now on, whether half of the time left now is still ahead."""
        until = self.seconds_left() / 2
        return lambda: self.seconds_left() > until

    def _fits(self, seconds: float) -> bool:
        return self.seconds_left() > seconds

"""What still fits into a run: it stops in time, and what is left stays due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SEND_TIME = 12.0
"""Seconds that one send may take at worst: pacing, connecting, and the answer."""

WRITE_TIME = 14.0
"""Seconds that one write to the ledger may take at worst, with its retries."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A run's time. `seconds_left` tells how long it may still take."""

    seconds_left: Callable[[], float]

    def fits_write(self) -> bool:
        return self.seconds_left() > WRITE_TIME

    def fits_message(self, writes: int) -> bool:
        """Return whether a message, and the writes that record it, still fit."""
        return self.seconds_left() > SEND_TIME + writes * WRITE_TIME

    def half(self) -> Callable[[], bool]:
        """Return what tells, from now on, whether half of the time left now is still ahead."""
        until = self.seconds_left() / 2
        return lambda: self.seconds_left() > until

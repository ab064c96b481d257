"""Keep to a quota by waiting before each call; never in order to retry."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pacer:
    """Lets calls begin no faster than `per_second`, evenly spaced."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    def wait(self) -> None:
        """Return when the next call may begin."""
        if (delay := self._free_at - self._clock()) > 0:
            self._sleep(delay)
        self._free_at = self._clock() + self._interval

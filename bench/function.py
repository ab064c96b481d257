"""The deployed function beside the box, in the process that measures."""

from __future__ import annotations

import math
import time
from typing import Any

from notifier.adapters.aws import READS_PER_SECOND
from notifier.adapters.partner_central import PAGE_SIZE
from simulator.runtime import LambdaRuntime

from .box import Box

_QUOTA_WINDOW = 1.1
"""Seconds after which a quota of reads a second is surely whole again."""


class Function:
    """The function after a cold start, beside an account as new, with the quota on."""

    def __init__(self, box: Box) -> None:
        box.reset()
        self._runtime = LambdaRuntime(box.environment())
        self._runtime.cold_start()
        # What is told before the measuring would else take a second a message.
        bootstrap: Any = self._runtime.modules["notifier.bootstrap"]
        bootstrap.SLACK_PER_SECOND = 100_000.0

    def run(self) -> None:
        """Run once; what fails is raised, or it would be measured as something else."""
        if (error := self._runtime.invoke().error) is not None:
            raise error


def rest(pending: int) -> None:
    """Wait until the reads of a run over so many invitations fit the quota again."""
    reads = math.ceil(pending / PAGE_SIZE)
    time.sleep(_QUOTA_WINDOW * min(1.0, reads / READS_PER_SECOND))


def quiet_function(box: Box, pending: int) -> Function:
    """Return a function that has told of so many invitations and has nothing more to tell."""
    function = Function(box)
    box.invite(pending)
    function.run()
    rest(pending)
    function.run()  # It reads the records that the first one wrote.
    box.replay_query()
    return function

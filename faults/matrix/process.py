"""What a process of the matrix does: play cases in a box of its own."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from multiprocessing.util import Finalize

from simulator.account import PartnerAccount

from .cases import record
from .report import Row, row_of
from .rig import Rig, Way
from .scenarios import SCENARIOS
from .verdict import play_fairly

Task = tuple[str, Way, str]
"""A scenario, a way of posting to Slack, and the service whose calls fail."""


def rows_of(task: Task) -> list[Row]:
    """Play every case of a task."""
    scenario, way, service = task
    rig = _rig()
    recording = record(rig, SCENARIOS[scenario], way)
    return [
        row_of(play_fairly(rig, recording, at, failure))
        for at, failure in recording.cases()
        if recording.steps[at].service == service
    ]


@functools.cache
def _rig() -> Rig:
    """Return this process's rig, made when first asked for and closed with the process."""
    opened = ExitStack()
    Finalize(None, opened.close, exitpriority=10)  # Not atexit: a pool's processes skip that.
    account = opened.enter_context(PartnerAccount())
    return opened.enter_context(Rig(account))

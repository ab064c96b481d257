"""What a process of the matrix does: it plays cases in a box of its own."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from multiprocessing.util import Finalize

from simulator.account import PartnerAccount

from .cases import record
from .report import Row, row_of
from .scenarios import SCENARIOS
from .stage import Stage, Way
from .verdict import play_fairly

Task = tuple[str, Way, str]
"""A scenario, a way of posting to Slack, and the service whose calls are hurt."""


def rows_of(task: Task) -> list[Row]:
    """Play every case of a task."""
    scenario, way, service = task
    stage = _stage()
    recording = record(stage, SCENARIOS[scenario], way)
    return [
        row_of(play_fairly(stage, recording, at, strike))
        for at, strike in recording.cases()
        if recording.steps[at].service == service
    ]


@functools.cache
def _stage() -> Stage:
    """Return this process' stage, made when first asked for and closed with the process."""
    opened = ExitStack()
    Finalize(None, opened.close, exitpriority=10)  # Not atexit: a pool's processes skip that.
    account = opened.enter_context(PartnerAccount())
    return opened.enter_context(Stage(account))

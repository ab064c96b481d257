"""How time, calls and memory grow with the number of pending invitations.

The floor of a quiet run is what its list calls take alone, through a bare client that keeps to
the same quota: the first call is free, every other one comes a tenth of a second after the one
before. The floor of a first run is that, or what Slack's rate asks for its messages if that is
longer: the first is free, every other one comes a second after the one before. A first run that
time cuts is run until nothing is left to tell, and its floor stays the same.
"""

from __future__ import annotations

import itertools
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from unittest import mock

from notifier.adapters.aws import READS_PER_SECOND
from notifier.adapters.partner_central import PAGE_SIZE
from notifier.bootstrap import SLACK_PER_SECOND
from simulator.context import TIMEOUT

from .box import Box
from .function import rest
from .pairs import interleaved
from .quiet import bare_listing
from .table import table
from .worker import Run, Worker

T = TypeVar("T")

MEGABYTE = 1024 * 1024

_HEAD = ["", "calls", "time", "floor", "ratio", "over it", "processor", "memory"]

_NOTES = f"""\
  floor, quiet: n pages of {PAGE_SIZE} at {READS_PER_SECOND} reads a second: (n - 1) / {READS_PER_SECOND} s and the calls themselves,
    measured by a bare client in turn with the runs
  floor, first: the same, or the m messages that Slack got, at {SLACK_PER_SECOND:g} a second: (m - 1) s
  the listing's pages, the ledger's Query, BatchGetItem and TransactWriteItems are answered
    from memory: what the stand-ins take to compute them is no time of the notifier's
  processor: seconds that the function's own process computed; memory: its peak, Python's and
    the SDK's share included; a first run is in a fresh process, and so are the quiet ones"""  # noqa: E501


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one kind of run took at one size; several runs' sums, if time cut them."""

    pending: int
    runs: int = 1
    calls: int
    seconds: float
    floor: float
    cpu: float
    memory: int
    posts: int = 0


def report(box: Box, sizes: Sequence[int]) -> str:
    """Measure a first and a quiet run at each size, and tell of them."""
    with mock.patch.dict(os.environ, box.environment()):
        listing = bare_listing()
    firsts: list[Point] = []
    quiets: list[Point] = []
    for pending in sizes:
        _prepare(box, pending, listing)
        firsts.append(_first(box, pending, _rested(pending, lambda: _timed(listing))))
        quiets.append(_quiet(box, pending, listing))
    return "\n".join(
        (
            f"4. GROWTH: from {sizes[0]:,} to {sizes[-1]:,} invitations pending",
            _table("first run", firsts),
            *map(_ticks, firsts[-1:]),
            _table("quiet run", quiets),
            _NOTES,
        )
    )


def _prepare(box: Box, pending: int, listing: Callable[[], None]) -> None:
    """Fill the box, and let it answer from memory what it would take long to compute."""
    box.reset()
    box.invite(pending)
    time.sleep(1)  # The quota is whole again.
    listing()
    box.replay_listing()
    box.keep_records()


def _first(box: Box, pending: int, listing: float) -> Point:
    box.forget_calls()
    runs: list[Run] = []
    calls = 0
    with Worker(box.environment()) as worker:
        while not runs or runs[-1].waiting:
            runs.append(worker.run())
            calls += box.calls().total()
            box.keep_records()
    _, posts = box.messages()
    return Point(
        pending=pending,
        runs=len(runs),
        calls=calls,
        seconds=sum(run.seconds for run in runs),
        floor=max(listing, (posts - 1) / SLACK_PER_SECOND),
        cpu=sum(run.cpu for run in runs),
        memory=runs[-1].memory,
        posts=posts,
    )


def _quiet(box: Box, pending: int, listing: Callable[[], None]) -> Point:
    runs: list[Run] = []
    with Worker(box.environment()) as worker:

        def run() -> float:
            runs.append(_rested(pending, worker.run))
            return runs[-1].seconds

        seconds, floors = interleaved(
            _pairs(pending), run, lambda: _rested(pending, lambda: _timed(listing))
        )
        box.forget_calls()
        run()
    return Point(
        pending=pending,
        calls=box.calls().total(),
        seconds=statistics.median(seconds),
        floor=statistics.median(floors),
        cpu=statistics.median(run.cpu for run in runs[1:]),
        memory=runs[-1].memory,
    )


def _pairs(pending: int) -> int:
    """Return fewer pairs where each takes long."""
    return 2 if pending > 1_000 else 5


def _rested(pending: int, measure: Callable[[], T]) -> T:
    """Measure when no earlier call's pace is left to wait for."""
    rest(pending)
    return measure()


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _table(title: str, points: Sequence[Point]) -> str:
    rows = [_row(point) for point in points]
    growth = [
        [
            f"  from {before.pending:,} to {after.pending:,}",
            _times(after.calls, before.calls),
            _times(after.seconds, before.seconds),
            _times(after.floor, before.floor),
            "",
            "",
            _times(after.cpu, before.cpu),
            _times(after.memory, before.memory),
        ]
        for before, after in itertools.pairwise(points)
    ]
    return table([title, *_HEAD[1:]], *rows, *growth)


def _row(point: Point) -> list[str]:
    return [
        f"  {point.pending:,} pending",
        f"{point.calls:,}",
        f"{point.seconds:.3f} s",
        f"{point.floor:.3f} s",
        f"{point.seconds / point.floor:.2f}",
        f"{point.seconds - point.floor:.3f} s",
        f"{point.cpu:.3f} s",
        f"{point.memory / MEGABYTE:.0f} MB",
    ]


def _times(after: float, before: float) -> str:
    return f"x {after / before:.1f}"


def _ticks(point: Point) -> str:
    """Say in how many ticks a first run was through, and what Slack alone would have asked."""
    least = math.ceil(point.floor / TIMEOUT)
    return (
        f"  {point.pending:,} for the first time: {point.posts:,} Slack messages in {point.runs} "
        f"ticks; at Slack's rate alone {point.floor:.0f} s, so {least} of {TIMEOUT:.0f} s at least"
    )

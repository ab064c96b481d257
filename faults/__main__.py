"""Inject a fault into every call of every scenario; print one row per case, then totals.

`python -m faults [--scenario …] [--way …] [--service …] [--jobs N]` plays the matrix. It exits
with 1 if anything was lost, repeated without need, blocked, or recorded without being told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from itertools import product

from .matrix.process import Task, rows_of
from .matrix.report import Row, Totals, headings
from .matrix.rig import WAYS
from .matrix.scenarios import SCENARIOS

SERVICES = ("partnercentral", "dynamodb", "secretsmanager", "sns", "slack")


def main() -> int:
    options = _options()
    tasks = [
        (scenario, way, service)
        for scenario, way, service in product(options.scenario, options.way, options.service)
        if way in SCENARIOS[scenario].ways
    ]
    started = time.monotonic()
    totals = Totals()
    print(headings(), flush=True)
    for rows in _played(tasks, options.jobs):
        for row in rows:
            totals.add(row)
            print(row.text(), flush=True)
    print(f"\n{totals.text()}\n{time.monotonic() - started:.0f} s, {options.jobs} process(es)")
    return 1 if totals.violated else 0


def _played(tasks: list[Task], jobs: int) -> Iterator[list[Row]]:
    """Yield each task's rows, in order; each process has a box of its own."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(rows_of, tasks)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m faults", description=(__doc__ or "").partition("\n")[0]
    )
    for name, allowed in (("scenario", [*SCENARIOS]), ("way", WAYS), ("service", SERVICES)):
        parser.add_argument(
            f"--{name}", action="append", choices=allowed, help="only this one; may be repeated"
        )
    # A case often waits for a call that hangs: two processes keep one CPU busy.
    jobs = 2 * (os.cpu_count() or 1)
    parser.add_argument(
        "--jobs", type=int, default=jobs, metavar="N", help=f"processes (default: {jobs})"
    )
    options = parser.parse_args()
    options.scenario = options.scenario or [*SCENARIOS]
    options.way = options.way or [*WAYS]
    options.service = options.service or [*SERVICES]
    return options


if __name__ == "__main__":
    sys.exit(main())

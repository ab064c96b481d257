"""Let each kind of call fail over the wire in each way, and hold it against the same in memory.

`python -m proof.wire [--scenario …] [--service …] [--jobs N]` prints one row per case, then totals.
It exits with 1 if anything on the wire was not as it is in memory, or a promise was broken.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence

from .calls import service_of
from .cases import CASES
from .failures import ATTEMPTS
from .process import played
from .scenarios import SCENARIOS

SERVICES = (*ATTEMPTS, "sns", "slack")


def main() -> int:
    options = _options()
    wanted = [
        number
        for number, case in enumerate(CASES)
        if case.scenario.name in options.scenario and service_of(case.call) in options.service
    ]
    return int(play_all(options.jobs, wanted) > 0)


def play_all(jobs: int, wanted: Sequence[int] = range(len(CASES))) -> int:
    """Play these cases in so many processes and print what became of them; return how many failed.

    A case often waits for a call that hangs: two processes keep one CPU busy.
    """
    started, failed = time.monotonic(), 0
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for number, found in zip(wanted, pool.imap(played, wanted), strict=True):
            case = CASES[number]
            means = case.failure.means or "overcome"
            print(f"{case!s:<70} {means!s:<20} {'WRONG' if found else 'ok'}", flush=True)
            print("".join(f"  {line}\n" for line in found), end="", flush=True)
            failed += bool(found)
    seconds = time.monotonic() - started
    print(f"{len(wanted)} cases over the wire, {failed} not as in memory; {seconds:.0f} s")
    return failed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proof.wire", description=(__doc__ or "").partition("\n")[0]
    )
    for name, allowed in (("scenario", [*SCENARIOS]), ("service", SERVICES)):
        parser.add_argument(
            f"--{name}", action="append", choices=allowed, help="only this one; may be repeated"
        )
    jobs = 2 * (os.cpu_count() or 1)
    parser.add_argument(
        "--jobs", type=int, default=jobs, metavar="N", help=f"processes (default: {jobs})"
    )
    options = parser.parse_args()
    options.scenario = options.scenario or [*SCENARIOS]
    options.service = options.service or [*SERVICES]
    return options


if __name__ == "__main__":
    sys.exit(main())

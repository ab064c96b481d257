"""Prove the promises: in memory by random schedules and pairs of faults, then over the wire.

`python -m proof` exits with 1 if any promise broke, and shows the shortest story of how.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable

from .scenarios import OVERLAPPING, SCENARIOS
from .shares import SHARE, Played, play_faults, play_overlaps, play_schedules


def main() -> int:
    options = _options()
    started = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        starts = range(options.seed, options.seed + -(-options.schedules // SHARE))
        broken = [
            _told("schedules", pool.imap_unordered(play_schedules, starts)),
            _told("cases of one fault or two", pool.imap_unordered(play_faults, SCENARIOS)),
            _told("ways to overlap", pool.imap_unordered(play_overlaps, OVERLAPPING)),
        ]
    print(f"in memory: {time.monotonic() - started:.0f} s, {options.jobs} processes\n", flush=True)
    if options.wire:
        from .wire.__main__ import play_all  # noqa: PLC0415  (memory needs nothing of it)

        broken.append(play_all(2 * options.jobs) > 0)
    print(f"all: {time.monotonic() - started:.0f} s")
    return int(any(broken))


def _told(what: str, all_played: Iterable[Played]) -> bool:
    """Print each story as it is found, then how many were played; say whether any broke."""
    count = runs = broken = 0
    for played in all_played:
        count, runs = count + played.cases, runs + played.runs
        broken += bool(played.broken)
        if played.broken:
            print(f"{played.broken}\n", flush=True)
    print(f"{count:,} {what}, {runs:,} runs; promises broken: {broken}", flush=True)
    return bool(broken)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proof", description=(__doc__ or "").partition("\n")[0]
    )
    for name, default, text in (
        ("schedules", 50_000, "random schedules to play"),
        ("seed", 2026, "where they begin"),
        ("jobs", os.cpu_count() or 1, "processes"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default})"
        )
    parser.add_argument(
        "--no-wire", dest="wire", action="store_false", help="only what is in memory"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

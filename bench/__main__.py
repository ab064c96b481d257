"""Measure the notifier: cold start, quiet run, calls, growth, routes, and the commands' start."""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass

from emulator.install import runs_here

from . import calls, cold_start, commands, growth, quiet, routing
from .box import Box
from .function import quiet_function


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured: pairs of starts and of quiet runs, invitations, growth, commands."""

    starts: int = 20
    quiet_runs: int = 5
    pending: int = 1_000
    growth: tuple[int, ...] = (10, 100, 1_000, 10_000)
    commands: tuple[str, ...] = tuple(commands.COMMANDS)


QUICK = Size(starts=1, quiet_runs=1, pending=20, growth=(10, 20), commands=("status",))


def main() -> None:
    size = _size()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}")
    with Box() as box:
        _show(_cold_start(box, size.starts))
        function = quiet_function(box, size.pending)
        _show(quiet.report(box, function, pending=size.pending, pairs=size.quiet_runs))
        _show(calls.report(box, function, pending=size.pending))
        _show(growth.report(box, size.growth))
        _show(routing.report(box, new=size.pending))
    _show(commands.report(size.quiet_runs, size.commands))


def _cold_start(box: Box, pairs: int) -> str:
    if not runs_here():
        return "1. COLD START: not measured; Lambda's emulator is made for Linux alone"
    return cold_start.report(box, pairs)


def _show(part: str) -> None:
    print(f"\n{part}", flush=True)


def _size() -> Size:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--pairs",
        type=int,
        default=Size().starts,
        metavar="N",
        help="pairs of starts (default: %(default)s), and a quarter as many of quiet runs",
    )
    parser.add_argument(
        "--quick", action="store_true", help="little of everything, to see that it works"
    )
    options = parser.parse_args()
    if options.pairs < 2:
        parser.error(f"--pairs is {options.pairs}; allowed: 2 or more")
    if options.quick:
        return QUICK
    return Size(starts=options.pairs, quiet_runs=max(2, options.pairs // 4))


if __name__ == "__main__":
    main()

"""A share of the proof in memory, small enough for one process to play at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .scenarios import SCENARIOS, Strikes, cases, overlaps, play
from .schedules import play_many

SHARE = 250
"""Schedules that one process plays at once: `play_many(seed, SHARE)` plays them again."""


@dataclass(frozen=True, slots=True)
class Played:
    """How many cases were played, how many runs they had, and what broke first."""

    cases: int = 0
    runs: int = 0
    broken: str = ""


def play_schedules(start: int) -> Played:
    return _played(f"seed {start}", ((SHARE, play_many(start, SHARE)) for _ in range(1)))


def play_faults(name: str) -> Played:
    """Play every pair of faults in a scenario."""
    last: Strikes = {}

    def each() -> Iterator[tuple[int, int]]:
        nonlocal last
        for last in cases(SCENARIOS[name]):
            yield 1, play(SCENARIOS[name], last).runs

    found = _played(name, each())
    struck = ", ".join(f"effect {nth} of run {run} {fault}" for (run, nth), fault in last.items())
    return found if not found.broken else Played(broken=f"{found.broken}\nwith {struck}")


def play_overlaps(name: str) -> Played:
    return _played(f"{name}, twice at once", ((1, runs) for runs in overlaps(SCENARIOS[name])))


def _played(name: str, each: Iterator[tuple[int, int]]) -> Played:
    """Play up to the first that breaks a promise; each is a number of cases, and of runs."""
    count = runs = 0
    try:
        for more, of_runs in each:
            count, runs = count + more, runs + of_runs
    except AssertionError as error:
        story = "\n".join((f"{name}: {error}", *getattr(error, "__notes__", ())))
        return Played(count, runs, story)
    return Played(count, runs)

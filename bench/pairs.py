"""Two things measured in turn, so that whatever slows the machine slows both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .table import table

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Seconds that ours took and that the floor took, pair by pair."""

    ours: Sequence[float]
    floor: Sequence[float]

    @property
    def ratio(self) -> float:
        """Return the ratio of the medians, which one slow moment does not move."""
        return statistics.median(self.ours) / statistics.median(self.floor)

    def table(self, ours: str, floor: str, *, note: str = "") -> str:
        """Return the medians, their ratio and the quartiles of each, with these two names."""
        ratios = [mine / its for mine, its in zip(self.ours, self.floor, strict=True)]
        low, high = _quartiles(ratios)
        return table(
            ["", "median", "quartiles", ""],
            [ours, *_milliseconds(self.ours), ""],
            [floor, *_milliseconds(self.floor), ""],
            ["ratio", f"{self.ratio:.2f}   ", f"{low:.2f} to {high:.2f}   ", note],
        )


def interleaved(
    pairs: int, ours: Callable[[], T], floor: Callable[[], T]
) -> tuple[list[T], list[T]]:
    """Measure both in every pair, each first in every other one; a first pair only warms up."""
    found: tuple[list[T], list[T]] = ([], [])
    for number in range(pairs + 1):
        turns = list(zip((ours, floor), found, strict=True))
        for measure, results in turns if number % 2 else reversed(turns):
            results.append(measure())
    return found[0][1:], found[1][1:]


def _milliseconds(seconds: Sequence[float]) -> tuple[str, str]:
    low, high = _quartiles(seconds)
    middle = statistics.median(seconds)
    return f"{1000 * middle:.1f} ms", f"{1000 * low:.1f} to {1000 * high:.1f} ms"


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high

"""The table that the matrix prints: one row per case, and totals."""

from __future__ import annotations

from dataclasses import dataclass, field

from faults.messages import CHANNELS

from .cases import Played
from .verdict import lost, repeated, violations

_WIDTHS = (9, 8, 43, 49, 18, 20, 5)
_NAMES = ("scenario", "way", "call", "fault", "told", "repeats", "runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case's result; it can be sent between processes."""

    cells: tuple[str, ...]
    lost: int
    repeats: int
    allowed: int
    runs: int
    violations: tuple[str, ...]

    def text(self) -> str:
        verdict = "; ".join(self.violations) if self.violations else "ok"
        return _line(self.cells) + verdict


@dataclass(slots=True)
class Totals:
    """What the rows add up to."""

    cases: int = 0
    lost: int = 0
    repeats: int = 0
    allowed: int = 0
    worst: Row | None = None
    longest: Row | None = None
    violated: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.cases += 1
        self.lost += row.lost
        self.repeats += row.repeats
        self.allowed += row.allowed
        if self.worst is None or row.repeats > self.worst.repeats:
            self.worst = row
        if self.longest is None or row.runs > self.longest.runs:
            self.longest = row
        if row.violations:
            self.violated.append(row)

    def text(self) -> str:
        lines = [
            f"{self.cases} cases, {len(self.violated)} violated; lost: {self.lost}",
            f"repeated: {self.repeats}; messages whose fate could not be known: {self.allowed}",
        ]
        if self.worst is not None and self.longest is not None:
            lines += [
                f"most repeats in one case: {self.worst.repeats} ({_short(self.worst)})",
                f"most runs until quiet: {self.longest.runs} ({_short(self.longest)})",
            ]
        return "\n".join(lines + [row.text() for row in self.violated])


def headings() -> str:
    return _line(_NAMES) + "verdict"


def row_of(played: Played) -> Row:
    pairs = {channel: repeated(played, channel) for channel in CHANNELS}
    told = (f"{channel} {len(played.received(channel))}" for channel in CHANNELS)
    again = (f"{channel} {found}/{most}" for channel, (found, most) in pairs.items())
    recording = played.recording
    clean = len(played.runs) - 1
    return Row(
        cells=(
            recording.scenario.name,
            recording.way,
            str(played.step),
            played.failure.name,
            ", ".join(told),
            ", ".join(again),
            str(clean),
        ),
        lost=lost(played),
        repeats=sum(found for found, _ in pairs.values()),
        allowed=sum(most for _, most in pairs.values()),
        runs=clean,
        violations=tuple(violations(played)),
    )


def _line(cells: tuple[str, ...]) -> str:
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


def _short(row: Row) -> str:
    return " | ".join(row.cells[:4])

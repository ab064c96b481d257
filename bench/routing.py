"""What a route by country costs where many invitations are new: details have to be asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from notifier.adapters.aws import READS_PER_SECOND
from notifier.core import route_text
from notifier.core.routes import Route
from simulator.context import TIMEOUT

from .box import Box
from .table import table
from .worker import Run, Worker

DACH = Route(name="dach", when={"country": ("DE", "AT", "CH")})

_READS = ("ListEngagementInvitations", "GetEngagementInvitation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """The runs until each of the new invitations was told, and their calls."""

    runs: tuple[Run, ...]
    calls: Counter[tuple[str, str]]

    @property
    def seconds(self) -> float:
        return sum(run.seconds for run in self.runs)

    @property
    def reads(self) -> int:
        return sum(times for (_, operation), times in self.calls.items() if operation in _READS)


def report(box: Box, *, new: int) -> str:
    """Tell of that many new invitations, with a route by country and without."""
    routed = {"ROUTES": route_text.write([DACH])}
    floods = {"without routes": _flood(box, new, {}), "by country": _flood(box, new, routed)}
    plain, by_country = floods.values()
    operations = sorted({operation for flood in floods.values() for operation in flood.calls})
    rows = [
        [" ".join(operation), *(str(f.calls[operation] or "-") for f in floods.values())]
        for operation in operations
    ]
    longest = max(run.seconds for run in by_country.runs)
    pace = by_country.reads / by_country.seconds
    return "\n".join(
        (
            f"5. ROUTES: {new:,} new invitations at once",
            table(
                ["", *floods],
                *rows,
                ["all calls", *(str(f.calls.total()) for f in floods.values())],
                ["runs", *(str(len(f.runs)) for f in floods.values())],
                ["time", *(f"{f.seconds:.1f} s" for f in floods.values())],
            ),
            (
                f"  the longest run took {longest:.1f} s of {TIMEOUT:.0f} s; "
                f"{pace:.1f} reads a second of {READS_PER_SECOND}; "
                f"{by_country.seconds / plain.seconds:.1f} times as long as without routes"
            ),
        )
    )


def _flood(box: Box, new: int, settings: dict[str, str]) -> Flood:
    box.reset()
    box.invite(new)
    box.forget_calls()
    runs: list[Run] = []
    with Worker(box.environment() | settings) as worker:
        while not runs or runs[-1].waiting:
            runs.append(worker.run())
    return Flood(runs=tuple(runs), calls=box.calls())

"""One case: a scenario whose run is hurt at one call, and the runs after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulator.wire import Fault

from .function import Outcome
from .heard import CHANNELS, CONNECTED, Heard, repeats
from .scenarios import Scenario
from .stage import TICK, Stage, StageError, Way
from .steps import Step, steps_of
from .strikes import PATIENCE, Strike, strikes

LEASE = timedelta(seconds=150)
MOST_RUNS = 30

_LASTING = re.compile(r"^told_|^lease_")

Leftover = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A scenario played without a fault: its calls, what was told, what the ledger held after."""

    scenario: Scenario
    way: Way
    steps: list[Step]
    keys: dict[str, frozenset[str]]
    leftover: Leftover

    def cases(self) -> Iterator[tuple[int, Strike]]:
        """Yield everything that may happen to each call."""
        for at, step in enumerate(self.steps):
            for strike in strikes(step.service, step.operation, self.way):
                yield at, strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a case: how it ended, and all that was heard by its end."""

    outcome: Outcome
    heard: list[Heard]
    quiet: bool
    untrue: list[str]


@dataclass(slots=True, kw_only=True)
class Played:
    """A case as it went: the hurt run first, then those that nothing hurt."""

    recording: Recording
    at: int
    strike: Strike
    struck: int = 0
    runs: list[Run] = field(default_factory=list)
    leftover: Leftover = frozenset()
    broken: list[str] = field(default_factory=list)

    @property
    def step(self) -> Step:
        return self.recording.steps[self.at]

    def heard(self, channel: str, *, by: int = -1) -> list[Heard]:
        """Return what a channel had accepted by the end of a run."""
        return [message for message in self.runs[by].heard if message.channel == channel]

    def missing(self, channel: str, *, by: int = -1) -> frozenset[str]:
        told = frozenset(key for m in self.heard(channel, by=by) for key in m.keys)
        return self.recording.keys[channel] - told


def record(stage: Stage, scenario: Scenario, way: Way) -> Recording:
    """Play a scenario without a fault; raise StageError unless it tells what is due once."""
    before = _prepare(stage, scenario, way)
    stage.account.wire.clear()
    first = _run(stage, before)
    steps = steps_of(stage.account.wire.calls, greets=CONNECTED in scenario.due)
    stage.pass_time(TICK)
    second = _run(stage, before)
    keys: dict[str, frozenset[str]] = {}
    for channel in CHANNELS:
        messages = [message for message in second.heard if message.channel == channel]
        labels = frozenset(label for message in messages for label in message.labels)
        keys[channel] = frozenset(key for message in messages for key in message.keys)
        if labels != scenario.due or repeats(messages):
            raise StageError(f"{scenario.name}: {channel} told {sorted(labels)}")
    if first.outcome.error or not second.quiet:
        raise StageError(f"{scenario.name}: {first.outcome}, {second.outcome}")
    return Recording(scenario=scenario, way=way, steps=steps, keys=keys, leftover=_leftover(stage))


def play(
    stage: Stage, recording: Recording, at: int, strike: Strike, *, wait: float = PATIENCE
) -> Played:
    """Hurt one call, heal, and let runs follow until nothing is due.

    `wait` is how many seconds a run waits for a service that hangs.
    """
    played = Played(recording=recording, at=at, strike=strike)
    step, wire = played.step, stage.account.wire
    faults = strike.faults(step.service, step.operation, step.nth, stage.function.kill, wait)
    before = _prepare(stage, recording.scenario, recording.way, *faults)
    patience = {step.service: wait} if strike.kind == "hang" else {}
    played.runs.append(_run(stage, before, patience))
    played.struck = wire.struck(faults[-1])
    for fault in faults:
        wire.heal(fault)
    stage.pass_time(LEASE + timedelta(seconds=1))
    while len(played.runs) <= MOST_RUNS:
        run = _run(stage, before)
        played.runs.append(run)
        if run.quiet and not any(map(played.missing, CHANNELS)):
            break
        stage.pass_time(TICK)
    played.leftover = _leftover(stage)
    played.broken = [repr(error) for error in wire.errors]
    wire.errors.clear()
    return played


def _prepare(stage: Stage, scenario: Scenario, way: Way, *faults: Fault) -> list[int]:
    """Play up to the run in question; return how many messages were heard by then."""
    stage.reset(way)
    scenario.prepare(stage)
    for fault in faults:
        stage.account.wire.inject(fault)
    if scenario.standing is not None:
        stage.account.wire.inject(scenario.standing())
    return [len(stage.account.aws.published), len(stage.account.slack.posts)]


def _run(stage: Stage, before: list[int], patience: dict[str, float] | None = None) -> Run:
    """Run once; what was heard is counted from `before` on."""
    account = stage.account
    count = len(account.aws.published) + len(account.slack.posts)
    outcome = stage.run(patience)
    everything = stage.heard()
    heard = [
        message
        for channel, skip in zip(CHANNELS, before, strict=True)
        for message in [m for m in everything if m.channel == channel][skip:]
    ]
    return Run(
        outcome=outcome,
        heard=heard,
        quiet=len(everything) == count and _is_quiet(outcome) and not _rests(stage),
        untrue=_untrue(stage, everything),
    )


def _is_quiet(outcome: Outcome) -> bool:
    summary = outcome.summary
    return (
        outcome.error is None
        and summary.get("complete") is True
        and not summary["closed"]
        and not summary["unresolved"]
        and not any(channel["due"] for channel in summary["channels"].values())
    )


def _rests(stage: Stage) -> bool:
    """Return whether a channel is still left alone, and so may be told more later."""
    now = datetime.now(UTC)
    return any(
        datetime.fromisoformat(value["S"]) > now
        for item in stage.account.aws.items()
        for name, value in item.items()
        if name.endswith("_retry_at")
    )


def _untrue(stage: Stage, heard: list[Heard]) -> list[str]:
    """Return what the ledger holds for told and no channel ever accepted."""
    true = {
        (m.channel, m.at.isoformat(timespec="microseconds"), label.partition(" ")[0])
        for m in heard
        for label in m.labels
    }
    return [
        f"{name} of {item['sk']['S']}"
        for item in stage.account.aws.items()
        for channel in CHANNELS
        if (name := f"told_{channel}") in item
        and (channel, item[name]["S"], item["title"]["S"].partition(" ")[0]) not in true
    ]


def _leftover(stage: Stage) -> Leftover:
    """Return the ledger's items by sort key, with the names of what is told and held."""
    return frozenset(
        (item["sk"]["S"], *sorted(name for name in item if _LASTING.search(name)))
        for item in stage.account.aws.items()
    )

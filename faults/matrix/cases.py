"""One case: a scenario in which one call of a run fails, and the runs after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from faults.messages import CHANNELS, ESCALATED, Message
from simulator.wire import Fault

from .cards import Cards, Place, cards_of, given_up, places
from .failures import PATIENCE, PLACE_REFUSED, Failure, failures_of
from .function import Outcome
from .rig import TICK, Rig, RigError, Way
from .scenarios import Scenario
from .steps import Step, steps_of, told_in
from .told import CONNECTED, STANDS, keys, labels, repeats

LEASE = timedelta(seconds=150)
MOST_RUNS = 30
ESCALATION = "escalation"

_LASTING = re.compile(r"^told_|^lease_|^route$|^diverted$")

Leftover = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A scenario played without a fault: its calls, what it told, what the ledger then held.

    `places` is where in Slack it told what, `given_up` whose cards it could not update.
    """

    scenario: Scenario
    way: Way
    steps: list[Step]
    keys: dict[str, frozenset[str]]
    leftover: Leftover
    cards: Cards
    places: dict[str, set[Place]]
    given_up: frozenset[str]

    def cases(self) -> Iterator[tuple[int, Failure]]:
        """Yield everything that may happen to each call."""
        for at, step in enumerate(self.steps):
            for failure in failures_of(step.service, step.operation, self.way):
                yield at, failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a case: how it ended, and all that was received by its end."""

    outcome: Outcome
    received: list[Message]
    quiet: bool
    untrue: list[str]
    cards: Cards

    @property
    def given_up(self) -> dict[str, str]:
        """Return why cards were given up, by invitation id."""
        return dict(given_up(self.outcome.summary))


@dataclass(slots=True, kw_only=True)
class Played:
    """A case as it went: first the run in which a call failed, then the runs after it."""

    recording: Recording
    at: int
    failure: Failure
    hits: int = 0
    runs: list[Run] = field(default_factory=list)
    leftover: Leftover = frozenset()
    broken: list[str] = field(default_factory=list)

    @property
    def step(self) -> Step:
        return self.recording.steps[self.at]

    def received(self, channel: str, *, by: int = -1) -> list[Message]:
        """Return what a channel had accepted by the end of a run, or of the last one before it."""
        run = self.runs[min(by, len(self.runs) - 1)]
        return [message for message in run.received if message.channel == channel]

    def missing(self, channel: str, *, by: int = -1) -> frozenset[str]:
        told = frozenset(key for m in self.received(channel, by=by) for key in keys(m))
        return self.recording.keys[channel] - told - self._spared

    @property
    def _spared(self) -> frozenset[str]:
        """Return the digest that a place misses which takes nothing: the default one covers it."""
        is_refused = self.failure.name == PLACE_REFUSED
        return frozenset({f"{STANDS} {self.step.place}"} if is_refused else ())


def record(rig: Rig, scenario: Scenario, way: Way) -> Recording:
    """Play a scenario without a fault; raise RigError unless it tells what is due once."""
    before = _prepare(rig, scenario, way)
    rig.account.wire.clear()
    told = told_in(rig.account.aws.items())
    first = _run(rig, before)
    keeps = not scenario.due.isdisjoint((CONNECTED, STANDS))
    steps = steps_of(rig.account.wire.calls, told, keeps=keeps)
    rig.pass_time(TICK)
    second = _run(rig, before)
    found = {channel: _told_once(scenario, channel, second.received) for channel in CHANNELS}
    if scenario.unexpected(first.outcome.error) or not second.quiet:
        raise RigError(f"{scenario.name}: {first.outcome}, {second.outcome}")
    if second.cards.untrue or second.cards.unsure or second.cards.forsaken > len(first.given_up):
        raise RigError(f"{scenario.name}: {second.cards}")
    return Recording(
        scenario=scenario,
        way=way,
        steps=steps,
        keys=found,
        leftover=_leftover(rig),
        cards=second.cards,
        places=places(second.received),
        given_up=frozenset(first.given_up),
    )


def play(
    rig: Rig, recording: Recording, at: int, failure: Failure, *, wait: float = PATIENCE
) -> Played:
    """Let one call fail, heal it, and run until nothing is due.

    `wait` is how many seconds a run waits for a service that hangs.
    """
    played = Played(recording=recording, at=at, failure=failure)
    step, wire = played.step, rig.account.wire
    faults = failure.faults(step.service, step.operation, step.nth, rig.function.kill, wait)
    before = _prepare(rig, recording.scenario, recording.way, *faults)
    patience = {step.service: wait} if failure.kind == "hang" else {}
    played.runs.append(_run(rig, before, patience))
    played.hits = wire.hits(faults[-1])
    for fault in faults:
        wire.heal(fault)
    rig.pass_time(LEASE + timedelta(seconds=1))
    while len(played.runs) <= MOST_RUNS:
        run = _run(rig, before)
        played.runs.append(run)
        if run.quiet and not any(map(played.missing, CHANNELS)):
            break
        rig.pass_time(TICK)
    played.leftover = _leftover(rig)
    played.broken = [repr(error) for error in wire.errors]
    wire.errors.clear()
    return played


def _told_once(scenario: Scenario, channel: str, received: list[Message]) -> frozenset[str]:
    """Return the keys of what a channel was told; raise RigError unless that was due, once."""
    messages = [message for message in received if message.channel == channel]
    told = frozenset(label for message in messages for label in labels(message))
    due = scenario.due_on(channel)
    if told != due or repeats(messages):
        raise RigError(f"{scenario.name}: {channel} told {sorted(told)}")
    return frozenset(key for message in messages for key in keys(message))


def _prepare(rig: Rig, scenario: Scenario, way: Way, *faults: Fault) -> list[int]:
    """Play up to the run in question; return how many messages were received by then."""
    rig.reset(way, scenario.settings)
    scenario.prepare(rig)
    for fault in faults:
        rig.account.wire.inject(fault)
    if scenario.standing is not None:
        rig.account.wire.inject(scenario.standing())
    return [len(rig.account.aws.published), len(rig.account.slack.posts)]


def _run(rig: Rig, before: list[int], patience: dict[str, float] | None = None) -> Run:
    """Run once; what was received is counted from `before` on."""
    account = rig.account
    count = len(account.aws.published) + len(account.slack.posts)
    outcome = rig.run(patience)
    everything = rig.received()
    received = [
        message
        for channel, skip in zip(CHANNELS, before, strict=True)
        for message in [m for m in everything if m.channel == channel][skip:]
    ]
    return Run(
        outcome=outcome,
        received=received,
        quiet=len(everything) == count and _is_quiet(outcome) and not _rests(rig),
        untrue=_untrue(rig, everything),
        cards=cards_of(rig),
    )


def _is_quiet(outcome: Outcome) -> bool:
    summary = outcome.summary
    return (
        outcome.error is None
        and summary.get("complete") is True
        and not summary["closed"]
        and not summary["unresolved"]
        and not any(c["due"] or "cards" in c for c in summary["channels"].values())
    )


def _rests(rig: Rig) -> bool:
    """Return whether a channel is still left alone, and so may be told more later."""
    now = datetime.now(UTC)
    return any(
        datetime.fromisoformat(value["S"]) > now
        for item in rig.account.aws.items()
        for name, value in item.items()
        if name.endswith("_retry_at")
    )


def _untrue(rig: Rig, received: list[Message]) -> list[str]:
    """Return what the ledger says was told though no channel ever accepted it."""
    true = {
        (_medium(m.channel, alert.kind), m.at.isoformat(timespec="microseconds"), alert.name)
        for m in received
        for alert in m.alerts
    }
    return [
        f"{name} of {item['sk']['S']}"
        for item in rig.account.aws.items()
        for medium in (*CHANNELS, ESCALATION)
        if (name := f"told_{medium}") in item
        and (medium, item[name]["S"], item["title"]["S"].partition(" ")[0]) not in true
    ]


def _medium(channel: str, kind: str) -> str:
    """Return under what the ledger remembers an alert, wherever in Slack it was told."""
    return ESCALATION if kind == ESCALATED else channel


def _leftover(rig: Rig) -> Leftover:
    """Return the ledger's items by sort key: what they hold of telling, routes, and the lease."""
    return frozenset(
        (item["sk"]["S"], *sorted(name for name in item if _LASTING.search(name)))
        for item in rig.account.aws.items()
    )

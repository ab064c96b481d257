"""What must hold in every case, whatever failed."""

from __future__ import annotations

from collections.abc import Iterator

from faults.messages import CHANNELS

from .cases import MOST_RUNS, Played, Recording, play
from .failures import MORE_PATIENCE, Failure
from .rig import Rig
from .steps import OF_CHANNEL, most_repeats
from .told import repeats


def violations(played: Played) -> list[str]:
    """Return the rules that a case broke, one line each."""
    checks = (_hit, _lost, _repeated, _blocked, _ended, _untrue, _left)
    return [line for check in checks for line in check(played)]


def play_fairly(rig: Rig, recording: Recording, at: int, failure: Failure) -> Played:
    """Play a case; play a hanging one again if a busy machine may be what broke a rule."""
    played = play(rig, recording, at, failure)
    if failure.kind == "hang" and violations(played):
        return play(rig, recording, at, failure, wait=MORE_PATIENCE)
    return played


def lost(played: Played) -> int:
    """Return how many deliveries never reached their channel."""
    return sum(len(played.missing(channel)) for channel in CHANNELS)


def repeated(played: Played, channel: str) -> tuple[int, int]:
    """Return how many messages were repeated on a channel, and how many may have been."""
    most = most_repeats(
        channel, played.recording.steps, played.at, played.failure, hits=played.hits
    )
    return repeats(played.received(channel)), most


def _hit(played: Played) -> Iterator[str]:
    if not played.hits:
        yield "the fault hit nothing"
    if played.runs[0].outcome.killed is not (played.failure.kind == "kill"):
        yield f"the run in which it failed ended so: {played.runs[0].outcome}"
    yield from (f"the simulator failed: {error}" for error in played.broken)


def _lost(played: Played) -> Iterator[str]:
    for channel in CHANNELS:
        if missing := played.missing(channel):
            yield f"LOST on {channel}: {', '.join(sorted(missing))}"


def _repeated(played: Played) -> Iterator[str]:
    for channel in CHANNELS:
        found, most = repeated(played, channel)
        if found > most:
            yield f"repeated on {channel}: {found}, at most {most} in doubt"


def _blocked(played: Played) -> Iterator[str]:
    """Yield a channel that did not fail, yet was not told at once or in the first run after."""
    failing = OF_CHANNEL.get(played.step.service)
    survived = played.failure.kind != "kill"
    for channel in CHANNELS:
        if survived and failing == channel:
            continue
        if survived and (failing is not None or played.failure.overcome):
            by = 0
        elif survived and played.step.records == channel:
            by = 2  # It rests for five minutes: docs/decisions/0004-a-channel-in-doubt.md.
        else:
            by = 1
        if played.missing(channel, by=by):
            yield f"{channel} was blocked: not told by run {by}"


def _ended(played: Played) -> Iterator[str]:
    failing, *clean = (run.outcome for run in played.runs)
    if failing.error is not None and failing.error[0] != "RunFailed":
        yield f"the run in which it failed raised {failing.error[0]}: {failing.error[1]}"
    for number, outcome in enumerate(clean, start=1):
        if outcome.error is not None:
            yield f"run {number} raised {outcome.error[0]}: {outcome.error[1]}"
        elif outcome.summary.get("held"):
            yield f"run {number} found the lease held"
    if len(clean) == MOST_RUNS:
        yield f"not quiet after {MOST_RUNS} runs"


def _untrue(played: Played) -> Iterator[str]:
    found = {line for run in played.runs for line in run.untrue}
    yield from (f"recorded, though never accepted: {line}" for line in sorted(found))


def _left(played: Played) -> Iterator[str]:
    for item in sorted(played.leftover ^ played.recording.leftover):
        word = "too much" if item in played.leftover else "missing"
        yield f"{word} in the ledger at the end: {' '.join(item)}"

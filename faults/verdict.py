"""What must hold in every case, whatever was hurt."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import MOST_RUNS, Played, Recording, play
from .heard import CHANNELS, repeats
from .stage import Stage
from .steps import OF_CHANNEL, most_repeats
from .strikes import MORE_PATIENCE, Strike


def violations(played: Played) -> list[str]:
    """Return what a case broke, a line each."""
    checks = (_struck, _lost, _repeated, _blocked, _ended, _untrue, _left)
    return [line for check in checks for line in check(played)]


def play_fairly(stage: Stage, recording: Recording, at: int, strike: Strike) -> Played:
    """Play a case; one that hangs once more, if what it broke may be the busy machine's fault."""
    played = play(stage, recording, at, strike)
    if strike.kind == "hang" and violations(played):
        return play(stage, recording, at, strike, wait=MORE_PATIENCE)
    return played


def lost(played: Played) -> int:
    """Return how many deliveries never reached their channel."""
    return sum(len(played.missing(channel)) for channel in CHANNELS)


def repeated(played: Played, channel: str) -> tuple[int, int]:
    """Return how many messages were repeated on a channel, and how many may have been."""
    most = most_repeats(
        channel, played.recording.steps, played.at, played.strike, struck=played.struck
    )
    return repeats(played.heard(channel)), most


def _struck(played: Played) -> Iterator[str]:
    if not played.struck:
        yield "the fault struck nothing"
    if played.runs[0].outcome.killed is not (played.strike.kind == "kill"):
        yield f"the hurt run ended so: {played.runs[0].outcome}"
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
    """Yield a channel that was not hurt, but not told at once or in the first run after."""
    hurt = OF_CHANNEL.get(played.step.service)
    survived = played.strike.kind != "kill"
    for channel in CHANNELS:
        if survived and hurt == channel:
            continue
        if survived and (hurt is not None or played.strike.overcome):
            by = 0
        elif survived and played.step.records == channel:
            by = 2  # It rests for five minutes: docs/decisions/0004-a-channel-in-doubt.md.
        else:
            by = 1
        if played.missing(channel, by=by):
            yield f"{channel} was blocked: not told by run {by}"


def _ended(played: Played) -> Iterator[str]:
    hurt, *clean = (run.outcome for run in played.runs)
    if hurt.error is not None and hurt.error[0] != "RunFailed":
        yield f"the hurt run raised {hurt.error[0]}: {hurt.error[1]}"
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

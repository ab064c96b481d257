"""What must hold in every case, whatever failed."""

from __future__ import annotations

from collections.abc import Iterator

from faults.messages import CHANNELS
from simulator.slack import CHANNEL

from .cards import places
from .cases import MOST_RUNS, Leftover, Played, Recording, play
from .failures import GONE, MORE_PATIENCE, PLACE_REFUSED, REFUSED_TWICE, Failure
from .rig import Rig
from .steps import OF_CHANNEL, most_repeats
from .told import repeats

QUESTION = "GetEngagementInvitation"
"""The call that tells what became of an invitation."""


def violations(played: Played) -> list[str]:
    """Return the rules that a case broke, one line each."""
    checks = (
        *(_hit, _lost, _repeated, _blocked, _held_up, _ended, _untrue, _cards, _placed, _given_up),
        _left,
    )
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
        elif survived and channel in (played.step.records, played.step.keeps):
            by = 2  # It rests for five minutes: docs/decisions/0004-a-channel-in-doubt.md.
        else:
            by = 1
        if played.missing(channel, by=by):
            yield f"{channel} was blocked: not told by run {by}"


def _ended(played: Played) -> Iterator[str]:
    failing, *clean = (run.outcome for run in played.runs)
    scenario = played.recording.scenario
    if failing.error is not None and failing.error[0] != "RunFailed":
        yield f"the run in which it failed raised {failing.error[0]}: {failing.error[1]}"
    for number, outcome in enumerate(clean, start=1):
        if outcome.error is not None and scenario.unexpected(outcome.error):
            yield f"run {number} raised {outcome.error[0]}: {outcome.error[1]}"
        elif outcome.summary.get("held"):
            yield f"run {number} found the lease held"
    if len(clean) == MOST_RUNS:
        yield f"not quiet after {MOST_RUNS} runs"


def _untrue(played: Played) -> Iterator[str]:
    found = {line for run in played.runs for line in run.untrue}
    yield from (f"recorded, though never accepted: {line}" for line in sorted(found))


def _cards(played: Played) -> Iterator[str]:
    """Yield what is wrong with cards: untrue, closed too early, lost, or in the wrong place."""
    for number, run in enumerate(played.runs):
        yield from (f"closed by run {number} with an untrue card: {id_}" for id_ in run.cards.early)
    last = played.runs[-1].cards
    yield from (f"the card is untrue at the end: {id_}" for id_ in last.untrue)
    if played.step.operation != QUESTION:
        yield from (f"the card does not know what became of {id_}" for id_ in last.unsure)
    given = {id_ for run in played.runs for id_ in run.given_up}
    for id_ in played.recording.cards.kept - last.kept - given:
        yield f"the card is on no record: {id_}"
    if last.forsaken > repeated(played, "slack")[1] + len(given | played.recording.given_up):
        yield f"{last.forsaken} messages call for answers in vain"


def _placed(played: Played) -> Iterator[str]:
    """Yield what was told elsewhere than where it belongs, or than in the default place."""
    for alert, found in places(played.received("slack")).items():
        wrong = found - played.recording.places.get(alert, found)
        if _is_displaced(played):
            wrong = {one for one in wrong if one[0] != CHANNEL}
        if wrong:
            yield f"{alert} was told in another place: {sorted(map(str, found))}"


def _held_up(played: Played) -> Iterator[str]:
    """Yield what was not told at once though another place in Slack failed than its own."""
    step, failure = played.step, played.failure
    survived = failure.kind != "kill" and not failure.lasting
    is_one_place = step.posts == "slack" and step.accepted and survived
    told = places(played.received("slack", by=0))
    for alert, found in played.recording.places.items() if is_one_place else ():
        is_elsewhere = step.place not in {place for place, _, _ in found}
        if (is_elsewhere or _is_refused(played)) and alert not in told:
            yield f"{alert} was not told at once, though only {step.place} failed"


def _is_displaced(played: Played) -> bool:
    """Say whether something may have had to be told in the default place.

    What cannot be asked for at first sight takes the default route, and what its own place refuses
    for good the default place.
    """
    step, failure = played.step, played.failure
    is_unknown = step.operation == QUESTION and failure.kind != "kill" and not failure.overcome
    return is_unknown or _is_refused(played)


def _is_refused(played: Played) -> bool:
    step = played.step
    return step.place not in (None, CHANNEL) and played.failure.name == PLACE_REFUSED


def _given_up(played: Played) -> Iterator[str]:
    """Yield cards given up for no good reason, and updates that failed in silence."""
    failure, first = played.failure, played.runs[0]
    updates = played.step.updates
    is_hopeless = updates and (failure.name in GONE or failure.name == REFUSED_TWICE)
    given = [(id_, reason) for run in played.runs for id_, reason in run.given_up.items()]
    fresh = {id_ for id_, _ in given} - played.recording.given_up
    if len(fresh) != (is_hopeless and not played.recording.given_up):
        yield f"cards given up: {given}"
    may_repeat = failure.kind == "kill" or played.step.service == "dynamodb"
    if len(given) > len(set(given)) and not may_repeat:
        yield f"given up again: {given}"
    fails = updates and not (failure.name in GONE or failure.name == "invalid_blocks")
    if fails and not first.outcome.killed and first.outcome.error is None:
        yield "the update failed in silence"
    if updates and not fails and first.outcome.error is not None:
        yield f"the run failed: {first.outcome.error}"


def _left(played: Played) -> Iterator[str]:
    left, recorded = played.leftover, played.recording.leftover
    if _is_displaced(played):
        left, recorded = _unplaced(left), _unplaced(recorded)
    for item in sorted(left ^ recorded):
        word = "too much" if item in left else "missing"
        yield f"{word} in the ledger at the end: {' '.join(item)}"


def _unplaced(leftover: Leftover) -> Leftover:
    return frozenset(
        tuple(name for name in item if name not in ("route", "diverted")) for item in leftover
    )

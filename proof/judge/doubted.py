"""What somebody spoils in the table holds nothing up: it is named, told again, and mended."""

from __future__ import annotations

from dataclasses import replace

from proof.story import HOUR, Run

from .known import Case, Known
from .timing import WORTH_TELLING

LEASE = "lease"


def learn(run: Run, known: Known) -> None:
    """Take in what was spoiled before a run: what people were told of counts as untold."""
    for key, name in run.spoiled:
        if key != LEASE:
            _forget(known.case(key), name, run)
        elif name == "completed_at":
            known.completed, known.is_vague = run.now - WORTH_TELLING, True
        elif name != "lease_until":
            channel, _, attribute = name.partition("_")
            _forget_channel(channel, attribute, run, known)


def _forget(case: Case, name: str, run: Run) -> None:
    case.note(f"{run.now:%d %b %H:%M} somebody spoiled {name}")
    if name.startswith("told_"):
        medium = name.removeprefix("told_")
        unsure = [replace(t, heard=replace(t.heard, sure=False)) for t in case.on(medium)]
        case.told |= {medium: unsure} if unsure else {}
        case.forgotten.add(medium)
    elif name == "first_seen":
        case.seen = case.seen and run.now
    elif name == "expires_at":
        case.deadline = None
    elif name == "ended_at":
        case.end = None


def _forget_channel(channel: str, attribute: str, run: Run, known: Known) -> None:
    """Take in that what a run remembers of a channel begins anew."""
    fares = known.channel(channel)
    if attribute == "contacted_at":
        fares.greeted, fares.excused, fares.contacted = False, True, None
    if attribute in ("contacted_at", "digest_at"):
        known.digests.pop(channel, None)
        known.stood.pop(channel, None)
    if attribute in ("retry_at", "doubts"):
        fares.vague, fares.unkept = run.now, None
    if attribute == "failing_since":
        fares.failing = None
    if attribute == "warn_at":
        known.alarmed.clear()
        known.warned.clear()
        known.silent[channel] = run.now - HOUR


def check(run: Run, known: Known) -> None:
    """Check that it is named by the first run that reads it, and by no other."""
    mended, known.mended = known.mended, frozenset()
    if run.killed or run.listed is None or not run.complete:
        return
    if unnamed := run.spoiled - run.doubted:
        raise known.broken(f"nobody says that these were spoiled: {sorted(unnamed)}", run)
    if left := mended & run.doubted - run.spoiled:
        raise known.broken(f"the run before did not mend {sorted(left)}", run)
    if run.sure and not run.short:
        known.mended = run.doubted

"""What a run promises whoever operates it: it looks or says that it is blind, and stops in time."""

from __future__ import annotations

from itertools import groupby

from proof.story import Run, Scene

from .known import FAILS, FINAL, Known
from .timing import A_GAP

LOOKS = ("ledger.acquire", "inbox.list", "ledger.read")
PATIENCE = 2
"""Messages in doubt after which a channel is left alone."""


def is_idle(run: Run, known: Known) -> bool:
    """Say whether the run found the lease held; it must then leave everything as it is."""
    if not run.held:
        return False
    if run.heard or not {*run.effects} <= {"ledger.acquire", "ledger.ask"}:
        raise known.broken("a run without the lease does nothing", run)
    if run.event and not run.struck:
        if "ledger.ask" not in run.effects:
            raise known.broken("an event asks the run at work to look once more", run)
        known.asked = run.number
    return True


def check(run: Run, scene: Scene, known: Known) -> None:
    failed = [s for s in run.struck if s.partition(": ")[2].startswith(FAILS)]
    is_blind = any(s.startswith(LOOKS) for s in failed)
    if run.timed_out and not run.struck:
        raise known.broken("a run stops in time", run)
    if run.hurried:
        raise known.broken("no message is begun without time to write it down", run)
    has_no_search = any(s.startswith("inbox.search") for s in failed)
    if run.complete and (is_blind or has_no_search):
        raise known.broken("a heartbeat comes from a run that looked", run)
    if is_blind and run.heard:
        raise known.broken("a run that is blind tells nothing", run)
    _check_said(run, scene, known, failed)
    _check_left_out(run, known)
    _check_looks(run, known)
    _check_ledger_first(run, known)
    for channel, fates in groupby(sorted(run.sends, key=lambda s: s[0]), key=lambda s: s[0]):
        _check_turn(channel, [fate for _, fate in fates], run, known)


def _check_said(run: Run, scene: Scene, known: Known, failed: list[str]) -> None:
    """Check that what failed is said, and nothing else."""
    if run.killed:
        return
    if run.unread and (run.complete or not run.errors):
        raise known.broken("what is listed and cannot be read is said, and is no heartbeat", run)
    if not run.struck and not run.short and not run.complete and not run.unread:
        raise known.broken("a run that nothing struck sends a heartbeat", run)
    loud = [s for s in failed if s.startswith(("ledger.", "inbox.list", "inbox.search", "sns."))]
    loud = [s for s in loud if "message" not in s]
    if loud and not run.errors:
        raise known.broken("a run says what failed", run)
    if run.struck or scene.refused or run.unread:
        return
    dead = {*scene.channels} - scene.able
    for error in run.errors:
        if error.partition(":")[0] not in dead:
            raise known.broken(f"a run in which nothing failed does not fail: {error}", run)


def _check_left_out(run: Run, known: Known) -> None:
    """Check that a run counts what the listing lacks, though it is pending."""
    if run.killed or not run.complete:
        return
    asked = run.asked - {*(run.listed or ())}
    if run.left_out != sum(run.details.get(id_) in ("PENDING", None) for id_ in asked):
        raise known.broken(f"what the listing leaves out is counted, not {run.left_out}", run)


def _check_looks(run: Run, known: Known) -> None:
    """Check that a run looks where it should: into a gap, and once more for an event."""
    if not run.sure or not run.complete:
        return
    is_gap = known.completed is not None and run.now - known.completed >= A_GAP
    looked = "inbox.search" in run.effects
    if not known.is_vague and looked is not is_gap:
        raise known.broken("a run looks for what expired in a gap of a day, and in no other", run)
    # Of a release that is made again, the answer says nothing.
    is_unheard = any(s.startswith("ledger.release") for s in run.struck)
    is_asked = known.asked is not None and known.asked > run.number and not is_unheard
    if is_asked and not run.asked_again:
        raise known.broken("a run looks once more for an event that came meanwhile", run)


def _check_ledger_first(run: Run, known: Known) -> None:
    """Check that nothing is sent once something could not be written down."""
    if run.unwritten is not None and any(h.effect > run.unwritten for h in run.heard):
        raise known.broken("what cannot be written down is not sent", run)


def _check_turn(channel: str, fates: list[str], run: Run, known: Known) -> None:
    """Check that a channel is left alone when it should be."""
    fares = known.channel(channel)
    if fares.rests(run.now):
        raise known.broken(f"{channel} is left alone until {fares.until}", run)
    if FINAL.intersection(fates[:-1]):
        raise known.broken(f"nothing more is tried on {channel} after a no", run)
    patience = 1 if fares.doubts and fares.vague is None else PATIENCE
    in_a_row = 0
    for fate in fates:
        if in_a_row >= patience:
            raise known.broken(f"{channel} is left alone after {patience} in doubt", run)
        in_a_row = in_a_row + 1 if fate == "unknown" else 0 if fate == "confirmed" else in_a_row

"""What must hold of standing digests: when one is due, what it counts, and what is kept of it.

Written from the rules; it shares nothing with `notifier.core.standing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from faults.messages import Message, digest_of
from faults.schedules.model import (
    HAND_OVER_AFTER,
    JITTER,
    LEADS,
    PUNCTUAL,
    Doubt,
    Row,
    in_doubt,
    is_over,
)
from faults.schedules.runs import Run

DIGEST_AT = time(9, 30)
"""When a digest comes due, each day."""

DAY = timedelta(days=1)
LATE_AFTER = timedelta(hours=1) + JITTER
_FIGURES = {"ACCEPTED": "accepted", "REJECTED": "declined", "UNKNOWN": "unknown"}


def following(now: datetime) -> datetime:
    """Return the next moment at which a digest comes due."""
    return _latest(now) + DAY


def due_since(run: Run, channel: str) -> datetime | None:
    """Return since when a channel is to be told how things stand, None if it is not yet.

    One that is contacted in this very run is not: no moment has passed since.
    """
    doubt, latest = run.before.channels[channel], _latest(run.now)
    last = doubt.digest_at or doubt.contacted_at
    if not run.stands or doubt.contacted_at is None or last is None or latest <= last:
        return None
    return doubt.digest_at or max(latest - DAY, doubt.contacted_at)


def kept(doubt: Doubt) -> Doubt:
    """Return what `in_doubt` knows of a channel's state."""
    return replace(doubt, warn_at=None, digest_at=None, digest_before=None)


def check_standing(run: Run, channel: str, *, is_connected: bool) -> None:
    """Check a channel's digest in a run that may have been cut short."""
    since = due_since(run, channel)
    digests = [message for message in run.received[channel] if message.stands]
    tried = [one for one in run.tries(channel) if one.stands]
    assert not tried or since is not None, f"no digest is due on {channel}"
    assert len(digests) <= len(tried) <= 1, f"{len(tried)} digests on {channel}"
    assert not tried or run.tries(channel)[-1].stands, "a digest is not the last"
    is_moved = _check_moved(run, channel, since)
    if since is None:
        return
    counted = _counted(run, channel, since)
    for message in digests:
        assert any(counted.values()), f"nothing happened: {message}"
        if channel == "sns":
            _check_figures(message, counted, since, run.now)
    is_confirmed = any(one.fate == "confirmed" for one in tried)
    is_over_before = _is_over_before(run, channel)
    assert not tried or not is_over_before, f"{channel} had failed before its digest"
    if not run.is_whole or run.is_blind:
        assert is_moved or not (is_confirmed and run.is_recorded and not run.is_killed)
        return
    before = run.before.channels[channel]
    if before.may_rest(run.now) and not (before.rests(run.now) or run.sends(channel)):
        return  # It may have ended the pause, or not.
    is_able = is_connected and not before.rests(run.now) and not is_over_before
    is_reached = is_able and not run.is_unreachable(channel)
    if is_reached:
        assert bool(tried) is any(counted.values()), f"a digest of {counted} on {channel}: {tried}"
    is_done = is_confirmed or (is_reached and not tried)
    _check_done(run, channel, is_moved=is_moved, is_done=is_done, is_able=is_able)


def _latest(now: datetime) -> datetime:
    today = datetime.combine(now.date(), DIGEST_AT, now.tzinfo)
    return today if today <= now else today - DAY


def _check_moved(run: Run, channel: str, since: datetime | None) -> bool:
    """Check that what is kept of digests stays, or moves on from a digest that was due."""
    before, after = run.before.channels[channel], run.left.channels[channel]
    then, now = (before.digest_at, before.digest_before), (after.digest_at, after.digest_before)
    assert now == then or (since is not None and now == (run.now, since)), (channel, then, now)
    return now != then


def _check_done(run: Run, channel: str, *, is_moved: bool, is_done: bool, is_able: bool) -> None:
    """Check that a digest is done: also where another place's has to do, and never else."""
    if is_done or channel != LEADS or not is_able:
        assert is_moved is is_done, f"the digest on {channel}: {is_done}, kept: {is_moved}"
        return
    since = in_doubt(
        run.before.channels[channel], run.tries(channel), run.now, handed=True
    ).failing_since
    fails_for = run.now - since if since else timedelta()
    is_given_up = run.lost_its_place(channel) or fails_for >= HAND_OVER_AFTER
    if is_given_up or fails_for < HAND_OVER_AFTER - PUNCTUAL:
        assert is_moved is is_given_up, f"{channel} fails for {fails_for}, kept: {is_moved}"


def _is_over_before(run: Run, channel: str) -> bool:
    """Say whether a channel's turn had ended for a failure before its digest."""
    fates = [one.fate for one in run.tries(channel) if not one.stands]
    return is_over(run.before.channels[channel], fates)


def _counted(run: Run, channel: str, since: datetime) -> Mapping[str, int]:
    """Count what the ledger learned after `since`, and what is open, by the records it has now."""
    route = channel.partition(".")[2]
    contacted_at = run.before.channels[channel].contacted_at
    found: Counter[str] = Counter()
    for id_, row in {**run.left.closed, **run.left.open}.items():
        if route and row.route != route:
            continue
        found["received"] += since < row.first_seen <= run.now
        if row.end_seen is not None and since < row.end_seen <= run.now:
            found[_FIGURES.get(row.status or "", "expired")] += 1
        found["open"] += row.ended_at is None and (row.expiry is None or row.expiry > run.now)
        invited_at = run.invitation(id_).invited_at
        if contacted_at is not None and invited_at >= contacted_at:
            late_at = _late_at(row, invited_at)
            found["late"] += late_at is not None and since < late_at <= run.now
    return found


def _late_at(row: Row, invited_at: datetime) -> datetime | None:
    """Return when it was learned that the first alert came late, if it did."""
    told = row.first_told
    if row.ended_at is not None and (told is None or told >= row.ended_at):
        return None if row.status in ("ACCEPTED", "REJECTED") else row.end_seen
    return told if told is not None and told - invited_at > LATE_AFTER else None


def _check_figures(
    message: Message, counted: Mapping[str, int], since: datetime, now: datetime
) -> None:
    digest = digest_of(message.raw)
    times = [datetime.fromisoformat(digest[name]) for name in ("since", "until")]
    assert times == [since.replace(microsecond=0), now.replace(microsecond=0)], digest
    names = ("received", "accepted", "declined", "expired", "unknown", "late")
    said = {name: digest["figures"][name] for name in names} | {"open": digest["open"]["count"]}
    assert said == {name: counted[name] for name in said}, (said, counted)

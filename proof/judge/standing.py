"""Standing digests: when one is due, and that consecutive ones count everything once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median

from proof.story import DAY, HOUR, MINUTE, Heard, Row, Run, Scene

from .known import Known

LATE = HOUR + MINUTE
ANSWERED = ("ACCEPTED", "REJECTED")
Figures = Mapping[str, float | None]


def check(run: Run, scene: Scene, known: Known) -> None:
    """Check each digest: it was due, it goes on where the last one ended, its figures are right."""
    for channel in (*scene.homeless, *scene.absent, *scene.lost, *run.troubles):
        known.digests.pop(channel, None)
    for heard in run.heard:
        if heard.period is None or heard.figures is None:
            continue
        reason = _wrong(heard, known.digests.get(heard.channel), run, scene, known)
        if reason:
            raise known.broken(f"a digest on {heard.channel} {reason}", run)
        known.digests[heard.channel] = heard
    _check_made(run, scene, known)


def _wrong(heard: Heard, last: Heard | None, run: Run, scene: Scene, known: Known) -> str | None:
    """Say what is wrong with a digest, None if nothing is."""
    latest, period = _latest(run.now, scene), heard.period
    if latest is None or period is None:
        return "was not asked for"
    since, until = period
    if last and last.sure:
        if last.at >= latest:
            return "was not due"
        between = _counted(scene, heard.channel, last.at, since, known)
        if since < last.at or any(between[name] for name in between if name != "open"):
            return f"is about the time since {since}, and the last one was at {last.at}"
    counted = _counted(scene, heard.channel, since, until, known)
    said = heard.figures or {}
    wrong = [
        f"{name} {said[name]}, not {counted[name]}"
        for name in counted
        if _differ(name, said, counted)
    ]
    return ", ".join(wrong) if wrong or until == run.now else f"ends at {until}"


def _differ(name: str, said: Figures, counted: Figures) -> bool:
    one, other = said[name], counted[name]
    if one is None or other is None:
        return one is not other
    return abs(one - other) > 1e-3


def _check_made(run: Run, scene: Scene, known: Known) -> None:
    """Check that a digest that says anything is made by the first run after it came due."""
    latest = _latest(run.now, scene)
    is_whole = run.sure and run.complete and not run.short
    for channel in scene.channels if latest else ():
        made = any(heard.channel == channel and heard.period for heard in run.heard)
        since = known.stood.get(channel, known.channel(channel).contacted)
        if made:
            known.stood[channel] = run.now
        elif latest and since and since < latest:
            since = since if channel in known.digests else max(since, latest - DAY)
            says = any(_counted(scene, channel, since, run.now, known).values())
            is_free = _is_free(channel, run, scene, known)
            if is_free and is_whole and says:
                raise known.broken(f"a digest was due on {channel}", run)
            if is_free or not says:
                known.stood[channel] = run.now


def _is_free(channel: str, run: Run, scene: Scene, known: Known) -> bool:
    """Say whether nothing keeps a digest from being made."""
    failed = any(name == channel and fate != "confirmed" for name, fate in run.sends)
    is_hit = channel in run.hit or "slack" in run.hit or failed
    is_able = channel in scene.able and channel in ("sns", "slack")
    return is_able and not is_hit and not known.channel(channel).may_rest(run.now)


def _latest(now: datetime, scene: Scene) -> datetime | None:
    at = scene.deployed.digest_at
    if at is None:
        return None
    today = datetime.combine(now.date(), at, now.tzinfo)
    return today if today <= now else today - DAY


def _counted(scene: Scene, channel: str, since: datetime, until: datetime, known: Known) -> Figures:
    """Count what the ledger learned after `since`, and what is open."""
    route = channel.partition(".")[2]
    rows = [row for row in scene.rows.values() if not route or row.route == route]
    ended = [row for row in rows if _is_in(row.end_seen, since, until)]
    statuses = [row.status for row in ended]
    took = list(_times(ended))
    contacted = known.channel(channel).contacted
    late = (_late_at(row, contacted) for row in rows)
    return {
        "open": sum(row.ended_at is None and (row.deadline or until + DAY) > until for row in rows),
        "received": sum(since < row.first_seen <= until for row in rows),
        "accepted": statuses.count("ACCEPTED"),
        "declined": statuses.count("REJECTED"),
        "unknown": sum(status not in {*ANSWERED, "EXPIRED"} for status in statuses),
        "expired": statuses.count("EXPIRED"),
        "median": median(took) if took else None,
        "slowest": max(took, default=None),
    } | ({"late": sum(_is_in(at, since, until) for at in late)} if contacted else {})


def _is_in(moment: datetime | None, since: datetime, until: datetime) -> bool:
    return moment is not None and since < moment <= until


def _times(ended: list[Row]) -> Iterator[float]:
    """Yield the seconds that answers took, from the invitation until a run saw them."""
    for row in ended:
        if row.status in ANSWERED and row.invited_at and row.end_seen:
            yield max((row.end_seen - row.invited_at) / timedelta(seconds=1), 0.0)


def _late_at(row: Row, contacted: datetime | None) -> datetime | None:
    """Return when it was learned that a first alert came late; None if it did not."""
    told, invited = row.first_told, row.invited_at
    if contacted is None or invited is None or invited < contacted:
        return None
    if row.ended_at is not None and (told is None or told >= row.ended_at):
        return None if row.status in ANSWERED else row.end_seen
    return told if told is not None and told - invited > LATE else None

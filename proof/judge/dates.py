"""When a stage is due by the date that people believe in, which is the one they were told last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from proof.story import DAY, MINUTE, Deployed, Hours

from .known import REMINDERS, Case
from .timing import JITTER, begins, works_at

QUARTER = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class View:
    """What a medium was last told of an invitation: when, of which date, how, and its last news."""

    at: datetime
    deadline: datetime | None
    kind: str
    news: datetime | None


def views(case: Case, medium: str) -> Iterator[View]:
    """Yield what a run may take for the last word: what was surely written last, or said since."""
    told = case.on(medium)
    sure = max((n for n, one in enumerate(told) if one.heard.sure), default=0)
    for number, last in list(enumerate(told))[sure:]:
        before = (t.at for t in reversed(told[: number + 1]) if t.said.kind not in REMINDERS)
        yield View(last.at, last.said.deadline, last.said.kind, next(before, None))


def due_stage(view: View, deadline: datetime, now: datetime, deployed: Deployed) -> int | None:
    """Return the stage of which people have to hear; None if they know, or none has begun."""
    if now >= deadline:
        return None
    hours = deployed.hours
    found = []
    for stage in deployed.stages:
        begin = begins(deadline, stage, hours, view.news)
        is_read = _is_read(now, deadline, hours)
        if begin <= now and _is_due(view, stage, deadline, now, hours, is_read=is_read):
            found.append(stage)
    return min(found, default=None)


def _is_due(
    view: View,
    stage: int,
    deadline: datetime,
    now: datetime,
    hours: Hours | None,
    *,
    is_read: bool,
) -> bool:
    fresh = view.at + JITTER < begins(deadline, stage, hours, view.news)
    believed = view.deadline
    if believed is None:
        return fresh or is_read
    is_known = begins(believed, stage, hours, view.news) <= view.at + JITTER
    if not is_known:
        return fresh or (believed - deadline > JITTER and is_read)
    if deadline - believed >= DAY:
        return fresh
    less_than_half = 2 * (deadline - now) < believed - now
    return believed - deadline >= QUARTER and less_than_half and is_read


def _is_read(now: datetime, deadline: datetime, hours: Hours | None) -> bool:
    """Say whether people work now, or will not before the deadline."""
    if hours is None or works_at(now, hours):
        return True
    moment = now
    while moment < deadline:
        if works_at(moment, hours):
            return False
        moment += MINUTE
    return True


def moved_later(view: View, deadline: datetime, deployed: Deployed) -> bool:
    """Say whether a date is a day or more later than the one of the last reminder."""
    believed = view.deadline
    if believed is None or deadline - believed < DAY:
        return False
    return begins(believed, min(deployed.stages), deployed.hours, view.news) <= view.at + JITTER


def escalates_again(view: View, deadline: datetime) -> bool:
    return view.deadline is not None and deadline - view.deadline >= DAY

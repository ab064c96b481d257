"""What people are promised: every invitation, each stage once, its end, and nothing after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from proof.story import DAY, HOUR, Heard, Hours, Run, Scene

from . import floods
from .dates import View, due_stage, escalates_again, moved_later, views
from .known import FAILS, Case, End, Known, Telling, tellings
from .places import is_given_way, may_stray, place_channel, waits_in_vain
from .readers import is_heard
from .timing import JITTER, WORTH_TELLING, begins

ANSWERED = {"closed.accepted": "ACCEPTED", "closed.rejected": "REJECTED"}
KNOWN_ENDS = (*ANSWERED.values(), "EXPIRED", "UNKNOWN")
WHILE_OPEN = ("new", "expiring", "escalated", "moved", "reopened")
REFUSED_LIMIT = 12


def check(run: Run, scene: Scene, known: Known) -> None:
    """Check that whatever was told was due, said what is so, and was told as it should."""
    for one in tellings(run.heard):
        case = known.case(one.said.id)
        reason = _wrong(one, case, run, scene)
        if reason:
            raise known.broken(f"{one.said} on {one.heard.channel}: {reason}", run, case.id)
    floods.check(run, scene, known)


def _wrong(one: Telling, case: Case, run: Run, scene: Scene) -> str | None:
    kind = one.said.kind
    if one.said.mention not in _mentions(one, case, scene):
        return f"pings {one.said.mention}"
    if kind in WHILE_OPEN:
        return _wrong_while_open(one, case, run, scene)
    return _wrong_at_end(one, case, run)


def _mentions(one: Telling, case: Case, scene: Scene) -> set[str | None]:
    """Return who may be pinged: at the last stage only, and nobody twice.

    Whom the last word found within that stage need not be pinged for an earlier deadline.
    """
    deployed, said = scene.deployed, one.said
    if said.kind != "expiring" or said.stage != min(deployed.stages):
        return {None}
    pinged = [t for t in case.on(one.heard.medium) if t.said.mention]
    spared = (
        {None} if pinged and not _is_a_day_later(said.deadline, pinged[-1].said.deadline) else set()
    )
    if spared and pinged[-1].heard.sure:
        return {None}
    if any(_was_last(view, said.stage, deployed.hours) for view in views(case, one.heard.medium)):
        spared = {None}
    by_route = {way.name: way.mention for way in deployed.routes}
    routes = {case.route or "default", *case.maybe, *(["default"] if case.strays else [])}
    return {by_route.get(route, deployed.mention) for route in routes} | spared


def _was_last(view: View, stage: int, hours: Hours | None) -> bool:
    """Say whether a word said at a time fell within the last stage of the date that it gave."""
    return view.deadline is not None and begins(view.deadline, stage, hours) <= view.at + JITTER


def _is_a_day_later(deadline: datetime | None, before: datetime | None) -> bool:
    return deadline is not None and before is not None and deadline - before >= DAY


def _wrong_while_open(one: Telling, case: Case, run: Run, scene: Scene) -> str | None:
    heard, said, now, medium = one.heard, one.said, run.now, one.heard.medium
    status = run.details.get(said.id)
    if said.id not in (run.listed or ()) and status != "PENDING":
        return "it was not pending"
    is_alone = len(heard.said) == 1
    is_answered = scene.deployed.details and status not in (None, "PENDING")
    if is_alone and is_answered and case.contradicted is None:
        return f"its details said {status}"
    if is_alone and not heard.plain and _lacks_details(heard, run, scene):
        return "it comes without its details"
    if said.deadline != case.deadline:
        return f"it expires at {case.deadline}, not {said.deadline}"
    told = case.sure(medium)
    if said.kind == "new":
        return f"{medium} was told at {told}" if told else None
    if said.kind == "reopened":
        return None if _may_reopen(case, medium, run) else "nobody had heard that it was over"
    if said.kind == "moved":
        return None if _may_move(case, medium, run, scene) else "nobody believes in another date"
    if said.deadline is None or said.stage is None or said.deadline <= now:
        return "it had expired"
    if said.kind == "escalated":
        return _wrongly_escalated(one, case, run, scene)
    due = {due_stage(view, said.deadline, now, scene.deployed) for view in views(case, medium)}
    return None if said.stage in due else f"the stage is {due}"


def _may_reopen(case: Case, medium: str, run: Run) -> bool:
    again, told = case.again, [t for t in case.on(medium) if t.said.kind.startswith("closed.")]
    if again is None or not told:
        return False
    is_sure = run.now > again.at or run.now - told[-1].at >= DAY
    return is_sure and (again.before is None or run.now - again.before >= DAY)


def _may_move(case: Case, medium: str, run: Run, scene: Scene) -> bool:
    deadline = case.deadline
    if deadline is None:
        return False
    for view in views(case, medium):
        if deadline <= run.now:
            if case.undated and view.at < deadline:
                return True
        elif moved_later(view, deadline, scene.deployed):
            return True
    return False


def _wrongly_escalated(one: Telling, case: Case, run: Run, scene: Scene) -> str | None:
    said, stage, medium = one.said, scene.deployed.escalate_hours, one.heard.medium
    if said.deadline is None or said.stage is None or said.stage != stage:
        return "no such stage"
    begin = begins(said.deadline, said.stage, scene.deployed.hours)
    if begin > run.now:
        return f"the stage begins at {begin}"
    told = case.sure(medium)
    if told is None or any(escalates_again(view, said.deadline) for view in views(case, medium)):
        return None
    return f"{medium} was told at {told}"


def _lacks_details(heard: Heard, run: Run, scene: Scene) -> bool:
    """Say whether a message lacks details that could be had."""
    id_ = heard.said[0].id
    is_there = scene.truths[id_].place != "gone"
    failed = tuple(f"inbox.details {id_}: {how}" for how in FAILS)
    is_struck = any(struck.startswith(failed) for struck in run.struck)
    return heard.detailed is not (scene.deployed.details and is_there and not is_struck)


def _wrong_at_end(one: Telling, case: Case, run: Run) -> str | None:
    said, medium, end = one.said, one.heard.medium, case.end
    if end is None:  # That it is open again may not have been written down.
        is_vague = (case.again and not case.again.written) or case.rumor
        return None if is_vague else "it has not ended"
    reason = _wrong_kind(one, case, end)
    if reason:
        return reason
    if run.now - end.at > WORTH_TELLING:
        return "that is too long ago"
    if not case.on(medium) and any(_knew(case, m) for m in case.told):
        return "somebody had been told in time"
    if _end_waits(case, run, surely=True):
        return "it was open again a moment ago"
    again = [t for t in case.on(medium) if t.said.kind == said.kind and t.at >= end.at]
    return "it was told" if any(t.heard.sure for t in again) else None


def _wrong_kind(one: Telling, case: Case, end: End) -> str | None:
    said, medium = one.said, one.heard.medium
    if said.kind in ANSWERED:
        if medium != "sns":
            return "people know what they answered"
        if end.status == ANSWERED[said.kind]:
            return None if case.on(medium) else "nobody had been told of it"
    elif end.status in ANSWERED.values():
        return f"it is {end.status}"
    elif (said.kind == "closed.other") is not (end.status in KNOWN_ENDS):
        return None
    return f"it is {end.status}"


def _end_waits(case: Case, run: Run, *, surely: bool) -> bool:
    """Say whether it is too early to tell of an end that follows on a reopening."""
    again, end = case.again, case.end
    if again is None or end is None:
        return False
    if surely and not (again.kept and again.written):
        return False
    at = again.at if surely else again.latest
    return (run.now - at < DAY and end.seen == run.now) or run.now - again.ended < DAY


def _knew(case: Case, medium: str) -> bool:
    """Say whether a medium was surely told before the end."""
    return case.end is not None and any(
        t.heard.sure and t.at < case.end.at for t in case.on(medium)
    )


# What must be told.


def check_nothing_left(run: Run, scene: Scene, known: Known) -> None:
    """Check that a run told what was due, wherever nothing kept it from that, or says that not."""
    if run.listed is None:
        return
    for channel, case, what in _due(run, scene, known):
        raise known.broken(f"{what} of {case.id} was due on {channel}", run, case.id)
    _check_says(run, scene, known)


def _check_says(run: Run, scene: Scene, known: Known) -> None:
    """Check that nothing is left untold without a word of it."""
    if run.errors or not run.complete:
        return
    for id_ in run.listed or ():
        case = known.case(id_)
        if _may_wait(case, run):
            continue
        for medium in _media(scene):
            if floods.may_hold(case, medium, run, scene, known):
                continue
            says = any(name.partition(".")[0] == medium for name in run.troubles)
            is_answered = run.details.get(id_, "PENDING") != "PENDING"
            if not case.on(medium) and not says and not is_answered:
                raise known.broken(f"{medium} was not told, and nothing says so", run, id_)


def _may_wait(case: Case, run: Run) -> bool:
    """Say whether an invitation may wait for its route: for the run that first saw it, no more."""
    return run.unrouted and case.seen in (None, run.now)


def _media(scene: Scene) -> tuple[str, ...]:
    return ("sns", "slack") if scene.deployed.slack else ("sns",)


def _due(run: Run, scene: Scene, known: Known) -> Iterator[tuple[str, Case, str]]:
    """Yield what is still due on channels that could be told of it."""
    if not run.sure or run.short:
        return
    escalates = scene.deployed.escalate_hours is not None
    reaches = scene.deployed.slack or scene.deployed.escalates_by_email
    media = (*_media(scene), "escalation") if escalates and reaches else _media(scene)
    for case in known.cases.values():
        for medium in media:
            what = _still_due(case, medium, run, scene)
            if _may_wait(case, run) or floods.may_hold(case, medium, run, scene, known):
                continue
            if what is None or (medium, case.id) in scene.refused or may_stray(case, medium):
                continue
            channel = place_channel(case, medium, scene)
            if waits_in_vain(case, run, scene, known):
                continue
            if is_given_way(channel, run, scene, known):
                channel = "slack"
            is_by_email = medium == "sns" or (
                medium == "escalation" and scene.deployed.escalates_by_email
            )
            is_able = is_heard(case, medium, scene) if is_by_email else channel in scene.able
            if is_able and _is_free(channel, run, known):
                yield channel, case, what


def _is_free(channel: str, run: Run, known: Known) -> bool:
    """Say whether nothing keeps a channel that somebody hears from being told in this run."""
    fates = Counter(fate for name, fate in run.sends if name == channel)
    return (
        channel not in run.hit
        and not (channel.startswith(("slack", "escalation")) and "slack" in run.hit)
        and not known.channel(channel).may_rest(run.now)
        and fates["message"] < REFUSED_LIMIT
    )


def _still_due(case: Case, medium: str, run: Run, scene: Scene) -> str | None:
    """Return what is due on a medium after a run, by everything that was heard."""
    is_listed = case.id in (run.listed or ())
    status = run.details.get(case.id, "PENDING" if is_listed else None)
    if is_listed and _is_contradicted_again(case, run):
        status = "PENDING"
    if status == "PENDING" and (is_listed or case.is_known):
        return _due_while_open(case, medium, run, scene)
    if case.end is not None and case.is_known and not is_listed:
        return _due_at_end(case, medium, run)
    return None


def _is_contradicted_again(case: Case, run: Run) -> bool:
    """Say whether a run before has surely waited for the listing to say what the details say."""
    number, is_sure = case.contradicted or (run.number, False)
    return is_sure and number < run.number


def _due_while_open(case: Case, medium: str, run: Run, scene: Scene) -> str | None:
    last, deployed = case.last(medium), scene.deployed
    last = None if medium in case.forgotten else last
    view = None if medium in case.forgotten else list(views(case, medium))[-1:]
    if medium == "escalation":
        stage, deadline = deployed.escalate_hours, case.deadline
        if stage is None or deadline is None or deadline <= run.now:
            return None
        is_due = begins(deadline, stage, deployed.hours) <= run.now
        return "the escalation" if is_due and not view else None
    if last is None or not view:
        return "the first alert"
    # What is in doubt may have been written down or not: only what is due either way has to come.
    found = {_due_by(view, case, run, scene) for view in views(case, medium)}
    return next(iter(found)) if len(found) == 1 else None


def _due_by(view: View, case: Case, run: Run, scene: Scene) -> str | None:
    """Return what is due to people who heard that last."""
    if view.kind.startswith("closed."):
        return _due_again(case, view, run)
    deadline, deployed = case.deadline, scene.deployed
    if deadline is None:
        return None
    if deadline <= run.now:
        is_said = not case.undated or view.at >= deadline
        return None if is_said else "that its last known date has passed"
    stage = due_stage(view, deadline, run.now, deployed)
    if stage:
        return f"the reminder at {stage} h"
    return "the later date" if moved_later(view, deadline, deployed) else None


def _due_again(case: Case, view: View, run: Run) -> str | None:
    """Return that it is open again, if those who heard of its end have to hear that."""
    again = case.again
    if again is None or not again.kept or not again.ended <= view.at < again.at:
        return None
    is_sure = run.now > again.latest or run.now - view.at >= DAY
    is_late = again.before is None or run.now - again.before >= DAY
    return "that it is open again" if is_sure and is_late else None


def _due_at_end(case: Case, medium: str, run: Run) -> str | None:
    end, last = case.end, case.last(medium)
    if end is None or medium in {"escalation", *case.settled} or run.now - end.at > WORTH_TELLING:
        return None
    is_answer = end.status in ANSWERED.values()
    told = case.on(medium)
    if _end_waits(case, run, surely=False):
        return None
    is_over = told and told[-1].said.kind.startswith("closed.")
    if is_over and not is_answer and (case.again is None or end.seen - case.again.latest < HOUR):
        return None
    if last is None:
        is_due = not is_answer and not any(case.told.values())
    else:
        knew = case.sure(medium) is not None and last < end.at
        is_due = knew and (not is_answer or medium == "sns")
    return f"the end ({end.status})" if is_due else None


def check_end(scene: Scene, known: Known, now: datetime) -> None:
    """Check, once all is healed, that nobody missed anything, and that what is over is closed."""
    for id_, truth in scene.truths.items():
        case, deadline = known.case(id_), truth.deadline(now)
        said = case.end.status if case.end else truth.status(now)
        if not case.is_known or said in ANSWERED.values():
            continue
        ended, seen = (case.end.at, case.end.seen) if case.end else (deadline, now)
        is_old = ended is not None and max(seen, now) - ended > WORTH_TELLING
        if not any(case.told.values()) and not is_old and truth.place != "gone":
            raise known.broken("nobody was told", None, id_)

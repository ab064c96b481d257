"""What people are promised: every invitation, each stage once, its end, and nothing after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from proof.story import Heard, Run, Scene

from . import floods
from .known import FAILS, Case, Known, Telling, tellings
from .places import is_given_way, may_stray, place_channel, waits_in_vain
from .readers import is_heard
from .timing import JITTER, WORTH_TELLING, begins, due_stage

ANSWERED = {"closed.accepted": "ACCEPTED", "closed.rejected": "REJECTED"}
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
    if kind in ("new", "expiring", "escalated"):
        return _wrong_while_open(one, case, run, scene)
    return _wrong_at_end(one, case, run)


def _mentions(one: Telling, case: Case, scene: Scene) -> set[str | None]:
    """Return who is to be pinged: at the last stage only."""
    deployed, said = scene.deployed, one.said
    if said.kind != "expiring" or said.stage != min(deployed.stages):
        return {None}
    by_route = {way.name: way.mention for way in deployed.routes}
    routes = {case.route or "default", *case.maybe, *(["default"] if case.strays else [])}
    return {by_route.get(route, deployed.mention) for route in routes}


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
    if said.deadline is None or said.stage is None or said.deadline <= now:
        return "it had expired"
    hours = scene.deployed.hours
    news = None if said.kind == "escalated" else case.news(medium, sure=True)
    begin = begins(said.deadline, said.stage, hours, news)
    if begin > now:
        return f"the stage begins at {begin}"
    if told and begin <= told + JITTER:
        return f"{medium} was told at {told}, within the stage"
    if said.kind == "escalated":
        return None if said.stage == scene.deployed.escalate_hours else "no such stage"
    begun = [s for s in scene.deployed.stages if begins(said.deadline, s, hours, news) <= now]
    urgent = min(begun)
    return None if said.stage == urgent else f"the stage is {urgent} h"


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
        return None if case.seen is None and case.ends else "it has not ended"
    if said.kind in ANSWERED:
        if medium != "sns":
            return "people know what they answered"
        if end.status != ANSWERED[said.kind]:
            return f"it is {end.status}"
        if not case.on(medium):
            return "nobody had been told of it"
    elif end.status in ANSWERED.values():
        return f"it is {end.status}"
    if run.now - end.at > WORTH_TELLING:
        return "that is too long ago"
    if not case.on(medium) and any(_knew(case, m) for m in case.told):
        return "somebody had been told in time"
    again = [t for t in case.on(medium) if t.said.kind == said.kind and t.at >= end.at]
    return "it was told" if any(t.heard.sure for t in again) else None


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
    if status == "PENDING" and (is_listed or case.seen):
        return _due_while_open(case, medium, run, scene)
    if case.end is not None and case.seen and not is_listed:
        return _due_at_end(case, medium, run)
    return None


def _is_contradicted_again(case: Case, run: Run) -> bool:
    """Say whether a run before has surely waited for the listing to say what the details say."""
    number, is_sure = case.contradicted or (run.number, False)
    return is_sure and number < run.number


def _due_while_open(case: Case, medium: str, run: Run, scene: Scene) -> str | None:
    last, deployed = case.last(medium), scene.deployed
    last = None if medium in case.forgotten else last
    if medium == "escalation":
        stage, deadline = deployed.escalate_hours, case.deadline
        if stage is None or deadline is None or deadline <= run.now:
            return None
        begin = begins(deadline, stage, deployed.hours)
        is_due = begin <= run.now and (last is None or last + JITTER < begin)
        return "the escalation" if is_due else None
    if last is None:
        return "the first alert"
    if case.deadline is None:
        return None
    stage = due_stage(
        case.deadline, last, run.now, deployed.stages, deployed.hours, news=case.news(medium)
    )
    return f"the reminder at {stage} h" if stage else None


def _due_at_end(case: Case, medium: str, run: Run) -> str | None:
    end, last = case.end, case.last(medium)
    if end is None or medium in {"escalation", *case.settled} or run.now - end.at > WORTH_TELLING:
        return None
    is_answer = end.status in ANSWERED.values()
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
        if case.seen is None or said in ANSWERED.values():
            continue
        ended, seen = (case.end.at, case.end.seen) if case.end else (deadline, now)
        is_old = ended is not None and max(seen, now) - ended > WORTH_TELLING
        if not any(case.told.values()) and not is_old and truth.place != "gone":
            raise known.broken("nobody was told", None, id_)

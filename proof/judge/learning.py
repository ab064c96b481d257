"""What the judge takes in of each run: what Partner Central showed, and what people were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from proof.story import Run, Scene

from .cards import is_card
from .known import Again, Case, End, Known, route_of, tellings
from .timing import WORTH_TELLING

KNOWN = ("ACCEPTED", "REJECTED", "EXPIRED")


def learn(run: Run, scene: Scene, known: Known) -> list[str]:
    """Take in what Partner Central showed the run; return the ids of what it says has ended."""
    if run.listed is None:
        return []
    for id_, deadline in run.listed.items():
        _learn_listed(known.case(id_), deadline, run, scene)
    return [*_learn_ends(run, scene, known), *_learn_missed(run, scene, known)]


def _learn_listed(case: Case, deadline: datetime | None, run: Run, scene: Scene) -> None:
    if not case.written:
        _choose(case, run, scene)
    if case.end:  # It is open again: another life.
        case.contradicted = case.contradicted and (run.number, False)
        before = case.again.at if case.again else None
        case.again = Again(run.now, run.now, case.end.at, case.end.kept, before)
    elif case.again and not case.again.written:
        case.again.latest = run.now
    case.undated = deadline is None and case.deadline is not None and not case.end
    if case.undated:
        deadline = case.deadline
    if case.deadline != deadline or case.end:
        case.note(f"{run.now:%d %b %H:%M} pending until {_text(deadline)}")
    case.deadline, case.end, case.word, case.rumor = deadline, None, None, None
    case.settled.clear()


def _choose(case: Case, run: Run, scene: Scene) -> None:
    """Choose the route of what is not surely written down yet."""
    route = route_of(scene.truths[case.id], scene.deployed)
    case.maybe |= {case.route} if case.route and case.route != route else set()
    asks = any(way.country for way in scene.deployed.routes)
    is_unknown = asks and case.id not in run.details
    case.route, case.strays = route, case.strays or bool(case.maybe) or is_unknown


def _learn_ends(run: Run, scene: Scene, known: Known) -> Iterator[str]:
    for id_, case in known.cases.items():
        is_open = case.end is None or (id_ in run.asked and not case.end.kept)
        if id_ in (run.listed or ()) or not case.route or not is_open:
            continue
        before, case.end = case.end, _end(case, run, scene)
        if case.end:
            case.ends.add(case.end.status)
        if case.end and case.end != before:
            case.note(f"{run.now:%d %b %H:%M} ended: {case.end.status}")
            yield id_


def _end(case: Case, run: Run, scene: Scene) -> End | None:
    """Return how what left the list has ended, if the run can know."""
    status = run.details.get(case.id) if case.id in run.asked else None
    deadline = case.deadline
    if status == "PENDING":
        case.deadline = scene.truths[case.id].deadline(run.now) or case.deadline
        return None
    past = deadline if deadline is not None and deadline <= run.now else None
    if status is not None and status not in KNOWN and not past:
        case.rumor = status
        return End(status, run.now, run.now) if case.word == status else None
    if status is not None:
        return End(status, past if past and status == "EXPIRED" else run.now, run.now)
    if past and case.id in run.asked:
        return End("UNKNOWN", past, run.now)
    is_old = deadline is None and case.seen and case.seen + WORTH_TELLING <= run.now
    return End("UNKNOWN", run.now, run.now) if is_old else None


def _learn_missed(run: Run, scene: Scene, known: Known) -> Iterator[str]:
    """Take in what came and expired while nobody looked, as far as the run was shown it."""
    for id_ in run.searched:
        case, deadline, since = (
            known.case(id_),
            scene.truths[id_].deadline(run.now),
            known.completed,
        )
        # What is known, and there was no time to ask for, is asked for by the next run.
        is_slow = any(struck.startswith("inbox.details") for struck in run.struck)
        is_unasked = not case.written or (id_ not in run.asked and not is_slow)
        is_new = case.end is None and (case.seen is None or is_unasked)
        if is_new and since and deadline and since < deadline <= run.now:
            case.deadline, case.end = deadline, End("EXPIRED", deadline, run.now)
            case.ends.add("EXPIRED")
            _choose(case, run, scene)
            case.note(f"{run.now:%d %b %H:%M} had come and expired at {_text(deadline)}")
            if not known.is_vague and not case.told:
                yield id_


def remember(run: Run, scene: Scene, ended: Iterable[str], known: Known) -> None:
    """Take in what the run wrote down, and what people were told by it."""
    # What is listed without an id keeps a run from being complete, and from writing nothing.
    wrote = run.sure and (run.complete or run.unread > 0) and run.listed is not None
    if wrote and ("ledger.write" in run.effects or not run.short):
        _remember_written(run, ended, known)
    for one in tellings(run.heard):
        case = known.case(one.said.id)
        case.told.setdefault(one.heard.medium, []).append(one)
        case.forgotten.discard(one.heard.medium)
        case.contradicted = (run.number, False) if not one.heard.sure else None
        if one.said.kind == "closed.other" and case.end is None and case.rumor:
            case.end = End(case.rumor, run.now, run.now)
            case.ends.add(case.rumor)
        if one.heard.sure and case.end and one.said.kind.startswith("closed."):
            case.end = replace(case.end, kept=True)
        case.note(f"{run.now:%d %b %H:%M} heard: {one.heard}")
    for case in known.cases.values():
        case.word = case.rumor if wrote and not run.short else case.word
    _remember_contradicted(run, known)
    _remember_cards(run, known)
    for case in known.cases.values():
        if case.end is not None:
            case.settled |= scene.absent
            case.end = replace(case.end, kept=case.end.kept or (wrote and not run.short))
    _remember_greetings(run, scene, known)


def _remember_written(run: Run, ended: Iterable[str], known: Known) -> None:
    missed = set(ended)
    for id_ in (*(run.listed or ()), *missed):
        case = known.case(id_)
        if id_ not in missed:
            case.ends.clear()
        case.seen = case.seen or run.now
        if case.again:
            case.again.written = True
        case.written = case.written or not run.unrouted


def _remember_contradicted(run: Run, known: Known) -> None:
    """Take in what was not told for its details; a run that ended early may have kept it."""
    said = {id_ for id_, status in run.details.items() if status not in (None, "PENDING")}
    is_sure = run.sure and not run.short and not run.errors
    for id_ in run.stale | (set() if is_sure else said):
        case = known.case(id_)
        case.contradicted = case.contradicted or (run.number, is_sure and id_ in run.stale)


def _remember_cards(run: Run, known: Known) -> None:
    for id_, fate in run.updates:
        known.case(id_).note(f"{run.now:%d %b %H:%M} its card's update: {fate}")
    refused = [id_ for id_, fate in run.updates if fate == "message"]
    known.given_up |= {id_ for id_ in refused if refused.count(id_) > 1}
    known.given_up |= {id_ for id_, fate in run.updates if fate == "gone"}
    known.given_up -= {h.said[0].id for h in run.heard if is_card(h) and h.confirmed}


def _remember_greetings(run: Run, scene: Scene, known: Known) -> None:
    for channel in scene.homeless:
        known.channel(channel).excused = True
    if scene.deployed.escalates_by_email:  # It greets nobody, nor those in Slack who come after.
        known.channel("escalation").excused = True
    for heard in run.heard:
        fares = known.channel(heard.channel)
        fares.excused = fares.excused or not (heard.sure or fares.greeted)
        if heard.sure and not fares.greeted:
            fares.greeted = True
            fares.contacted = None if fares.excused else run.now


def _text(deadline: datetime | None) -> str:
    return f"{deadline:%d %b %H:%M:%S}" if deadline else "no date"

"""Few are told each in its own message, many in one: in a run, and in an hour of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from proof.story import HOUR, MINUTE, PEOPLE, Heard, Run, Scene

from .known import Case, Known, Telling
from .timing import EARLY

OVER = ("closed.expired", "closed.other")
TOGETHER, EACH = "in one message", "each in its own message"
GATHER = 10 * MINUTE
"""What comes in drops waits so long after a message, for others to go with."""


def check(run: Run, scene: Scene, known: Known) -> None:
    groups: dict[tuple[str, str, bool, bool], list[Heard]] = {}
    vague: set[str] = set()
    for heard in run.heard:
        if heard.said and all(said.kind in PEOPLE for said in heard.said):
            said = heard.said[0]
            if any(known.case(one.id).strays for one in heard.said):
                vague.add(heard.channel)
            route = _route(known.case(said.id), scene)
            key = (heard.channel, route, said.diverted, said.kind == "escalated")
            groups.setdefault(key, []).append(heard)
    for (channel, route, *_), messages in groups.items():
        fates = [fate for name, fate in run.sends if name == channel]
        if "message" in fates or channel in vague or not run.sure or run.short:
            continue
        reason = _miscounted(route, messages, run, scene, known)
        if reason and not (reason == EACH and _failed(run, channel)):
            count = sum(len(heard.said) for heard in messages)
            raise known.broken(f"{count} on {channel} are told {reason}", run)
        if not known.channel(channel).rough and not scene.refused:
            for heard in messages:
                _check_order(heard, run, known)


def _miscounted(
    route: str, messages: list[Heard], run: Run, scene: Scene, known: Known
) -> str | None:
    """Say how what came in the hour should be told, if it is not."""
    above, medium = scene.deployed.digest_above, messages[0].medium
    count = sum(len(heard.said) for heard in messages)
    surely = len(_singly(medium, route, run, scene, known, sure=True))
    maybe = len(_singly(medium, route, run, scene, known, sure=False))
    open_ = [h for h in messages if any(s.kind not in OVER for s in h.said)]
    crowd = [heard for heard in open_ if not _goes_alone(heard, run, scene)]
    is_many = count > above or (surely and surely + count > above)
    if is_many and len(crowd) > 2 + count // 50:
        return TOGETHER
    due = count + sum(_route(known.case(id_), scene) == route for id_ in run.stale)
    is_calm = due <= above and (not maybe or maybe + due <= above)
    return EACH if is_calm and any(len(h.said) > 1 for h in open_) else None


def may_hold(case: Case, medium: str, run: Run, scene: Scene, known: Known) -> bool:
    """Say whether a first alert may wait for others: for minutes after what was told before."""
    ends_in = case.deadline - run.now if case.deadline else None
    last_stage = timedelta(hours=min(scene.deployed.stages))
    if case.sure(medium) or medium == "escalation" or (ends_in and ends_in <= last_stage):
        return False
    told = _singly(medium, _route(case, scene), run, scene, known, sure=False)
    return any(run.now - one.at + EARLY < GATHER for one in told)


def _singly(
    medium: str, route: str, run: Run, scene: Scene, known: Known, *, sure: bool
) -> list[Telling]:
    """Return what was told of a route in the hour before a run, as few at a time.

    If `sure`, only what is surely written down, and what a run still looks at.
    """
    found = [
        one
        for case in known.cases.values()
        if not sure or (case.id in (run.listed or ()) and _is_surely(case, route, scene))
        for one in _last(case, medium, sure=sure)
        if one.at < run.now and one.at > run.now - HOUR
    ]
    if not sure:
        return found
    at_once = Counter(one.at for case in known.cases.values() for one in case.on(medium))
    return [one for one in found if at_once[one.at] <= scene.deployed.digest_above]


def _is_surely(case: Case, route: str, scene: Scene) -> bool:
    is_open = case.end is None and case.written and not case.strays and not case.maybe
    return is_open and not case.forgotten and _route(case, scene) == route


def _last(case: Case, medium: str, *, sure: bool) -> Iterator[Telling]:
    told = case.on(medium)
    if sure:
        yield from (one for one in told[-1:] if one.heard.sure)
    else:
        yield from told


def _route(case: Case, scene: Scene) -> str:
    route = case.route or "default"
    return route if any(way.name == route for way in scene.deployed.routes) else "default"


def _goes_alone(heard: Heard, run: Run, scene: Scene) -> bool:
    """Say whether a message is about one that cannot wait to be looked for."""
    last_stage = timedelta(hours=min(scene.deployed.stages))
    return len(heard.said) == 1 and all(
        said.kind == "new" and said.deadline is not None and said.deadline - run.now <= last_stage
        for said in heard.said
    )


def _failed(run: Run, channel: str) -> bool:
    return any(name == channel and fate != "confirmed" for name, fate in run.sends)


def _check_order(heard: Heard, run: Run, known: Known) -> None:
    ends = [said.deadline for said in heard.said if said.deadline]
    if len({said.kind for said in heard.said}) == 1 and ends != sorted(ends):
        raise known.broken("the first to expire comes first", run)

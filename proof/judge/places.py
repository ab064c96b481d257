"""One invitation, one place; a place that takes nothing gives way; who comes is greeted once."""

from __future__ import annotations

from proof.story import DAY, HOUR, Run, Scene

from .known import Case, Known, tellings
from .timing import EARLY

SLACK = "slack"


def place_channel(case: Case, medium: str, scene: Scene) -> str:
    """Return the channel on which an invitation is to be told."""
    if medium != SLACK:
        return medium
    route = case.route or "default"
    own = f"{SLACK}.{route}"
    is_there = any(way.name == route for way in scene.deployed.routes)
    strays = case.strays or _was_diverted(case, surely=True)
    return own if is_there and not strays and own not in scene.homeless else SLACK


def _was_diverted(case: Case, *, surely: bool) -> bool:
    return any(t.said.diverted and (t.heard.sure or not surely) for t in case.on(SLACK))


def may_stray(case: Case, medium: str) -> bool:
    """Say whether it is open in which of two places an invitation is told."""
    if medium != SLACK or _was_diverted(case, surely=True):
        return False
    return case.strays or _was_diverted(case, surely=False)


def waits_in_vain(case: Case, run: Run, scene: Scene, known: Known) -> bool:
    """Say whether an invitation may wait for a channel that rests, and has no place any more."""
    own = f"{SLACK}.{case.route}"
    return own in scene.homeless and known.channel(own).may_rest(run.now)


def is_given_way(channel: str, run: Run, scene: Scene, known: Known) -> bool:
    """Say whether the default place has to take what a channel's own place does not."""
    if channel.partition(".")[0] not in (SLACK, "escalation") or channel == SLACK:
        return False
    fares = known.channel(channel)
    if (channel, "message") in run.sends:
        return False
    if channel in scene.lost:
        return channel not in run.hit and not fares.may_rest(run.now)
    since = fares.failing
    is_late = since is not None and run.now - since >= HOUR
    return is_late and channel not in scene.able and not run.killed


def check(run: Run, scene: Scene, known: Known) -> None:
    for one in tellings(run.heard):
        heard, case = one.heard, known.case(one.said.id)
        if heard.channel.partition(".")[0] != SLACK or one.said.kind == "escalated":
            continue
        reason = _misplaced(heard.channel, case, run, scene, known, diverted=one.said.diverted)
        if reason:
            raise known.broken(f"{one.said} on {heard.channel}: {reason}", run, case.id)
    _check_greetings(run, scene, known)
    _check_warnings(run, scene, known)


def _misplaced(
    channel: str, case: Case, run: Run, scene: Scene, known: Known, *, diverted: bool
) -> str | None:
    is_vague = not case.written and case.id not in (run.listed or ())
    if is_vague or channel.partition(".")[2] in case.maybe:
        return None
    route = case.route or "default"
    own = f"{SLACK}.{route}"
    is_there = any(way.name == route for way in scene.deployed.routes)
    if channel == SLACK:
        strays = case.strays or _was_diverted(case, surely=False)
        if not is_there or own in scene.homeless or strays:
            return None
        if own in run.hit or "slack" in run.hit or own not in scene.able:
            return None if diverted else "it does not say why it is here"
        shaky = known.channel(own).shaky
        if diverted and shaky and run.now + EARLY - shaky >= HOUR:
            return None
        return f"it belongs on {own}"
    if channel != own and not case.maybe:
        return f"it belongs on {own}"
    return "it went on elsewhere" if _was_diverted(case, surely=True) else None


def _check_greetings(run: Run, scene: Scene, known: Known) -> None:
    """Check that a channel is greeted first, and once."""
    for heard in run.heard:
        fares = known.channel(heard.channel)
        if fares.excused or (heard.channel == "sns" and "sns" not in scene.able):
            continue
        is_first = not any(
            h.channel == heard.channel and h.sure and h.effect < heard.effect for h in run.heard
        )
        if heard.greets and fares.greeted:
            raise known.broken(f"{heard.channel} is greeted once", run)
        if not heard.greets and not fares.greeted and is_first and heard.channel != "escalation":
            raise known.broken(f"{heard.channel} is greeted first", run)
    if run.killed or not run.sure or run.short or run.listed is None:
        return
    by_email = {"escalation"} if scene.deployed.escalates_by_email else set()
    for channel in scene.able - by_email:
        fares = known.channel(channel)
        is_told = any(heard.channel == channel for heard in run.heard)
        is_hit = channel in run.hit or (channel != "sns" and "slack" in run.hit)
        if not (
            fares.greeted
            or fares.excused
            or is_told
            or is_hit
            or fares.may_rest(run.now)
            or scene.refused
        ):
            raise known.broken(f"{channel} was never greeted", run)


def _check_warnings(run: Run, scene: Scene, known: Known) -> None:
    """Check that one channel says of the other that nobody hears it: once a day, after an hour."""
    for channel in ("sns", "slack"):
        if channel not in scene.linked | scene.absent:
            known.silent.setdefault(channel, run.now)
        else:
            known.warned.pop("slack" if channel == "sns" else "sns", None)
    for heard in run.heard:
        if heard.warns in (None, "alarms"):
            continue
        other = "slack" if heard.channel == "sns" else "sns"
        last = known.warned.get(heard.channel)
        if other in scene.linked:
            raise known.broken(f"{other} is heard, and {heard.channel} says that it is not", run)
        if other in known.silent and run.now + EARLY - known.silent[other] < HOUR:
            raise known.broken(f"{heard.channel} waits for an hour until {other} is heard", run)
        if last is not None and run.now - last < DAY:
            raise known.broken(f"{heard.channel} says once a day that {other} is not heard", run)
        if heard.sure:
            known.warned[heard.channel] = run.now

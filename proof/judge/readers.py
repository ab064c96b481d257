"""By email a message is told to somebody who hears it, or it is not told, and a run says so."""

from __future__ import annotations

from proof.story import PEOPLE, Heard, Run, Scene

from .known import Case, Known

TOPIC = "topic"


def check(run: Run, scene: Scene, known: Known) -> None:
    for heard in run.heard:
        if heard.place != TOPIC or not any(said.kind in PEOPLE for said in heard.said):
            continue
        for said in heard.said:
            case = known.case(said.id)
            reason = _wrong(heard, case, run, scene, diverted=said.diverted)
            if reason:
                raise known.broken(f"{said} by email: {reason}", run, case.id)


def _wrong(heard: Heard, case: Case, run: Run, scene: Scene, *, diverted: bool) -> str | None:
    if case.maybe or case.strays:
        return None
    wanted = wanted_by(case, scene, escalated=heard.medium == "escalation")
    confirmed = scene.readers.intersection(wanted)
    is_default = wanted == scene.deployed.emails and heard.medium == "sns"
    if diverted:
        if confirmed or not wanted:
            return "it is given to others than it is for"
        wanted, is_default = scene.deployed.emails, True
        confirmed = scene.readers.intersection(wanted)
    if not confirmed <= heard.readers:
        return f"{confirmed - heard.readers} should have received it"
    if confirmed or not wanted:
        return None
    if not is_default or scene.readers <= scene.deployed.named:
        return "it counts as told, and nobody received it"
    # Whoever is in no list may have subscribed by hand. If they filter it out, it is an alarm's.
    return None if heard.channel in run.troubles or run.killed else "nobody says who is missing"


def wanted_by(case: Case, scene: Scene, *, escalated: bool = False) -> tuple[str, ...]:
    """Return the addresses that are to hear of an invitation, each of which may be confirmed."""
    return scene.deployed.names(case.route or "default", escalated=escalated)


def is_heard(case: Case, medium: str, scene: Scene) -> bool:
    """Say whether what is due by email has somebody to hear it, or needs nobody."""
    wanted = wanted_by(case, scene, escalated=medium == "escalation")
    if not wanted:
        return medium in scene.able
    return scene.is_read((*wanted, *scene.deployed.emails))

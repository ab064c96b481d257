"""Cards say what is so: where they stand, what is under them, and what they show in the end."""

from __future__ import annotations

from datetime import datetime

from proof.story import Heard, Run, Scene, Shown

from .known import Case, Known, Telling, tellings
from .timing import JITTER, WORTH_TELLING

FOR_ALL = ("closed.expired", "closed.other", "moved", "reopened")
"""Under a card, these are shown in the channel too."""


def card_of(case: Case) -> Telling | None:
    """Return the message that is an invitation's card by now, if one surely is."""
    cards = [t for t in case.on("slack") if is_card(t.heard)]
    return cards[-1] if cards else None


def is_card(heard: Heard) -> bool:
    """Say whether a message is one to be kept true."""
    kinds = {said.kind for said in heard.said}
    return (
        heard.ts is not None
        and heard.thread is None
        and len(heard.said) == 1
        and kinds <= {"new", "expiring", "moved", "reopened"}
    )


def check(run: Run, scene: Scene, known: Known) -> None:
    """Check that what belongs under a card stands there, and what everybody should see is seen."""
    if not scene.bot:
        return
    for one in tellings(run.heard):
        heard = one.heard
        if heard.channel.partition(".")[0] != "slack" or len(heard.said) > 1:
            continue
        if one.said.kind == "escalated":
            continue
        case = known.case(one.said.id)
        card = card_of(case)
        if heard.thread is None:
            is_left = card and card.heard.ts in scene.cards and card.heard.place == heard.place
            if is_left and card and card.heard.sure and case.id not in known.given_up:
                raise known.broken(f"{one.said} stands under its card", run, case.id)
            continue
        is_last = one.said.kind == "expiring" and one.said.stage == min(scene.deployed.stages)
        if heard.broadcast != (is_last or one.said.kind in FOR_ALL):
            raise known.broken(f"{one.said}: broadcast is {heard.broadcast}", run, case.id)


def check_end(scene: Scene, known: Known, now: datetime) -> None:
    """Check that every card that is left says what is so."""
    for id_, case in known.cases.items():
        card = card_of(case)
        if (
            card is None
            or not card.heard.sure
            or id_ in known.given_up
            or not _is_kept(case, scene)
        ):
            continue
        shown = scene.cards.get(card.heard.ts or "")
        end = case.end
        if shown is None or (end and now - end.at > WORTH_TELLING):
            continue
        if not _is_true(shown, case):
            raise known.broken(f"a card shows {shown}", None, id_)


def _is_kept(case: Case, scene: Scene) -> bool:
    """Say whether a card is kept: Slack is deployed, and a run has written the invitation down."""
    return scene.deployed.slack and "slack" not in case.settled and case.is_known


def _is_true(shown: Shown, case: Case) -> bool:
    if case.end is not None:
        return shown.status in case.ends
    if shown.status is not None:
        return shown.status == case.rumor
    if shown.deadline is None or case.deadline is None:
        return shown.deadline == case.deadline
    return abs(shown.deadline - case.deadline) <= JITTER

"""Cards that cannot be updated: each is one card's trouble, and is tried again or given up."""

from __future__ import annotations

from typing import Any

import pytest

from proof.schedules import Armed
from proof.story import DAY, MINUTE
from proof.world.channels import MemorySlack
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import connected, struck

GONE = Fault(How.REFUSED, "gone")
REFUSED = Fault(How.REFUSED, "message")
VANISHED = Fault(How.VANISHED)


@pytest.fixture
def answered() -> World:
    """Return a deployment with the cards of three invitations that were accepted meanwhile."""
    world = connected(digest_above=9)
    for number in range(3):
        world.invite(f"engi-{number}", expires_in=5 * DAY)
    world.tick()
    for truth in world.inbox.truths.values():
        truth.answered = (world.now, "ACCEPTED")
    return world


def shown(world: World) -> list[str | None]:
    return [card.status for card in world.slack.shown.values()]


@pytest.mark.parametrize(("fault", "is_error"), [(GONE, False), (REFUSED, True)])
def test_a_card_that_is_gone_or_at_fault_is_given_up_once(
    answered: World, fault: Fault, *, is_error: bool
) -> None:
    """Its invitation is closed all the same, and no later run tries it again."""
    told = struck(answered, Armed("slack.update", fault, times=2 if is_error else 1))
    assert [fate for _, fate in told.updates][-2:] == ["confirmed", "confirmed"]
    assert (bool(told.errors), answered.table.opened) == (is_error, {})
    (told,) = answered.tick(5 * MINUTE)
    assert told.updates == []


def test_a_card_whose_update_is_in_doubt_holds_up_no_other(answered: World) -> None:
    """It asks for no pause: the next run makes it."""
    told = struck(answered, Armed("slack.update", VANISHED))
    assert [fate for _, fate in told.updates] == ["unknown", "confirmed", "confirmed"]
    (told,) = answered.tick(MINUTE)
    assert [fate for _, fate in told.updates] == ["confirmed"]
    assert shown(answered) == 3 * ["ACCEPTED"]


def test_a_slack_that_is_silent_is_not_asked_for_every_card(answered: World) -> None:
    """Two updates of unknown fate are enough."""
    told = struck(answered, Armed("slack.update", VANISHED, times=9))
    assert [fate for _, fate in told.updates] == 2 * ["unknown"]


def test_messages_in_doubt_hold_up_no_card(answered: World) -> None:
    """They may be so for as long as their invitations live."""
    for name in ("engi-new", "engi-newer"):
        answered.invite(name, expires_in=5 * DAY)
    told = struck(answered, Armed("slack.post", VANISHED, times=2))
    assert told.sends.count(("slack", "unknown")) == 2
    assert shown(answered) == 3 * ["ACCEPTED"]


@pytest.mark.parametrize("method", ["update", "send"])
def test_what_cannot_be_composed_stops_no_other(
    answered: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """An error of our own is one card's fault, and one message's."""
    work: Any = getattr(MemorySlack, method)

    def composed(channel: MemorySlack, *given: Any) -> Any:
        if given[-1].alerts[0].invitation.id in ("engi-0", "engi-new"):
            raise ValueError
        return work(channel, *given)

    monkeypatch.setattr(MemorySlack, method, composed)
    for name in ("engi-new", "engi-newer"):
        answered.invite(name, expires_in=5 * DAY)
    (told,) = answered.tick(5 * MINUTE)
    assert "ValueError" in told.errors[0]
    assert shown(answered).count("ACCEPTED") == (2 if method == "update" else 3)
    said = {said.id for heard in told.heard if heard.channel == "slack" for said in heard.said}
    assert "engi-newer" in said

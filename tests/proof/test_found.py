"""What random schedules found once, each as the smallest story that shows it."""

from __future__ import annotations

from datetime import time

import pytest

from notifier.core.model import Alert
from proof.judge.judge import Judge
from proof.judge.known import BrokenPromiseError
from proof.schedules import TICK, Armed
from proof.story import DAY, HOUR, READER, Deployed
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import kinds, struck


def test_no_digest_is_sent_once_a_state_could_not_be_kept() -> None:
    """Of a topic without readers it is kept that it needs none; then nothing more is sent."""
    world = World(Deployed(emails=(), digest_at=time(9, 30)))
    world.invite("engi-1", expires_in=5 * DAY)
    world.topic.subscribe(READER)
    world.tick()
    world.topic.subscriptions.clear()
    told = struck(world, Armed("ledger.state", Fault(How.REFUSED)), after=HOUR)
    assert (told.heard, bool(told.errors)) == ([], True)


def test_an_expiry_is_not_told_late_where_another_channel_knew() -> None:
    """The topic's readers come after Slack was told of all of it, even of the end."""
    world = World(Deployed())
    world.invite("engi-1", expires_in=HOUR)
    world.tick()
    (told,) = world.tick(HOUR)
    assert kinds(told, "slack") == ["closed.expired"]
    world.topic.subscribe(READER)
    (told,) = world.tick(TICK)
    assert kinds(told, "sns") == []


@pytest.mark.parametrize("rule", [None, "believe the details", "believe the listing"])
def test_details_that_contradict_the_listing_are_believed_once(
    rule: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither for ever nor not at all: the judge notices both."""
    if rule:
        believed = rule == "believe the listing"
        monkeypatch.setattr(Alert, "contradicted", property(lambda _: believed))
    world = World()
    world.topic.subscribe(READER)
    world.after = Judge().after
    truth = world.invite("engi-1", expires_in=5 * DAY)
    truth.place = "contradicted"
    if rule:
        with pytest.raises(BrokenPromiseError):
            [world.tick(TICK) for _ in range(3)]
        return
    told = [kinds(world.tick(TICK)[0], "sns") for _ in range(3)]
    assert told == [[], ["new"], []]


def test_a_card_comes_back_though_its_update_was_not_recorded() -> None:
    """It was open again, the card said so, the ledger did not; then it expired once more."""
    world = World()
    world.topic.subscribe(READER)
    truth = world.invite("engi-1", expires_in=HOUR)
    world.tick()
    world.tick(HOUR)
    truth.deadlines.append((world.now, world.now + DAY))
    told = struck(world, Armed("ledger.write", Fault(How.REFUSED), skip=1))
    assert told.updates == [("engi-1", "confirmed")]
    world.tick(DAY)
    world.tick(TICK)
    assert [shown.status for shown in world.slack.shown.values()] == ["EXPIRED"]

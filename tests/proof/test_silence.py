"""A channel that nobody hears: it is noticed, and the other one says so, seldom enough."""

from __future__ import annotations

from datetime import datetime

from proof.schedules import READER, TICK, Armed
from proof.story import DAY, HOUR
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import connected, struck


def warned(world: World) -> list[datetime]:
    """Return when somebody was told that a channel reaches nobody."""
    return [heard.at for heard in (*world.topic.heard, *world.slack.heard) if heard.warns]


def test_each_day_begins_with_a_look_at_who_listens() -> None:
    """Who unsubscribes on a quiet day is missed the next morning, not with the next invitation."""
    world = connected()
    world.topic.subscriptions.clear()
    (told,) = world.tick(HOUR)
    assert told.troubles == frozenset()
    (told,) = world.tick(DAY)
    assert told.troubles == {"sns"}
    world.topic.subscribe(READER)
    (told,) = world.tick(HOUR)
    assert told.troubles == frozenset()
    (told,) = world.tick(HOUR)
    assert "sns.listeners" not in told.effects


def test_slack_says_so_after_an_hour_and_then_once_a_day() -> None:
    """Until somebody confirms."""
    world = connected()
    world.topic.subscriptions.clear()
    world.invite("engi-1", expires_in=9 * DAY)
    world.tick(HOUR)
    noticed = world.now
    for _ in range(50):
        world.tick(HOUR)
    assert warned(world) == [noticed + HOUR, noticed + HOUR + DAY, noticed + HOUR + 2 * DAY]
    world.topic.subscribe(READER)
    for _ in range(30):
        world.tick(HOUR)
    assert len(warned(world)) == 3


def test_email_says_so_too() -> None:
    """Of a secret that was emptied."""
    world = connected()
    world.slack.way = ""
    world.invite("engi-1", expires_in=9 * DAY)
    world.tick()
    world.tick(HOUR)
    assert len(warned(world)) == 1


def test_a_warning_that_may_have_been_posted_is_not_repeated() -> None:
    """Once a day is enough, and an alarm says it too."""
    world = connected()
    world.topic.subscriptions.clear()
    world.invite("engi-1", expires_in=9 * DAY)
    world.tick()
    told = struck(world, Armed("slack.post", Fault(How.LOST)), after=HOUR)
    assert told.sends == [("slack", "unknown")]
    for _ in range(20):
        world.tick(HOUR)
    assert len(warned(world)) == 1


def test_what_people_wait_for_is_told_to_nobody_beside_an_end() -> None:
    """An end is for programs, whoever listens; with something new it is looked at who does."""
    world = connected()
    truth = world.invite("engi-1", expires_in=9 * DAY)
    world.tick()
    truth.answered = (world.now, "ACCEPTED")
    world.invite("engi-2", expires_in=9 * DAY)
    world.topic.subscriptions.clear()
    (told,) = world.tick(TICK)
    assert told.troubles == {"sns"}
    assert {heard.channel for heard in told.heard} == {"slack"}

"""What comes in drops is told in few messages, and nothing that is urgent waits for them."""

from __future__ import annotations

from datetime import timedelta

from proof.story import DAY, HOUR, MINUTE, Heard
from proof.world.world import World
from tests.proof.play import connected

SECONDS_TEN = timedelta(seconds=10)
ABOVE = 5


def posts(world: World, since: int = 0) -> list[Heard]:
    """Return what was told in Slack after the first so many messages."""
    return [heard for heard in world.slack.heard[since:] if heard.said]


def test_fifty_in_minutes_are_few_messages() -> None:
    """Each comes with an event of its own; whoever reads is told within ten minutes or so."""
    world = connected(digest_above=ABOVE)
    for number in range(50):
        world.invite(f"engi-{number:02}", expires_in=9 * DAY)
        world.tick(SECONDS_TEN, event=True)
    world.tick(5 * MINUTE)
    world.tick(5 * MINUTE)
    told = posts(world)
    assert [len(heard.said) for heard in told] == [1] * ABOVE + [45]
    mails = [heard for heard in world.topic.heard if heard.said]
    assert [len(heard.said) for heard in mails] == [1] * ABOVE + [45]


def test_what_ends_within_the_last_stage_waits_for_nothing() -> None:
    """It stands in a message of its own, as if nothing else had come."""
    world = connected(digest_above=ABOVE)
    for number in range(8):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
        world.tick(MINUTE)
    world.invite("engi-now", expires_in=3 * HOUR)
    (told,) = world.tick(MINUTE)
    assert [[said.id for said in heard.said] for heard in told.heard] == [["engi-now"]] * 2


def test_after_a_calm_hour_each_stands_alone_again() -> None:
    """A digest that a single run made is no drop."""
    world = connected(digest_above=ABOVE)
    for number in range(20):
        world.invite(f"engi-{number:02}", expires_in=9 * DAY)
    world.tick(MINUTE)
    for number in range(20, 25):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
        world.tick(MINUTE)
    assert [len(heard.said) for heard in posts(world)] == [20] + [1] * 5
    world.tick(HOUR)
    for number in range(25, 28):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
    world.tick(MINUTE)
    assert [len(heard.said) for heard in posts(world)[6:]] == [1] * 3


def test_a_reminder_takes_along_what_waits() -> None:
    """There is a message anyway."""
    world = connected(digest_above=ABOVE)
    world.invite("engi-old", expires_in=DAY + HOUR)
    for number in range(5):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
        world.tick(10 * MINUTE)
    world.invite("engi-new", expires_in=9 * DAY)
    (told,) = world.tick(5 * MINUTE)
    assert not told.heard
    (told,) = world.tick(5 * MINUTE)
    (mail, post) = told.heard
    assert [said.id for said in mail.said] == [said.id for said in post.said]
    assert {said.kind for said in mail.said} == {"new", "expiring"}

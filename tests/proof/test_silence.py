"""A channel that nobody hears: it is noticed, and the other one says so, seldom enough."""

from __future__ import annotations

from datetime import datetime, time

from proof.schedules import TICK, Armed
from proof.story import DAY, HOUR, READER, Hours
from proof.world.channels import Topic
from proof.world.effects import Fault, How
from proof.world.world import START, World
from tests.proof.play import connected, kinds, struck


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


def test_that_nobody_hears_the_alarms_is_said_weekly() -> None:
    """From the second day on, on both channels, until somebody does."""
    world = connected()
    world.alarms = Topic()
    for _ in range(10):
        world.tick(DAY)
    said = [at - START for at in warned(world)]
    assert said == [2 * DAY, 9 * DAY] * 2
    world.alarms.subscribe(READER)
    for _ in range(10):
        world.tick(DAY)
    assert len(warned(world)) == 4


def test_in_doubt_it_is_said_again_on_the_next_day() -> None:
    """A week is too long to wait for what perhaps nobody read."""
    world = connected(slack=False)
    world.alarms = Topic()
    world.tick(DAY)
    struck(world, Armed("sns.publish", Fault(How.VANISHED)), after=DAY)
    assert not warned(world)
    world.tick(DAY)
    assert len(warned(world)) == 1


def test_nothing_is_said_of_the_alarms_once_a_record_failed() -> None:
    """As of anything else: what cannot be written down is not sent."""
    world = connected()
    world.alarms = Topic()
    world.tick(DAY)
    lost = Armed("sns.publish", Fault(How.LOST))
    told = struck(world, lost, Armed("ledger.state", Fault(How.REFUSED, "later")), after=DAY)
    assert [heard.channel for heard in told.heard] == ["sns"]


def test_a_channel_that_is_told_late_is_reminded_all_the_same() -> None:
    """By when it was told itself, not when another one was: working hours swallow nothing."""
    world = connected(hours=Hours(days=frozenset(range(5)), start=time(9), end=time(17)))
    world.slack.way = ""
    world.invite("engi-1", expires_in=7 * DAY + 3 * HOUR)
    world.tick(TICK)
    friday_evening, monday_morning = START + 4 * DAY + 9 * HOUR, START + 7 * DAY
    world.slack.way = "bot"
    world.now = friday_evening
    (told,) = world.tick()
    assert kinds(told, "slack") == ["new"]
    world.now = monday_morning
    (told,) = world.tick()
    assert kinds(told, "slack") == ["expiring"]


def test_what_nobody_can_say_is_counted() -> None:
    """What left the list, and cannot be asked for, is reminded of by nobody."""
    world = connected()
    world.invite("engi-1", expires_in=9 * DAY).place = "listed"
    world.tick()
    world.inbox.truths["engi-1"].place = "gone"
    (told,) = world.tick(TICK)
    assert (told.complete, told.left_out) == (True, 1)

"""What people were told last is true: of the date, and of whether it can still be answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from proof.schedules import Armed
from proof.story import DAY, HOUR, MINUTE, Hours, Run
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import connected, kinds, struck

TICK = 5 * MINUTE


def moved(world: World, left: timedelta | None, *, id_: str = "engi-1") -> None:
    """Let an invitation expire so long after now; None for no date."""
    truth = world.inbox.truths[id_]
    truth.deadlines.append((world.now, None if left is None else world.now + left))


def told(world: World, after: timedelta = TICK) -> list[str]:
    """Run, and return what email says; Slack says the same."""
    (run,) = world.tick(after)
    assert kinds(run, "sns") == [kind for kind in kinds(run, "slack") if kind != "escalated"]
    return kinds(run, "sns")


def stages(run: Run) -> list[int | None]:
    return [said.stage for h in run.heard if h.channel == "sns" for said in h.said]


def test_a_date_that_moves_up_into_a_stage_is_told_at_once() -> None:
    """And not again: it is what people believe by then."""
    world = connected()
    world.invite("engi-1", expires_in=200 * HOUR)
    told(world)
    moved(world, 3 * HOUR)
    (run,) = world.tick(TICK)
    assert (kinds(run, "sns"), stages(run)) == (["expiring"], [4])
    assert not told(world)


def test_one_that_stays_outside_every_stage_updates_the_card() -> None:
    """Its stages tell it in time."""
    world = connected()
    world.invite("engi-1", expires_in=300 * HOUR)
    told(world)
    moved(world, 100 * HOUR)
    (run,) = world.tick(TICK)
    assert (kinds(run, "sns"), run.updates) == ([], [("engi-1", "confirmed")])
    assert told(world, 28 * HOUR) == ["expiring"]


def test_a_first_date_that_appears_late_is_told() -> None:
    """Within a stage, at once."""
    world = connected()
    world.invite("engi-1", expires_in=None)
    told(world)
    moved(world, 20 * HOUR)
    assert told(world) == ["expiring"]
    assert not told(world)


def test_within_a_stage_only_what_halves_the_time_is_told_again() -> None:
    """By a quarter of an hour or more; without another ping."""
    world = connected(mention="S0SALES")
    world.invite("engi-1", expires_in=5 * HOUR)
    told(world)
    (run,) = world.tick(61 * MINUTE)
    assert [s.mention for h in run.heard if h.channel == "slack" for s in h.said] == ["S0SALES"]
    moved(world, 3 * HOUR)
    assert not told(world)
    moved(world, HOUR)
    (run,) = world.tick(TICK)
    assert kinds(run, "sns") == ["expiring"]
    assert [s.mention for h in run.heard if h.channel == "slack" for s in h.said] == [None]


@pytest.mark.parametrize("ahead", [3 * HOUR + 58 * MINUTE, 7 * HOUR + 58 * MINUTE, 23 * HOUR])
def test_a_date_that_wanders_is_told_once_a_day(ahead: timedelta) -> None:
    """Computed anew at each reading, always as far ahead: one ping, and one escalation."""
    world = connected(mention="S0SALES", escalate_hours=8)
    world.invite("engi-1", expires_in=ahead + DAY)
    told(world)
    found: list[str] = []
    pings = escalations = 0
    for _ in range(12 * 23):
        moved(world, ahead + TICK)
        (run,) = world.tick(TICK)
        found += kinds(run, "sns")
        escalations += len(kinds(run, "escalation"))
        posts = [heard for heard in run.heard if heard.channel == "slack"]
        pings += sum(said.mention is not None for heard in posts for said in heard.said)
    assert found == ["expiring"]
    assert pings == (ahead < 4 * HOUR)
    assert escalations == (ahead < 8 * HOUR)


def test_much_more_time_after_the_last_reminder_is_told_once() -> None:
    """And its stages come again."""
    world = connected()
    world.invite("engi-1", expires_in=3 * HOUR + DAY)
    told(world)
    told(world, DAY)
    moved(world, 10 * DAY)
    assert told(world) == ["moved"]
    assert not told(world)
    assert told(world, 7 * DAY) == ["expiring"]


def test_a_date_that_goes_missing_holds_until_another_comes() -> None:
    """Its reminders come; that it has passed, while it is still listed, is said once."""
    world = connected()
    world.invite("engi-1", expires_in=30 * HOUR)
    told(world)
    moved(world, None)
    assert not told(world)
    assert told(world, 7 * HOUR) == ["expiring"]
    assert told(world, DAY) == ["moved"]
    assert not told(world)
    moved(world, 5 * DAY)
    assert told(world) == ["moved"]


def test_open_again_is_told_to_whoever_heard_of_the_end() -> None:
    """Once; the card comes back to life, and the second end has a name of its own."""
    world = connected()
    world.invite("engi-1", expires_in=HOUR)
    told(world)
    assert told(world, HOUR) == ["closed.expired"]
    world.tick(2 * DAY)
    moved(world, 21 * DAY)
    (run,) = world.tick(TICK)
    assert (kinds(run, "sns"), kinds(run, "slack")) == (["reopened"], ["reopened"])
    assert not world.table.closed
    assert [shown.status for shown in world.slack.shown.values()] == [None]
    assert not told(world)
    for _ in range(7):
        world.tick(3 * DAY)
    ends = [s.alert_id for h in world.topic.heard for s in h.said if s.kind == "closed.expired"]
    assert ends == ["engi-1/closed.expired", "engi-1/closed.expired/2"]
    assert [shown.status for shown in world.slack.shown.values()] == ["EXPIRED"]


def test_soon_after_its_end_two_runs_have_to_see_it_open() -> None:
    """A listing that flaps makes no messages, and the card follows at once."""
    world = connected()
    world.invite("engi-1", expires_in=HOUR)
    told(world)
    told(world, HOUR)
    moved(world, 9 * DAY)
    (run,) = world.tick(TICK)
    assert (kinds(run, "sns"), run.updates) == ([], [("engi-1", "confirmed")])
    assert told(world) == ["reopened"]
    world.inbox.truths["engi-1"].answered = (world.now, "WITHDRAWN")
    for _ in range(12):
        assert not told(world, HOUR), "an end a day"
    assert told(world, 12 * HOUR) == ["closed.other"]


def test_a_status_that_nobody_knows_ends_it_when_two_runs_have_heard_it() -> None:
    """With its word, to people and programs; the card shows it."""
    world = connected()
    world.invite("engi-1", expires_in=9 * DAY)
    told(world)
    world.inbox.truths["engi-1"].answered = (world.now, "WITHDRAWN")
    assert not told(world)
    assert told(world) == ["closed.other"]
    assert [shown.status for shown in world.slack.shown.values()] == ["WITHDRAWN"]
    assert not told(world)
    assert not world.table.opened


def test_at_night_what_can_wait_until_morning_does() -> None:
    """A date that moved up is told when people work, unless that is too late."""
    world = connected(hours=Hours(days=frozenset(range(5)), start=time(9), end=time(17)))
    world.invite("engi-1", expires_in=30 * DAY)
    world.invite("engi-2", expires_in=30 * DAY)
    told(world, 7 * HOUR)
    world.now += 5 * HOUR
    moved(world, 16 * HOUR)
    moved(world, 3 * HOUR, id_="engi-2")
    (run,) = world.tick()
    assert [said.id for h in run.heard if h.channel == "sns" for said in h.said] == ["engi-2"]
    (run,) = world.tick(12 * HOUR)
    assert "engi-1" in {said.id for h in run.heard for said in h.said}


def test_records_of_an_earlier_version_tell_nothing_and_lose_no_move() -> None:
    """They lack what was told of the date: what they know of it counts, even after a crash."""
    world = connected()
    for number in range(300):
        world.invite(f"engi-{number:03}", expires_in=30 * DAY)
    told(world)
    opened = world.table.opened
    opened.update({i: replace(r, deadlines={}, news_at={}) for i, r in opened.items()})
    assert not told(world)
    moved(world, 3 * HOUR, id_="engi-007")
    killed = struck(world, Armed("sns.listeners", Fault(How.KILLED_BEFORE)))
    assert killed.killed
    (run,) = world.tick(TICK)
    assert {said.id for heard in run.heard for said in heard.said} == {"engi-007"}

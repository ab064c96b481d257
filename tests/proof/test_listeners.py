"""By email somebody hears each message, or it is not told: by route, and by escalation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proof.schedules import BOSS, FORMER, GUEST, LEADER, TICK
from proof.story import DAY, HOUR, READER, Deployed, Run, Way
from proof.world.world import World
from tests.proof.play import kinds

LEADS = Way(name="leads", payload_type="LeadInvitation", emails=(LEADER,))
BY_MAIL = Deployed(routes=(LEADS,), escalate_hours=8, escalate_to=BOSS)


def deployed(*readers: str, chosen: Deployed = BY_MAIL) -> World:
    """Return a deployment with these readers, where it was said hello."""
    world = World(chosen)
    for reader in readers:
        world.topic.subscribe(reader, filters=reader != GUEST)
    world.tick()
    return world


def told_of_lead(world: World, *, expires_in: timedelta = 2 * DAY) -> Run:
    """Let a lead come, and run."""
    world.invite("engi-1", expires_in=expires_in, payload_type="LeadInvitation")
    (told,) = world.tick(TICK)
    return told


def readers(told: Run) -> set[str]:
    return {reader for heard in told.heard for reader in heard.readers}


def is_diverted(told: Run) -> set[bool]:
    return {s.diverted for heard in told.heard if heard.place == "topic" for s in heard.said}


def test_a_routes_people_hear_of_it() -> None:
    """And nobody else."""
    told = told_of_lead(deployed(READER, LEADER, BOSS))
    assert (readers(told), is_diverted(told)) == ({LEADER}, {False})
    assert told.troubles == frozenset()


@pytest.mark.parametrize("unconfirmed", [True, False])
def test_what_they_do_not_hear_the_default_routes_people_do(*, unconfirmed: bool) -> None:
    """Each of its messages says why, and what is missing rings until it is mended."""
    world = deployed(READER)
    if unconfirmed:
        world.topic.subscribe(LEADER, confirmed=False)
    told = told_of_lead(world)
    assert (readers(told), is_diverted(told), told.errors) == ({READER}, {True}, ())
    assert "sns" in told.troubles
    (told,) = world.tick(TICK)
    assert "sns" in told.troubles, "with nothing due, too"
    world.topic.subscribe(LEADER)
    world.topic.subscribe(BOSS)
    (told,) = world.tick(TICK)
    assert told.troubles == frozenset()
    (told,) = world.tick(TICK)
    assert "sns.listeners" not in told.effects


def test_where_these_do_not_either_it_waits() -> None:
    """It is told once somebody hears it, and holds up no other route."""
    world = deployed()
    told = told_of_lead(world)
    assert not readers(told)
    world.topic.subscribe(LEADER)
    world.invite("engi-2", expires_in=2 * DAY)
    (told,) = world.tick(TICK)
    assert kinds(told, "sns") == ["new"]
    assert (readers(told), is_diverted(told)) == ({LEADER}, {False})
    world.topic.subscribe(READER)
    (told,) = world.tick(TICK)
    assert (kinds(told, "sns"), readers(told)) == (["new"], {READER})


def test_whoever_is_in_no_list_hears_the_default_route() -> None:
    """Somebody subscribed them by hand; that nobody in its list is confirmed rings all the same."""
    world = deployed(GUEST)
    told = told_of_lead(world)
    assert (readers(told), is_diverted(told)) == ({GUEST}, {True})
    assert "sns" in told.troubles


def test_whoever_left_the_lists_may_hear_nothing_and_that_rings() -> None:
    """SNS does not say what an address filters."""
    told = told_of_lead(deployed(FORMER))
    assert not readers(told)
    assert "sns" in told.troubles


@pytest.mark.parametrize(
    ("confirmed", "who", "channel"),
    [
        ((READER, BOSS), {BOSS}, "escalation"),
        ((READER,), {READER}, "escalation"),
        ((), set(), "slack"),
        ((LEADER,), set(), "slack"),
    ],
)
def test_an_escalation_is_heard(confirmed: tuple[str, ...], who: set[str], channel: str) -> None:
    """By those whom it is for, or by the default route's people: by email, or else in Slack."""
    world = deployed(*confirmed)
    world.invite("engi-1", expires_in=9 * HOUR)
    world.tick(TICK)
    (told,) = world.tick(HOUR)
    assert kinds(told, channel) == ["escalated"]
    assert {r for h in told.heard for r in h.readers if h.channel == "escalation"} == who
    said = [s for heard in told.heard for s in heard.said if s.kind == "escalated"]
    assert [s.diverted for s in said] == [BOSS not in confirmed]
    (told,) = world.tick(TICK)
    assert not told.heard
    assert ("escalation" in told.troubles) is (BOSS not in confirmed)


def test_programs_hear_of_answers_whoever_is_confirmed() -> None:
    """Only what is for people needs people."""
    world = deployed(READER, LEADER)
    told_of_lead(world)
    world.topic.subscriptions.pop(LEADER)
    world.topic.subscribe("arn:queue", "sqs")
    world.inbox.truths["engi-1"].answered = (world.now, "ACCEPTED")
    world.invite("engi-2", expires_in=DAY)
    (told,) = world.tick(TICK)
    assert sorted(kinds(told, "sns")) == ["closed.accepted", "new"]


def test_slack_says_whose_emails_are_missing() -> None:
    """After an hour, while those of other routes are read."""
    world = deployed(READER, BOSS)
    told_of_lead(world)
    world.tick(HOUR)
    assert [heard.warns for heard in world.slack.heard if heard.warns] == ["sns"]

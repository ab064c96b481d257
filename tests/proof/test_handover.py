"""A route's place in Slack that takes nothing: the default one takes over, and in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from proof.schedules import LEADS, TICK, Armed
from proof.story import DAY, HOUR, MINUTE, Way
from proof.world.channels import HOME
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import connected, struck

ROUTE = Way(name="leads", payload_type="LeadInvitation", place=LEADS)


@pytest.fixture
def routed() -> World:
    return connected(routes=(ROUTE,))


def invite(world: World, id_: str) -> None:
    world.invite(id_, expires_in=5 * DAY, payload_type="LeadInvitation")


def places(world: World, id_: str) -> list[str]:
    """Return where an invitation was told, message by message."""
    ids = [(heard.place, {said.id for said in heard.said}) for heard in world.slack.heard]
    return [place for place, said in ids if id_ in said]


def test_what_somebody_may_mend_waits_for_an_hour(routed: World) -> None:
    """Then it is told in the default place, says why, and goes on there."""
    leads = routed.slack.place(LEADS)
    leads.is_archived = True
    invite(routed, "engi-1")
    for _ in range(12):
        routed.tick(TICK)
        assert places(routed, "engi-1") == []
    routed.tick(TICK)
    assert places(routed, "engi-1") == [HOME]
    assert routed.slack.heard[-1].said[0].diverted
    leads.is_archived = False
    invite(routed, "engi-2")
    routed.tick(2 * DAY)
    assert (places(routed, "engi-1"), places(routed, "engi-2")) == ([HOME, HOME], [LEADS])
    leads.is_archived = True
    invite(routed, "engi-3")
    routed.tick(TICK)
    assert places(routed, "engi-3") == []  # The hour begins anew.


def test_what_shuts_the_notifier_out_waits_for_nothing(routed: World) -> None:
    """A channel that it is no member of is told of nowhere else."""
    routed.slack.place(LEADS).is_member = False
    invite(routed, "engi-1")
    routed.tick(TICK)
    assert places(routed, "engi-1") == [HOME]


def test_a_removed_route_strands_nothing(routed: World) -> None:
    """Its open invitations go on in the default place, and are not told as new again."""
    invite(routed, "engi-1")
    routed.tick(TICK)
    routed.deployed = replace(routed.deployed, routes=())
    routed.tick(TICK)
    assert places(routed, "engi-1") == [LEADS]
    (told,) = routed.tick(2 * DAY)
    assert [said.kind for heard in told.heard for said in heard.said] == 2 * ["expiring"]
    assert places(routed, "engi-1") == [LEADS, HOME]


def test_a_route_is_chosen_once(routed: World) -> None:
    """Whatever a later configuration would say."""
    invite(routed, "engi-1")
    routed.tick(TICK)
    other = replace(ROUTE, name="all", place="C0ALL")
    routed.deployed = replace(routed.deployed, routes=(other, ROUTE))
    routed.tick(2 * DAY)
    assert places(routed, "engi-1") == [LEADS, LEADS]


def test_details_are_asked_for_only_where_a_route_needs_them() -> None:
    """A flood of leads is one digest: nobody asks for the details of any."""
    world = connected(routes=(ROUTE, Way(name="dach", country="DE", place="C0DACH")))
    for number in range(5):
        invite(world, f"engi-{number}")
    (told,) = world.tick(TICK)
    assert (len(told.heard), "inbox.details" in told.effects) == (2, False)


def test_the_digest_of_a_place_that_takes_nothing_is_not_tried_again_and_again() -> None:
    """It is for an hour; the default place's own is about these invitations too."""
    world = connected(routes=(ROUTE,), digest_at=time(9, 30))
    invite(world, "engi-1")
    world.tick(TICK)
    world.slack.place(LEADS).is_archived = True
    told = [world.tick(after)[0] for after in (HOUR, HOUR, TICK)]
    assert [heard.channel for heard in told[0].heard if heard.figures] == ["sns", "slack"]
    assert [("slack.leads", "sender") in run.sends for run in told] == [True, True, False]


def test_a_confirmed_message_ends_the_hour_though_its_record_failed(routed: World) -> None:
    """The place takes messages: what follows waits for it, and goes nowhere else."""
    leads = routed.slack.place(LEADS)
    leads.is_archived = True
    for id_ in ("engi-1", "engi-2"):
        invite(routed, id_)
    routed.tick(TICK)
    leads.is_archived = False
    unwritten = Armed("ledger.write", Fault(How.LOST))
    told = struck(routed, unwritten, after=2 * HOUR)
    assert "slack.leads" in told.troubles
    routed.tick(MINUTE)
    routed.tick(TICK)
    assert set(places(routed, "engi-1") + places(routed, "engi-2")) == {LEADS}

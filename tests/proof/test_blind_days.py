"""Looking for what expired while nobody looked: the latest first, and never twice."""

from __future__ import annotations

import pytest

from proof.schedules import Armed
from proof.story import DAY, HOUR, MINUTE, READER, Run
from proof.world.effects import Fault, How
from proof.world.world import World
from tests.proof.play import struck

NO = Fault(How.REFUSED)
STALE = Fault(How.REFUSED, "stale token")
MISSED = [f"engi-{number}" for number in range(6)]


@pytest.fixture
def off() -> World:
    """Return a deployment that was off for two days, with a year of what expired behind it."""
    world = World()
    world.inbox.page = 2
    world.topic.subscribe(READER)
    for week in range(50):
        world.invite(f"past-{week}", expires_in=5 * DAY)
        world.now += 7 * DAY
    world.tick()
    for id_ in MISSED:
        world.invite(id_, expires_in=DAY)
    world.now += 2 * DAY
    return world


def missed(world: World) -> list[str]:
    """Return what programs and people were told of, by email."""
    return sorted(said.id for heard in world.topic.heard for said in heard.said)


def looks(told: Run) -> int:
    return told.effects.count("inbox.search")


def test_it_stops_where_the_gap_is_clearly_past(off: World) -> None:
    """A year of history is not read to its end: ninety days are, of which each shows one a week."""
    (told,) = off.tick()
    assert (told.complete, missed(off)) == (True, MISSED)
    assert looks(told) <= (6 + 13) // 2 + 2
    (told,) = off.tick(HOUR)
    assert looks(told) == 0


def test_it_goes_on_where_a_page_failed(off: World) -> None:
    """What was found is told at once, in a run that is blind; the rest by the next one."""
    told = struck(off, Armed("inbox.search", NO, skip=2))
    assert (told.complete, missed(off)) == (False, MISSED[2:])
    before = looks(told)
    (told,) = off.tick(MINUTE)
    assert (told.complete, missed(off)) == (True, MISSED)
    assert before + looks(told) <= (6 + 13) // 2 + 3


def test_a_token_that_is_not_taken_any_more_begins_it_anew(off: World) -> None:
    """Nothing is lost by it, and nothing told twice."""
    struck(off, Armed("inbox.search", NO, skip=1))
    told = struck(off, Armed("inbox.search", STALE))
    assert (told.complete, off.table.search) == (False, None)
    (told,) = off.tick(MINUTE)
    assert (told.complete, missed(off)) == (True, MISSED)


def test_a_gap_within_the_search_is_searched_too(off: World) -> None:
    """If nobody goes on for another day, the latest are looked at first again."""
    struck(off, Armed("inbox.search", NO, skip=1))
    off.invite("engi-meanwhile", expires_in=DAY)
    off.tick(2 * DAY)
    assert missed(off) == [*MISSED, "engi-meanwhile"]


def test_what_could_not_be_recorded_is_looked_for_again(off: World) -> None:
    """A search goes on from where what it found is safe."""
    struck(off, Armed("inbox.search", NO, skip=1), Armed("ledger.write", NO))
    assert missed(off) == []
    off.tick(MINUTE)
    assert missed(off) == MISSED

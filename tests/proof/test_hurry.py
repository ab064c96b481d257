"""A run that has little time, or finds another one gone: what it cannot do comes later."""

from __future__ import annotations

from datetime import datetime

import pytest

from notifier.core.model import State
from proof.schedules import TICK, Armed
from proof.story import DAY, HOUR, Way
from proof.world.effects import Fault, How
from proof.world.ledger import MemoryLedger
from tests.proof.play import connected, kinds, struck

LATE = Fault(How.LATE)


def test_many_that_leave_the_list_at_once_stop_nothing() -> None:
    """However long it takes to ask for them all, each run closes some, and tells what is new."""
    world = connected()
    gone = [world.invite(f"engi-{number}", expires_in=9 * DAY) for number in range(12)]
    world.tick()
    for truth in gone:
        truth.answered = (world.now, "REJECTED")
    world.invite("engi-new", expires_in=9 * DAY)
    told = struck(world, Armed("inbox.details", LATE, times=100))
    assert (told.killed, "new" in kinds(told, "slack")) == (False, True)
    assert 0 < len(world.table.closed) < 12
    for _ in range(3):
        struck(world, Armed("inbox.details", LATE, times=100))
    assert len(world.table.closed) == 12


@pytest.mark.parametrize("event", [True, False])
def test_an_event_takes_a_lease_that_is_given_back_meanwhile(
    monkeypatch: pytest.MonkeyPatch, *, event: bool
) -> None:
    """Nobody would look once more for it; a tick is followed by another one anyway."""
    world = connected()
    world.invite("engi-1", expires_in=9 * DAY)
    acquire, held = MemoryLedger.acquire, iter([True])

    def taken(ledger: MemoryLedger, now: datetime) -> State | None:
        return None if next(held, False) else acquire(ledger, now)

    monkeypatch.setattr(MemoryLedger, "acquire", taken)
    (told,) = world.tick(TICK, event=event)
    assert (told.held, kinds(told, "sns")) == (not event, ["new"] if event else [])


@pytest.mark.parametrize("how", [How.VANISHED, How.LATE])
def test_nothing_waits_for_its_route_beyond_the_next_run(how: How) -> None:
    """Details cannot be asked for in time: by the second run all are told, whoever's they are."""
    world = connected(routes=(Way(name="dach", country="DE", place="C0DACH"),))
    world.slack.place("C0DACH")
    ids = {world.invite(f"engi-{n:02}", expires_in=9 * DAY, country="DE").id for n in range(40)}
    slow = Armed("inbox.details", Fault(how), times=1000)
    first = struck(world, slow)
    told = {said.id for heard in first.heard for said in heard.said}
    assert 0 < len(told) < 40
    assert first.unrouted
    assert all(world.table.opened[id_].unrouted for id_ in ids - told)
    second = struck(world, slow)
    told |= {said.id for heard in second.heard for said in heard.said}
    assert (told, second.unrouted) == (ids, False)
    assert not any(record.unrouted for record in world.table.opened.values())
    routes = {record.route for record in world.table.opened.values()}
    assert routes == ({"default"} if how is How.VANISHED else {"default", "dach"})


def test_what_waits_for_its_route_is_overdue_from_first_sight() -> None:
    """If no run goes on with it, that rings like any other delivery that is not made."""
    world = connected(routes=(Way(name="dach", country="DE", place="C0DACH"),))
    for number in range(40):
        world.invite(f"engi-{number:02}", expires_in=9 * DAY, country="DE")
    struck(world, Armed("inbox.details", Fault(How.VANISHED), times=1000))
    waiting = [record for record in world.table.opened.values() if record.unrouted]
    since = world.now
    world.topic.subscriptions.clear()
    world.slack.way = ""
    (told,) = world.tick(2 * HOUR)
    assert {record.first_seen for record in waiting} == {since}
    assert told.overdue == 2 * HOUR

"""A run that has little time, or finds another one gone: what it cannot do comes later."""

from __future__ import annotations

from datetime import datetime

import pytest

from notifier.core.model import State
from proof.schedules import TICK, Armed
from proof.story import DAY
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

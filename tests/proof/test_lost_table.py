"""A ledger that forgot, or went back in time: a repetition is better than silence."""

from __future__ import annotations

from copy import deepcopy

from proof.schedules import TICK
from proof.story import DAY, HOUR
from proof.world.ledger import Table
from tests.proof.play import connected, kinds


def test_a_closed_record_that_ttl_removed_is_missed_by_nobody() -> None:
    """An answered invitation stays silent, after a blind day too; listed again, it is new once."""
    world = connected()
    truth = world.invite("engi-1", expires_in=9 * DAY)
    world.tick()
    truth.answered = (world.now, "REJECTED")
    world.tick()
    world.table.closed.clear()
    for span in (TICK, 2 * DAY):
        (told,) = world.tick(span)
        assert (told.heard, told.errors) == ([], ())
    truth.answered = None
    assert [kinds(world.tick(TICK)[0], "sns") for _ in range(2)] == [["new"], []]


def test_a_table_restored_to_yesterday() -> None:
    """What was told since is told once more, in one digest; what was told before is not."""
    world = connected()
    answered = world.invite("engi-answered", expires_in=9 * DAY)
    world.invite("engi-old", expires_in=9 * DAY)
    world.tick()
    yesterday = deepcopy(world.table)
    world.invite("engi-short", expires_in=HOUR)
    for number in range(4):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
    answered.answered = (world.now, "ACCEPTED")
    world.tick(TICK)
    world.tick(DAY)
    world.table = yesterday
    world.table.owner, world.table.until = "a run of yesterday", world.now - HOUR
    (told,) = world.tick(TICK)
    assert not told.held
    slack = [h for h in told.heard if h.channel == "slack"]
    assert [{said.id for said in heard.said} for heard in slack] == [
        {"engi-short", "engi-0", "engi-1", "engi-2", "engi-3"}
    ]
    assert world.tick(TICK)[0].heard == []


def test_an_empty_table_begins_from_the_beginning() -> None:
    """It says hello again, over one digest of all that is open."""
    world = connected()
    for number in range(4):
        world.invite(f"engi-{number}", expires_in=9 * DAY)
    world.tick()
    world.table = Table()
    (told,) = world.tick(TICK)
    assert [(h.channel, h.greets, len(h.said)) for h in told.heard] == [
        ("sns", True, 4),
        ("slack", True, 4),
    ]

"""A table in which somebody wrote what no run would: nothing is held back, and nothing stops."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from notifier.core import records
from notifier.core.model import LEASE, Record
from notifier.run import trust
from proof.judge.judge import Judge
from proof.judge.known import BrokenPromiseError
from proof.schedules import TICK
from proof.story import DAY, HOUR, READER, Run
from proof.world.world import World
from tests.proof.play import connected, kinds

AHEAD = 400 * DAY


def story() -> World:
    """Return a judged deployment that has told of one invitation, whose record is then spoiled."""
    world = World()
    world.topic.subscribe(READER)
    world.after = Judge().after
    world.invite("engi-1", expires_in=9 * DAY)
    world.tick()
    world.tick(TICK)
    return world


def tell(world: World, moment: datetime | None) -> list[Run]:
    """Spoil when two media were told, let something else come, and run twice."""
    for medium in ("sns", "slack"):
        world.spoil("engi-1", f"told_{medium}", moment)
    world.invite("engi-2", expires_in=9 * DAY)
    return [run for _ in range(2) for run in world.tick(TICK)]


@pytest.mark.parametrize("ahead", [None, AHEAD], ids=["unreadable", "in the future"])
def test_a_telling_that_cannot_be_is_told_again_once(ahead: timedelta | None) -> None:
    """Beside what else is due; and named by that run alone."""
    world = story()
    first, second = tell(world, world.now + ahead if ahead else None)
    for channel in ("sns", "slack"):
        assert kinds(first, channel) == ["new", "new"]
    assert first.doubted == {("engi-1", "told_sns"), ("engi-1", "told_slack")}
    assert (second.heard, second.doubted) == ([], frozenset())


def believe_all(found: trust.Reads) -> list[Record]:
    """Let one record that cannot be read stop all."""
    records: Any = found._ledger.open_records()  # noqa: SLF001
    if any(record.flaws for record in records):
        raise ValueError("yesterday")
    return list(records)


RULES: dict[str, tuple[Any, str, Any]] = {
    "nothing lies in the future": (trust, "AHEAD", 100_000 * DAY),
    "one record stops no other": (trust.Reads, "open_records", believe_all),
    "what is doubted is named": (trust, "named", lambda *_: iter(())),
    "what is doubted is mended": (records, "has_changed", lambda _, before: before is None),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_found_out(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the judge, in the same small story."""
    monkeypatch.setattr(*RULES[rule])
    with pytest.raises(BrokenPromiseError):
        spoil_all()


def spoil_all() -> None:
    for ahead in (None, AHEAD):
        world = story()
        tell(world, world.now + ahead if ahead else None)
        world.spoil("engi-1", "first_seen")
        world.tick(TICK)
        world.tick(TICK)


@pytest.mark.parametrize("until", [None, AHEAD], ids=["no end", "an end far away"])
def test_a_lease_that_no_run_would_take_holds_none_back(until: timedelta | None) -> None:
    """The next run is the first to say so, and does its work."""
    world = connected()
    world.table.owner = "nobody"
    world.spoil(LEASE, "lease_until", world.now + until if until else None)
    (told,) = world.tick(TICK)
    assert (told.held, told.complete) == (False, True)
    assert told.doubted == {(LEASE, "lease_until")}


def test_a_pause_that_no_run_would_make_is_over() -> None:
    """An hour is the longest that a channel is left alone."""
    world = connected()
    world.invite("engi-1", expires_in=9 * DAY)
    world.spoil(LEASE, "slack_retry_at", world.now + AHEAD)
    (told,) = world.tick(TICK)
    assert kinds(told, "slack") == kinds(told, "sns") == ["new"]


@pytest.mark.parametrize("ahead", [None, AHEAD], ids=["unreadable", "in the future"])
def test_who_knows_not_when_it_last_looked_looks_for_what_it_missed(
    ahead: timedelta | None,
) -> None:
    """What came and expired meanwhile is told, as after an outage."""
    world = connected()
    world.invite("engi-1", expires_in=HOUR)
    world.spoil(LEASE, "completed_at", world.now + ahead if ahead else None)
    (told,) = world.tick(2 * HOUR)
    assert kinds(told, "sns") == ["closed.expired"]
    assert world.tick(TICK)[0].heard == []

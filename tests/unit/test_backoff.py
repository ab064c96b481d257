"""How a channel that fails is judged: when its turn ends, and what comes last in the next one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.core.backoff import DEFERRED_LIMIT, Fate, Tried, failing_since, judge
from notifier.core.model import ChannelState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFUSED, UNKNOWN = Fate.MESSAGE_REFUSED, Fate.UNKNOWN


def tried(*fates: Fate | None) -> list[Tried]:
    """Return messages with these fates, each about an invitation whose id is its number."""
    return [Tried((str(number),), fate) for number, fate in enumerate(fates)]


@pytest.mark.parametrize(
    ("fates", "doubts", "goes_on"),
    [
        ([], 0, True),
        ([UNKNOWN], 0, True),
        ([UNKNOWN], 1, False),
        ([UNKNOWN, UNKNOWN], 0, False),
        ([UNKNOWN, None, UNKNOWN], 0, True),
        ([UNKNOWN, REFUSED, UNKNOWN], 0, False),
        (11 * [REFUSED], 0, True),
        (12 * [REFUSED], 0, False),
        ([*11 * [REFUSED], None, *11 * [REFUSED]], 0, True),
        ([Fate.NOT_SENT], 0, False),
        ([Fate.SENDER_REFUSED], 0, False),
        ([Fate.PLACE_REFUSED], 0, False),
    ],
)
def test_a_turn_ends_where_the_next_message_would_fare_no_better(
    fates: list[Fate | None], doubts: int, *, goes_on: bool
) -> None:
    """After two in doubt, one if it was in doubt before, a dozen refused, or a word for all."""
    assert judge(ChannelState(doubts=doubts), tried(*fates), NOW).goes_on is goes_on


def test_what_failed_for_itself_comes_last_until_it_is_told() -> None:
    """The latest at the end; what was not reached keeps its place, what was told is forgotten."""
    before = ChannelState(deferred=("told", "2", "not reached"))
    turn = [Tried(("told",), None), *tried(UNKNOWN, None, REFUSED, Fate.NOT_SENT)]
    assert judge(before, turn, NOW).state.deferred == ("not reached", "0", "2")


def test_so_many_are_remembered_and_no_more() -> None:
    """Every run reads them: of more, the first are forgotten."""
    many = tried(*(DEFERRED_LIMIT + 1) * [REFUSED])
    deferred = judge(ChannelState(), many, NOW).state.deferred
    assert (deferred[0], len(deferred)) == ("1", DEFERRED_LIMIT)


def test_it_fails_since_it_last_confirmed_anything() -> None:
    """From the first turn that ended for it; whoever comes back begins anew."""
    before = ChannelState(failing_since=NOW - HOUR)
    no = tried(Fate.SENDER_REFUSED)
    assert failing_since(ChannelState(), no, ended=True, now=NOW) == NOW
    assert failing_since(before, no, ended=True, now=NOW) == NOW - HOUR
    assert failing_since(before, [], ended=False, now=NOW) == NOW - HOUR
    assert failing_since(before, tried(None), ended=False, now=NOW) is None
    assert failing_since(before, [*tried(None), *no], ended=True, now=NOW) == NOW

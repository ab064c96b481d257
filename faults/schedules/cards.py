"""What must hold of Slack's cards: where messages stand, and what updates make them say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from faults.messages import Message, Shown
from faults.schedules.model import ANSWERED, JITTER, Card, Expected, Memory, Row, medium
from faults.schedules.runs import Run
from faults.schedules.turns import rows_of

BROADCAST = ("expiring.4", "closed.expired")
PATIENCE = 2
"""Updates of unknown fate after which a run leaves the others to the next one."""


def check_cards(run: Run, expected: Expected, *, is_connected: bool, is_bot: bool) -> None:
    """Check whatever was posted and updated, in a run that may have been cut short."""
    places = [channel for channel in run.channels if medium(channel) == "slack"]
    for channel in places:
        for message in run.received[channel]:
            _check_place(message, channel, run, expected, is_bot=is_bot)
    for shown in run.updated:
        id_ = run.invitation(shown.name).id
        assert id_ in expected.updates, f"{shown} was updated for nothing"
        row = expected.rows[id_]
        assert _says(shown, row), f"{shown} does not say {row}"
    for channel in places:
        fates = [fate for _, fate in _fates(run, expected, channel)]
        if not is_connected or run.before.channels[channel].rests(run.now):
            assert not fates, f"a card was updated on {channel}, which is to be left alone"
        assert "failed" not in fates[:-1]
        assert fates.count("unknown") <= PATIENCE
    _check_closed(run, expected)


def _fates(run: Run, expected: Expected, channel: str) -> list[tuple[str, str]]:
    """Return what became of the updates that are a channel's to make."""
    own = {row.card.ts for _, row in _own(run, expected, channel) if row.card}
    return [(ts, fate) for ts, fate in run.update_fates() if ts in own]


def _own(run: Run, expected: Expected, channel: str) -> list[tuple[str, Row]]:
    rows = expected.rows.items()
    return [(id_, row) for id_, row in rows if row.is_heard(channel, run.channels)]


def cards_of(run: Run, expected: Expected, *, is_bot: bool) -> Mapping[str, Card | None]:
    """Return the cards that the run has to record: posted, updated, or given up (None)."""
    found: dict[str, Card | None] = {}
    by_ts = {row.card.ts: (id_, row) for id_, row in expected.rows.items() if row.card}
    for ts, fate in dict(run.update_fates()).items():
        id_, row = by_ts[ts]
        if fate == "confirmed" and row.card:
            found[id_] = row.card.updated(row)
        elif fate in ("gone", "at fault"):
            found[id_] = None
    for message in [m for channel in run.channels for m in run.confirmed(channel)]:
        is_alone = len(message.alerts) == 1 and message.thread_ts is None
        if is_bot and is_alone and message.ts and message.place:
            ((id_, row),) = rows_of(message, run, expected)
            if row.ended_at is None:
                found[id_] = Card(ts=message.ts, place=message.place, expiry=row.expiry)
    return found


def check_updated(
    run: Run, channel: str, expected: Expected, cards: Mapping[str, Card | None]
) -> None:
    """Check that all untrue cards of a channel were updated, if no message there failed."""
    fates = {fate for _, fate in _fates(run, expected, channel)}
    if fates & {"failed", "unknown"}:
        return
    blank = {id_ for id_ in run.unanswered() if id_ in expected.alive}
    own = {id_ for id_, _ in _own(run, expected, channel)}
    left = (expected.updates & own) - cards.keys() - blank
    assert not left, f"the cards of {left} were not updated"


def check_true(memory: Memory, shown: Mapping[str, Shown], now: datetime) -> None:
    """Check, once all is healed, that every card that is left says the truth."""
    for id_, row in {**memory.closed, **memory.open}.items():
        if row.card is None or row.is_old(now):
            continue
        assert row.has_true_card(), f"{id_}: {row}"
        is_left = row.card.ts in shown
        assert not is_left or _says(shown[row.card.ts], row), f"{id_}: {shown[row.card.ts]}"


def _check_place(
    message: Message, channel: str, run: Run, expected: Expected, *, is_bot: bool
) -> None:
    """Check that a message about what has a card stands under it, if it is left there."""
    if not is_bot or len(message.alerts) != 1:
        assert message.thread_ts is None, message
        return
    ((id_, row),) = rows_of(message, run, expected)
    kind = expected.due[channel][id_]
    assert kind not in ANSWERED, message
    is_left = row.card and row.card.ts in run.shown and row.card.place == message.place
    assert message.thread_ts == (row.card.ts if row.card and is_left else None), (message, row)
    if message.thread_ts is not None:
        assert message.is_broadcast is (kind in BROADCAST), message


def _check_closed(run: Run, expected: Expected) -> None:
    """Check that no record was closed before its card says how the invitation ended."""
    for id_ in (run.before.open.keys() - run.left.open.keys()) & expected.updates:
        row = run.left.closed[id_]
        assert row.has_true_card(), f"{id_} was closed, and its card says something else"
        is_left = row.card is not None and row.card.ts in run.shown
        assert not is_left or (row.card and _says(run.shown[row.card.ts], row)), row


def _says(shown: Shown, row: Row) -> bool:
    if row.ended_at is not None:
        return shown.status == row.status
    if shown.expiry is None or row.expiry is None:
        return shown.status is None and shown.expiry == row.expiry
    return shown.status is None and abs(shown.expiry - row.expiry) <= 2 * JITTER

"""What must hold of one channel's turn, whatever was made to fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from faults.messages import CHANNELS, UNSAID, Message
from faults.schedules import model
from faults.schedules.model import (
    ANSWERED,
    HAND_OVER_AFTER,
    LEADS,
    PUNCTUAL,
    Expected,
    Row,
)
from faults.schedules.runs import SENDS, UPDATE, Run


def check_sound(run: Run, channel: str, expected: Expected) -> None:
    """Check that whatever was told was due, and was told in the right form."""
    due = expected.due[channel]
    received = [rows_of(message, run, expected) for message in run.received[channel]]
    for message, rows in zip(run.received[channel], received, strict=True):
        told = {run.invitation(alert.name).id: alert for alert in message.alerts}
        assert len(told) == len(message.alerts) == len(rows)
        for id_, row in rows:
            alert = told[id_]
            assert id_ in due, f"{alert} was not due on {channel}"
            assert alert.kind in (due[id_], UNSAID)
            assert not message.dates or alert.expiry == _whole_seconds(row.expiry)
        kinds = {due[id_] for id_ in told}
        assert kinds <= ANSWERED or not kinds & ANSWERED, f"{kinds} stand in one message"
        some = [one for one in _sorts(run, channel, expected) if one.keys() & told.keys()]
        assert len(some) <= 1, f"{told} are of several routes"
        late = kinds == {"closed.expired"}
        groups = [group for one in some for group in _groups(run, channel, one)]
        whole = told.keys() in groups or _is_apart(run, channel, told)
        is_digest = (any(map(_is_flood, some)) or kinds <= ANSWERED) and whole
        assert len(told) <= 1 or late or is_digest, "it should be a digest"
        _check_order(channel, [row for _, row in rows], run)
        _check_diverted(message, is_diverted=bool(told.keys() & expected.handed), channel=channel)
    _check_floods(run, channel, expected)
    assert run.answered not in _alone(run, channel), "it was answered, and the details said so"


def _sorts(run: Run, channel: str, expected: Expected) -> Iterator[Mapping[str, str]]:
    """Yield what is due by what may stand in one message: of one route, and all or none handed."""
    due = expected.due[channel]
    found: dict[tuple[str, bool], dict[str, str]] = {}
    for id_, kind in due.items():
        is_handed = channel == "slack" and id_ in expected.handed
        route = expected.rows[id_].present_route(run.channels)
        found.setdefault((route, is_handed), {})[id_] = kind
    yield from found.values()


def _check_floods(run: Run, channel: str, expected: Expected) -> None:
    """Check that a flood is told in as few messages as it should."""
    for some in _sorts(run, channel, expected):
        if _is_flood(some) and not _is_apart(run, channel, ()):
            told_of = [
                message
                for message in run.confirmed(channel)
                if {run.invitation(alert.name).id for alert in message.alerts} & some.keys()
            ]
            assert len(told_of) <= len(_groups(run, channel, some))


def _check_diverted(message: Message, *, is_diverted: bool, channel: str) -> None:
    """Check that what comes from elsewhere says so, unless its form is the plain one."""
    is_plain = b'"blocks"' not in message.raw
    says = message.diverted or is_plain
    is_right = says if is_diverted and channel == "slack" else not message.diverted
    assert is_right, message


def handed(run: Run, expected: Expected, *, is_connected: bool) -> Collection[str]:
    """Return what the default place takes because a route's cannot: at once, or after an hour."""
    if LEADS not in run.channels:
        return ()
    before, due = run.before.channels[LEADS], expected.due[LEADS]
    told = {run.invitation(alert.name).id for m in run.confirmed(LEADS) for alert in m.alerts}
    left = due.keys() - told - stale(run, due) - run.refuses(LEADS)
    if run.lost_its_place(LEADS):
        return left
    tries = [one for one in run.tries(LEADS) if not one.stands]
    is_resting = before.may_rest(run.now) and not tries
    has_failed = is_resting or (is_connected and (bool(tries) or run.is_unreachable(LEADS)))
    since = model.in_doubt(before, tries, run.now, handed=True).failing_since
    if since is None or not has_failed or run.now - since < HAND_OVER_AFTER - PUNCTUAL:
        return ()
    is_late = run.now - since >= HAND_OVER_AFTER or run.handed_over
    return left if is_late else ()


def stale(run: Run, due: Mapping[str, str]) -> set[str]:
    """Return what was answered after it was listed, where the details said so."""
    return {run.answered} & due.keys() & run.asked() if run.answered else set()


def _check_order(channel: str, rows: Sequence[Row], run: Run) -> None:
    """Check that the most urgent comes first; in Slack, under the heading that it belongs to."""
    under: dict[str | None, list[datetime | None]] = {}
    for row in rows:
        is_grouped = model.medium(channel) == "slack" and row.ended_at
        heading = row.status if is_grouped else None
        under.setdefault(heading, []).append(row.expiry)
    for expiries in under.values():
        assert expiries == sorted(expiries, key=lambda e: (e is None, e or run.now))


def _is_flood(due: Mapping[str, str]) -> bool:
    return sum(kind not in ANSWERED for kind in due.values()) > model.DIGEST_ABOVE


def _groups(run: Run, channel: str, due: Mapping[str, str]) -> list[set[str]]:
    """Return what is told together: what was not tried in vain before, and then what was.

    What people answered is always told together, and with nothing else.
    """
    deferred = run.before.channels[channel].deferred
    answered = {id_ for id_, kind in due.items() if kind in ANSWERED}
    others = set(due) - answered
    groups = [answered - deferred, answered & deferred]
    if _is_flood(due):
        groups += [others - deferred, others & deferred]
    return [group for group in groups if group]


def _is_apart(run: Run, channel: str, told: Collection[str]) -> bool:
    """Say whether more was refused at once, so that it was halved."""
    tries = run.tries(channel)
    return any(one.fate == "at fault" and one.ids > set(told) for one in tries)


def check_turn(run: Run, channel: str, expected: Expected, *, is_connected: bool) -> None:
    """Check when a channel is tried, and that it is left alone once it fails."""
    doubt = run.before.channels[channel]
    met = run.fates(channel)
    if not is_connected or doubt.rests(run.now):
        assert not met, f"{channel} was tried: {doubt}"
    assert "failed" not in met[:-1]
    patience = 1 if doubt.doubts else 2
    in_a_row = 0
    for fate in met:
        assert in_a_row < patience, f"{channel} was tried on: {met}"
        in_a_row = in_a_row + 1 if fate == "unknown" else 0 if fate == "confirmed" else in_a_row
    for some in _sorts(run, channel, expected):
        tried = [one for one in run.tries(channel) if one.ids & some.keys()]
        last = [bool(one.ids & doubt.deferred) for one in tried]
        assert last == sorted(last), f"what failed before was not last on {channel}"
    if run.cut is not None and not run.is_killed:
        assert not [c for c in run.calls[run.cut :] if c.operation in (*SENDS, UPDATE)], (
            "no time was left"
        )
    greeted = doubt.contacted_at is not None
    for message in run.received[channel]:
        assert message.greets is not greeted, message
        assert not message.warns or _may_warn(run, channel), message
        greeted = greeted or message in run.confirmed(channel)


def _may_warn(run: Run, channel: str) -> bool:
    """Say whether nobody has been listening on the other channel for long enough."""
    if channel not in CHANNELS:
        return False
    (other,) = set(CHANNELS) - {channel}
    warn_at = run.before.channels[other].warn_at
    return warn_at is not None and warn_at <= run.now


def check_recorded(run: Run) -> None:
    """Check that nothing is sent once a write to the ledger has failed for good."""
    lost = [i for i, c in enumerate(run.calls) if c.service == "dynamodb" and run.is_lost(c)]
    after = run.calls[lost[0] :] if lost else []
    sends = (*SENDS, UPDATE)
    assert not [call for call in after if call.operation in sends], "what it sent was not recorded"


def rows_of(message: Message, run: Run, expected: Expected) -> Sequence[tuple[str, Row]]:
    """Return a message's invitations, each as it is in this run."""
    rows = expected.rows
    ids = [run.invitation(alert.name).id for alert in message.alerts]
    unknown = [id_ for id_ in ids if id_ not in rows]
    assert not unknown, f"{unknown} are neither pending nor just ended"
    return [(id_, rows[id_]) for id_ in ids]


def _alone(run: Run, channel: str) -> set[str]:
    """Return what was told in a message of its own, with the details at hand."""
    told = [
        [run.invitation(a.name).id for a in message.alerts] for message in run.received[channel]
    ]
    return {ids[0] for ids in told if len(ids) == 1} & run.asked()


def _whole_seconds(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(microsecond=0)

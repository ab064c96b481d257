"""The invariants: what must hold of every run, whatever was made to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.wire import Call
from tests.faults import schedules
from tests.faults.schedule_messages import UNSAID, Message
from tests.faults.schedule_world import SENDS, Run
from tests.faults.schedules import CHANNELS, Case, Expected, Memory, View

MAINTENANCE = b"<html>"
AT_FAULT = (b"invalid_blocks", b"InvalidParameter")
CONNECTS = {"sns": ("sns", "ListSubscriptionsByTopic"), "slack": ("secretsmanager", "")}


@dataclass(slots=True, kw_only=True)
class Judge:
    """Holds every run against the rules, and remembers what was ever heard."""

    lag: timedelta
    complete: set[str] = field(default_factory=set)
    heard: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in CHANNELS})
    failed_sends: int = 0
    _times: Counter[tuple[str, str, str, datetime | None]] = field(default_factory=Counter)
    _unrecorded: Counter[tuple[str, str]] = field(default_factory=Counter)

    def judge(self, run: Run, connected: Collection[str]) -> None:
        """Check one run, during which these channels were connected."""
        self.failed_sends += sum(
            fate != "confirmed" for channel in CHANNELS for fate in fates(run, channel)
        )
        if _found_held(run):
            _check_held(run)
            return
        shown = schedules.view(run.cases, run.now, self.lag, run.unanswered())
        expected = schedules.expect(run.before, shown, run.now)
        for channel in CHANNELS:
            _check_sound(run, channel, expected)
            _check_turn(run, channel, is_connected=channel in connected)
            self._count(run, channel, expected)
        _check_transitions(run, expected)
        if is_blind(run):
            _check_blind(run)
        elif _is_whole(run):
            self.complete |= shown.pending.keys()
            _check_whole(run, shown, expected, connected)

    def _count(self, run: Run, channel: str, expected: Expected) -> None:
        """Check that nothing is told twice, but for what was told and could not be recorded."""
        for message in run.heard[channel]:
            for id_, row in _rows_of(message, run, expected):
                kind = expected.due[channel][id_]
                recorded = _after(run).told(id_, channel) == run.now
                self._unrecorded[channel, id_] += not recorded
                self._times[channel, id_, kind, row] += 1
                allowed = 1 + self._unrecorded[channel, id_]
                told = self._times[channel, id_, kind, row]
                assert told <= allowed, f"{kind} of {id_} told {told} times on {channel}"
                self.heard[channel].add(id_)


def fates(run: Run, channel: str) -> list[str]:
    """Return what became of each send: confirmed, unknown, at fault, or failed."""
    accepted = {message.raw for message in run.heard[channel]}
    return [_fate(call, accepted) for call in run.sends(channel)]


def _fate(call: Call, accepted: Collection[bytes]) -> str:
    if call.status == 200 and call.body in accepted:
        return "confirmed"
    if call.status == 0 or call.status >= 500:
        return "unknown"
    return "at fault" if any(word in call.answer for word in AT_FAULT) else "failed"


def is_blind(run: Run) -> bool:
    """Say whether the run could not list or read everything."""
    lists = run.of("partnercentral", "ListEngagementInvitations")
    reads = run.of("dynamodb", "Query", "BatchGetItem")
    lease = run.of("dynamodb", "UpdateItem")[:1]
    return any(map(_is_denied, [*lists, *reads, *lease])) or any(
        call.answer == MAINTENANCE for call in lists
    )


def _found_held(run: Run) -> bool:
    """Say whether the lease was another run's; the model must agree with the run."""
    until = run.before.held_until
    expected = until is not None and until >= run.now
    blind = is_blind(run)
    if run.ended is not None and not blind:
        assert run.held is expected, (run.before, run.ended.output)
    return expected and not blind


def _check_held(run: Run) -> None:
    assert run.before == run.after
    assert {(call.service, call.operation) for call in run.calls} == {("dynamodb", "UpdateItem")}
    if run.ended is not None:
        assert (run.ended.metrics, run.ended.error) == ({}, None)


def _check_blind(run: Run) -> None:
    """Check that a blind run tells nothing, concludes nothing, and says so."""
    after = _after(run)
    assert not any(run.sends(channel) for channel in CHANNELS)
    assert (after.open, after.closed) == (run.before.open, run.before.closed)
    assert after.completed_at == run.before.completed_at
    if run.ended is not None:
        assert run.ended.error is not None
        assert "Heartbeat" not in run.ended.metrics


def _check_sound(run: Run, channel: str, expected: Expected) -> None:
    """Check that whatever was told was due, and was told in the right form."""
    due = expected.due[channel]
    flood = len(due) > schedules.DIGEST_ABOVE
    heard = [_rows_of(message, run, expected) for message in run.heard[channel]]
    for message, rows in zip(run.heard[channel], heard, strict=True):
        told = {_id(run, alert.title): alert for alert in message.alerts}
        assert len(told) == len(message.alerts) == len(rows)
        for id_, expiry in rows:
            alert = told[id_]
            assert id_ in due, f"{alert} was not due on {channel}"
            assert alert.kind in (due[id_], UNSAID)
            assert alert.kind == UNSAID or alert.expiry == _whole_seconds(expiry)
        late = all(due[id_] == "closed.expired" for id_ in told)
        assert len(told) <= 1 or late or (flood and told.keys() == due.keys())
        expiries = [expiry for _, expiry in rows]
        assert expiries == sorted(expiries, key=lambda e: (e is None, e or run.now))
    if flood and heard:
        assert len([message for message in run.confirmed(channel) if message.alerts]) <= 1


def _check_turn(run: Run, channel: str, *, is_connected: bool) -> None:
    """Check when a channel is tried, and that it is left alone once it fails."""
    doubt = run.before.channels[channel]
    met = fates(run, channel)
    if not is_connected or doubt.rests(run.now):
        assert not met, f"{channel} was tried: {doubt}"
    assert "failed" not in met[:-1]
    patience = 1 if doubt.strikes else 2
    in_a_row = 0
    for fate in met:
        assert in_a_row < patience, f"{channel} was tried on: {met}"
        in_a_row = in_a_row + 1 if fate == "unknown" else 0 if fate == "confirmed" else in_a_row
    if run.cut is not None and not run.is_killed:
        assert not [c for c in run.calls[run.cut :] if c.operation in SENDS], "no time was left"
    greeted = doubt.contacted_at is not None
    for message in run.heard[channel]:
        assert message.greets is not greeted
        greeted = greeted or message in run.confirmed(channel)


def _check_transitions(run: Run, expected: Expected) -> None:
    """Check that no record is lost, closed too early, or says what its channel did not hear."""
    before, after = run.before, _after(run)
    assert {*before.open, *before.closed} <= {*after.open, *after.closed}
    for id_ in {*after.open, *after.closed}:
        for channel in CHANNELS:
            now, then = after.told(id_, channel), before.told(id_, channel)
            accepted = id_ in {
                _id(run, alert.title) for m in run.heard[channel] for alert in m.alerts
            }
            assert now == then or (now == run.now and accepted), f"{channel}, {id_}: {then} {now}"
    for id_ in before.open.keys() - after.open.keys():
        assert id_ in expected.ended, f"{id_} was closed too early"
        unheard = [c for c in CHANNELS if id_ in expected.due[c] and not after.told(id_, c)]
        assert not unheard, f"{id_} was closed and {unheard} never heard of it"


def _is_whole(run: Run) -> bool:
    """Say whether the run had all its time, and the ledger recorded all that it was given."""
    return run.cut is None and not any(map(_is_denied, run.of_service("dynamodb")))


def _check_whole(run: Run, shown: View, expected: Expected, connected: Collection[str]) -> None:
    """Check everything about a run in which at most channels and details failed."""
    assert run.ended is not None
    after = _after(run)
    assert run.ended.metrics.get("Heartbeat") == 1
    assert run.ended.metrics["Pending"] == len(shown.pending)
    assert (after.completed_at, after.held_until) == (run.now, None)
    told = {channel: _confirmed_ids(run, channel) for channel in CHANNELS}
    opened, closed = expected.after(run.before, told, run.now)
    assert after.open == opened
    assert after.closed == closed
    for channel in CHANNELS:
        doubt = schedules.in_doubt(run.before.channels[channel], fates(run, channel), run.now)
        assert after.channels[channel] == doubt
        if channel in connected and _works(run, channel):
            assert set(told[channel]) == expected.due[channel].keys() - _stale(
                run, expected.due[channel]
            ), f"{channel} works and was not told everything"
            assert after.channels[channel].contacted_at is not None
    troubled = any(_is_troubled(run, channel) for channel in CHANNELS)
    assert (run.ended.error is not None) is troubled, run.ended.output
    _check_quiet(run)


def _check_quiet(run: Run) -> None:
    """Check that a run with nothing to say writes the lease and nothing else."""
    after = _after(run)
    told = any(run.sends(channel) for channel in CHANNELS)
    if not told and (after.open, after.closed) == (run.before.open, run.before.closed):
        assert not run.of("dynamodb", "TransactWriteItems")
        assert sum(call.status == 200 for call in run.of("dynamodb", "UpdateItem")) <= 2


def _works(run: Run, channel: str) -> bool:
    return not run.before.channels[channel].may_rest(run.now) and not _is_troubled(run, channel)


def _is_troubled(run: Run, channel: str) -> bool:
    """Say whether the channel failed: a message that went well in plain form is no failure."""
    met = fates(run, channel)
    service, operation = CONNECTS[channel]
    questions = [
        call
        for call in run.of_service(service)
        if operation in call.operation and call.operation not in SENDS
    ]
    unasked = any(_is_denied(call) for call in questions)
    return unasked or "unknown" in met or "failed" in met


def _stale(run: Run, due: Mapping[str, str]) -> set[str]:
    """Return what was answered after it was listed, where the details could say so."""
    if run.answered is None or run.answered not in due or len(due) > schedules.DIGEST_ABOVE:
        return set()
    return {run.answered} - run.unanswered()


def _confirmed_ids(run: Run, channel: str) -> list[str]:
    return [_id(run, alert.title) for message in run.confirmed(channel) for alert in message.alerts]


def _rows_of(
    message: Message, run: Run, expected: Expected
) -> Sequence[tuple[str, datetime | None]]:
    """Return a message's invitations with the expiry date that each has in this run."""
    rows = {**expected.alive, **expected.ended}
    ids = [_id(run, alert.title) for alert in message.alerts]
    unknown = [id_ for id_ in ids if id_ not in rows]
    assert not unknown, f"{unknown} are neither pending nor just ended"
    return [(id_, rows[id_].expiry) for id_ in ids]


def _id(run: Run, title: str) -> str:
    return next(case.id for case in run.cases if case.title == title)


def _after(run: Run) -> Memory:
    assert run.after is not None
    return run.after


def _is_denied(call: Call) -> bool:
    return call.status == 400 and b"AccessDenied" in call.answer


def _whole_seconds(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(microsecond=0)


def check_end(judge: Judge, cases: Sequence[Case], memory: Memory, now: datetime) -> None:
    """Check, once all is healed, that no alert was lost: see docs/decisions/0003."""
    for case in cases:
        if case.id not in judge.complete or case.decided in ("ACCEPTED", "REJECTED"):
            continue
        heard = {channel for channel in CHANNELS if case.id in judge.heard[channel]}
        if case.id in memory.open:
            unknowable = case.place == "gone"
            assert heard == set(CHANNELS) or unknowable, f"{case} is open, heard on {heard}"
        else:
            assert heard or _is_history(case, memory, now), f"{case} was lost"


def _is_history(case: Case, memory: Memory, now: datetime) -> bool:
    row = memory.closed[case.id]
    ended_at = row.ended_at
    return ended_at is not None and now - ended_at > schedules.WORTH_TELLING

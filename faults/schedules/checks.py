"""Holds every run against the model, as a whole; see `turns` for one channel's turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from faults.messages import CHANNELS, Shown
from faults.schedules import model
from faults.schedules.cards import cards_of, check_cards, check_true, check_updated
from faults.schedules.model import KEPT, LEADS, Card, Expected, Invitation, Memory, View, medium
from faults.schedules.runs import Run
from faults.schedules.standing import check_standing, due_since, kept
from faults.schedules.turns import check_recorded, check_sound, check_turn, handed, rows_of, stale


@dataclass(slots=True, kw_only=True)
class Judge:
    """Holds every run against the rules, and remembers what each channel was ever told of."""

    lag: timedelta
    is_bot: bool = False
    complete: set[str] = field(default_factory=set)
    told_of: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in CHANNELS})
    failed_sends: int = 0
    _times: Counter[tuple[str, str, str, datetime | None]] = field(default_factory=Counter)
    _unrecorded: Counter[tuple[str, str]] = field(default_factory=Counter)

    def judge(self, run: Run, connected: Collection[str]) -> None:
        """Check one run, during which these channels were connected."""
        self.failed_sends += run.failed_sends()
        assert LEADS in run.channels or not run.received[LEADS], "nothing is to be told there"
        if _found_held(run):
            _check_held(run)
            return
        shown, expected = self.expectation(run, connected="slack" in connected)
        for channel in run.channels:
            check_sound(run, channel, expected)
            is_connected = medium(channel) in connected
            is_open = is_connected or _needs_nobody(run, channel, expected)
            check_turn(run, channel, expected, is_connected=is_open)
            check_standing(run, channel, is_connected=is_connected)
            self._count(run, channel, expected)
        check_cards(run, expected, is_connected="slack" in connected, is_bot=self.is_bot)
        check_recorded(run)
        _check_transitions(run, expected)
        if run.is_blind:
            _check_blind(run)
        elif run.is_uncounted:
            _check_uncounted(run)
        elif run.is_whole:
            self.complete |= shown.pending.keys()
            everything = model.view(run.invitations, run.now, self.lag, ())
            cards = cards_of(run, expected, is_bot=self.is_bot)
            _check_whole(run, shown, expected, connected, everything.expired)
            _check_kept(run, expected, cards)
            for channel in run.channels:
                if medium(channel) == "slack" and "slack" in connected and _works(run, channel):
                    check_updated(run, channel, expected, cards)

    def expectation(self, run: Run, *, connected: bool) -> tuple[View, Expected]:
        """Return what Partner Central shows to a run, and what the run has to do."""
        shown = model.view(run.invitations, run.now, self.lag, run.unanswered())
        found = run.found_expired()
        shown = replace(shown, expired={i: e for i, e in shown.expired.items() if i in found})
        expected = model.expect(run.before, shown, run.now, run.channels)
        return shown, expected.handing(handed(run, expected, is_connected=connected))

    def _count(self, run: Run, channel: str, expected: Expected) -> None:
        """Check that nothing is told twice, but for what was told and could not be recorded."""
        told_on, confirmed = medium(channel), run.confirmed(channel)
        for message in run.received[channel]:
            for id_, row in rows_of(message, run, expected):
                kind = expected.due[channel][id_]
                recorded = message in confirmed and run.left.told(id_, channel) == run.now
                self._unrecorded[told_on, id_] += not recorded
                self._times[told_on, id_, kind, row.expiry] += 1
                allowed = 1 + self._unrecorded[told_on, id_]
                told = self._times[told_on, id_, kind, row.expiry]
                assert told <= allowed, f"{kind} of {id_} told {told} times on {told_on}"
                self.told_of[told_on].add(id_)


def _found_held(run: Run) -> bool:
    """Say whether the lease was another run's; the model must agree with the run."""
    until = run.before.held_until
    expected = until is not None and until >= run.now
    if run.ended is not None and not run.is_blind:
        assert run.held is expected, (run.before, run.ended.output)
    return expected and not run.is_blind


def _check_held(run: Run) -> None:
    assert run.before == run.after
    assert {(call.service, call.operation) for call in run.calls} == {("dynamodb", "UpdateItem")}
    if run.ended is not None:
        assert (run.ended.metrics, run.ended.error) == ({}, None)


def _check_blind(run: Run) -> None:
    """Check that a blind run tells nothing, concludes nothing, and says so."""
    assert not any(run.sends(channel) for channel in run.channels)
    assert (run.left.open, run.left.closed) == (run.before.open, run.before.closed)
    assert run.left.completed_at == run.before.completed_at
    if run.ended is not None:
        assert run.ended.error is not None
        assert "Heartbeat" not in run.ended.metrics


def _check_uncounted(run: Run) -> None:
    """Check that a run that cannot count a digest says so, and leaves no channel alone for it."""
    if run.cut is not None or not run.is_recorded:
        return
    assert run.ended is not None
    assert run.ended.error is not None
    for channel in run.channels:
        _check_doubt(run, channel)


def _check_doubt(run: Run, channel: str) -> None:
    """Check that how a channel fares is kept."""
    before, after = run.before.channels[channel], run.left.channels[channel]
    doubt = model.in_doubt(before, run.tries(channel), run.now, handed=channel == LEADS)
    assert kept(after) == kept(doubt)


def _check_transitions(run: Run, expected: Expected) -> None:
    """Check that no record is lost, closed too early, or claims what its channel never received."""
    before, after = run.before, run.left
    assert {*before.open, *before.closed} <= {*after.open, *after.closed}
    for id_ in {*after.open, *after.closed}:
        for channel in CHANNELS:
            now, then = after.told(id_, channel), before.told(id_, channel)
            accepted = id_ in {
                run.invitation(alert.name).id
                for name in run.channels
                for m in run.received[name]
                for alert in m.alerts
                if medium(name) == channel
            }
            assert now == then or (now == run.now and accepted), f"{channel}, {id_}: {then} {now}"
    for id_ in before.open.keys() - after.open.keys():
        assert id_ in expected.ended, f"{id_} was closed too early"
        due = [channel for channel in run.channels if id_ in expected.due[channel]]
        untold = [channel for channel in due if after.told(id_, channel) != run.now]
        assert not untold, f"{id_} was closed and {untold} never told of it"
    _check_lifetimes(run)


def _check_lifetimes(run: Run) -> None:
    """Check that closed records are kept for 90 days, and open ones until they are closed."""
    lasting = [id_ for id_, row in run.left.open.items() if row.kept_until is not None]
    assert not lasting, f"{lasting} are open and would be forgotten"
    kept_until = (run.now + KEPT).replace(microsecond=0)
    for id_, row in run.left.closed.items():
        if row != run.before.closed.get(id_):
            assert row.kept_until == kept_until, f"{id_} is kept until {row.kept_until}"


def _check_whole(
    run: Run,
    shown: View,
    expected: Expected,
    connected: Collection[str],
    expired: Mapping[str, datetime | None],
) -> None:
    """Check everything about a run in which at most channels, details and the gap failed."""
    assert run.ended is not None
    after = run.left
    complete = not run.sees_no_gap
    assert run.ended.metrics.get("Heartbeat", 0) == complete
    assert not complete or run.ended.metrics["Pending"] == len(shown.pending)
    assert after.held_until is None
    assert after.completed_at == (run.now if complete else run.before.completed_at)
    if complete:
        _check_gap(run, expired)
    for channel in run.channels:
        _check_channel(run, channel, expected, connected, _confirmed(run, channel))
    troubled = run.sees_no_gap or any(run.is_troubled(channel) for channel in run.channels)
    assert (run.ended.error is not None) is troubled, run.ended.output
    _check_quiet(run)


def _check_kept(run: Run, expected: Expected, cards: Mapping[str, Card | None]) -> None:
    """Check that the ledger knows what was told, and where, of all that is open and has ended."""
    told = {channel: _confirmed(run, channel) for channel in run.channels}
    opened, closed = expected.after(run.before, told, cards, run.now)
    assert run.left.open == opened
    assert run.left.closed == closed


def _confirmed(run: Run, channel: str) -> list[str]:
    return [run.invitation(a.name).id for m in run.confirmed(channel) for a in m.alerts]


def _check_channel(
    run: Run, channel: str, expected: Expected, connected: Collection[str], told: Sequence[str]
) -> None:
    """Check that a channel was told everything that it could be, and what is kept of it."""
    _check_doubt(run, channel)
    after = run.left.channels[channel]
    due = expected.due[channel]
    needs_nobody = _needs_nobody(run, channel, expected)
    if (needs_nobody or medium(channel) in connected) and _works(run, channel):
        # A digest is made from summaries, and may tell of what the other channel's details belie.
        left = (stale(run, due) - set(told)) | run.refuses(channel)
        assert set(told) == due.keys() - left, f"{channel} was not told everything"
        assert after.contacted_at is not None
    if not run.is_unreachable(channel):
        updates = [
            id_
            for id_ in expected.updates
            if medium(channel) == "slack" and expected.rows[id_].is_heard(channel, run.channels)
        ]
        stands = due_since(run, channel) is not None
        is_due = bool((due and not needs_nobody) or updates or stands)
        _check_warning(run, channel, connected, is_due=is_due)


def _needs_nobody(run: Run, channel: str, expected: Expected) -> bool:
    """Say whether only programs are told, so that it is not looked whether people are reached."""
    before, due = run.before.channels[channel], expected.due[channel].values()
    is_known = before.contacted_at is not None and before.warn_at is None
    is_theirs = channel == "sns" and bool(due) and set(due) <= model.ANSWERED
    return is_theirs and is_known and not _is_new_day(run)


def _is_new_day(run: Run) -> bool:
    completed_at = run.before.completed_at
    return completed_at is None or completed_at.date() != run.now.date()


def _check_warning(run: Run, channel: str, connected: Collection[str], *, is_due: bool) -> None:
    """Check that where nobody listens it is said on the other channel, in time, once a day.

    Of a route's place nothing is said: what it lacks, the default one lacks too.
    """
    before, after = run.before.channels[channel], run.left.channels[channel]
    others = set(CHANNELS) - {channel} if channel in CHANNELS else set()
    is_connected = medium(channel) in connected
    must_look = _is_new_day(run) or before.contacted_at is None or before.warn_at is not None
    looked = not before.may_rest(run.now) and (is_due or must_look)
    if before.rests(run.now) is not before.may_rest(run.now):
        return
    said = any(_may_have_said(run, other) for other in others)
    warn_at = model.warning_at(
        before, looked=looked, connected=is_connected, said=said, now=run.now
    )
    helps = not is_connected and any(_is_warning_due(run, other) for other in others)
    assert after.warn_at == warn_at or (helps and after.warn_at == run.now + model.WARN_AFTER)
    is_able = any(o in connected and _works(run, o) and not run.refuses(o) for o in others)
    if looked and not is_connected and _is_warning_due(run, channel) and is_able:
        assert said, f"nobody was told that nobody listens on {channel}"


def _may_have_said(run: Run, channel: str) -> bool:
    """Say whether it was said on a channel, or may have been, that nobody listens elsewhere."""
    warns = any(message.warns for message in run.received[channel])
    return warns or run.may_have_warned(channel)


def _is_warning_due(run: Run, channel: str) -> bool:
    warn_at = run.before.channels[channel].warn_at
    return warn_at is not None and warn_at <= run.now


def _check_gap(run: Run, expired: Mapping[str, datetime | None]) -> None:
    """Check that all that expired while nobody looked is known once the search for it is over."""
    since = run.before.completed_at
    if since is None or run.now - since < model.BLINDNESS:
        return
    in_gap = {id_ for id_, expiry in expired.items() if expiry and since < expiry <= run.now}
    assert in_gap <= {*run.left.open, *run.left.closed}, "not all that expired was looked for"


def _check_quiet(run: Run) -> None:
    """Check that a run with nothing to say writes the lease and nothing else."""
    told = any(run.sends(channel) for channel in run.channels)
    before, after = run.before, run.left
    kept = (before.open, before.closed, before.channels)
    if not told and kept == (after.open, after.closed, after.channels):
        assert not run.of("dynamodb", "TransactWriteItems")
        assert sum(call.status == 200 for call in run.of("dynamodb", "UpdateItem")) <= 2


def _works(run: Run, channel: str) -> bool:
    """Say whether a channel failed in nothing, but for messages that were themselves at fault."""
    fates = {one.fate for one in run.tries(channel)}
    fails = run.is_unreachable(channel) or "unknown" in fates or "failed" in fates
    return not run.before.channels[channel].may_rest(run.now) and not fails


def check_asked_again(runs: Sequence[Run]) -> None:
    """Check that a run knows of the event that found the lease held while it had it."""
    run, *rivals = runs
    if run.ended is None or run.held or run.is_blind or not run.is_whole:
        return
    held = any(rival.held for rival in rivals)
    assert run.ended.summary["asked_again"] is held, run.ended.output


def check_end(
    judge: Judge,
    invitations: Sequence[Invitation],
    memory: Memory,
    shown: Mapping[str, Shown],
    now: datetime,
) -> None:
    """Check, once all is healed, that no alert was lost and that all cards are true.

    See docs/decisions/0003. `shown` is what Slack shows.
    """
    check_true(memory, shown, now)
    for invitation in invitations:
        if invitation.id not in judge.complete or invitation.decided in ("ACCEPTED", "REJECTED"):
            continue
        told = {channel for channel in CHANNELS if invitation.id in judge.told_of[channel]}
        if invitation.id in memory.open:
            unknowable = invitation.place == "gone"
            assert told == set(CHANNELS) or unknowable, f"{invitation} is open, told on {told}"
        else:
            assert told or _is_history(invitation, memory, now), f"{invitation} was lost"


def _is_history(invitation: Invitation, memory: Memory, now: datetime) -> bool:
    row = memory.closed[invitation.id]
    ended_at = row.ended_at
    return ended_at is not None and now - ended_at > model.WORTH_TELLING

"""What the ledger holds is believed only as far as a run would have written it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.model import AHEAD, ChannelState, Invitation, Record, Search, State
from notifier.core.plan import plan
from notifier.core.policy import Policy
from notifier.run import trust

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LISTED = Invitation(id="engi-1", catalog="AWS", status="PENDING", expires_at=NOW + 9 * DAY)
RECORD = Record(invitation=LISTED, first_seen=NOW - DAY)
LATER = st.timedeltas(AHEAD + SECOND, timedelta(days=300_000)).map(lambda span: NOW + span)
BELIEVED = st.timedeltas(-400 * DAY, AHEAD).map(lambda span: NOW + span)
MOMENTS = ("first_seen", "first_told", "ended_at", "end_seen")
LONGEST = {
    **dict.fromkeys(("contacted_at", "failing_since", "digest_at", "digest_before"), 0 * SECOND),
    "retry_at": timedelta(hours=1),
    "warn_at": DAY,
}
"""How far ahead a run writes what it knows of a channel."""


class Kept:
    """A ledger with one record, open and closed."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def open_records(self) -> list[Record]:
        return [self._record]

    def closed_records(self, ids: object) -> list[Record]:
        del ids
        return [self._record]

    def closed_since(self, moment: datetime) -> list[Record]:
        del moment
        return [self._record]


def opened(**fields: Any) -> Record:
    (found,) = trust.Reads(Kept(replace(RECORD, **fields)), NOW).open_records()
    return found


@given(st.sampled_from(["sns", "slack", "escalation"]), LATER)
def test_nobody_was_told_in_the_future(medium: str, moment: datetime) -> None:
    """It is told now, whatever the clock said that wrote it."""
    record = opened(told_at={medium: moment})
    assert (record.told_at, set(record.flaws)) == ({}, {f"told_{medium}"})
    due = plan(
        listed=[LISTED],
        open_records=[record],
        closed_records=(),
        answers={},
        missed=(),
        channels=["sns"],
        policy=Policy(stages=(), digest_above=5),
        now=NOW,
    )
    assert [delivery.alert.kind for delivery in due.due] == ["new"]
    assert due.observe == (record,)


@given(BELIEVED)
def test_clocks_may_differ_by_minutes(moment: datetime) -> None:
    """What a run may have written is left as it is."""
    fields: Any = dict.fromkeys(MOMENTS, moment) | {"told_at": {"sns": moment}}
    assert opened(**fields) == replace(RECORD, **fields)


@given(st.dictionaries(st.sampled_from(MOMENTS), LATER, min_size=1))
def test_no_moment_of_a_record_lies_ahead(moments: dict[str, datetime]) -> None:
    """An open record is then as if it had not ended, and as if it had just come."""
    record = opened(**moments)
    assert set(record.flaws) == set(moments)
    assert record.first_seen == (NOW if "first_seen" in moments else RECORD.first_seen)
    assert (record.first_told, record.ended_at, record.end_seen) == (None, None, None)
    fields: Any = moments
    reads = trust.Reads(Kept(replace(RECORD, **fields)), NOW)
    (closed,) = reads.closed_since(NOW)
    assert closed.ended_at is not None
    assert closed.ended_at <= NOW
    assert {line.split()[1] for line in reads.doubted} == set(moments)


@given(st.sampled_from(sorted(LONGEST)), st.sampled_from(["sns", "alarms"]), LATER)
def test_no_channel_rests_for_longer_than_a_run_lets_it(
    attribute: str, channel: str, moment: datetime
) -> None:
    """Nor is any warning, hand-over or digest put off for longer."""
    longest = 7 * DAY if (channel, attribute) == ("alarms", "warn_at") else LONGEST[attribute]
    fields: Any = {attribute: moment}
    found = State(channels={channel: ChannelState(**fields)})
    believed = trust.state(found, NOW)
    is_believed = moment <= NOW + longest + AHEAD
    assert (believed is found) is is_believed
    if not is_believed:
        kept = getattr(believed.channel(channel), attribute)
        assert kept == (NOW if attribute == "warn_at" else None)
        assert trust.to_mend(believed) == {channel: believed.channel(channel)}


@given(LATER)
def test_a_last_run_in_the_future_may_have_been_long_ago(moment: datetime) -> None:
    """So that what ended unseen is looked for, from the beginning."""
    search = Search(began_at=moment, token="on")
    believed = trust.state(State(completed_at=moment, search=search), NOW)
    assert (believed.completed_at, believed.search) == (NOW - 30 * DAY, None)


def test_what_a_newer_version_tells_is_not_ours_to_doubt() -> None:
    """Its medium is left as it is."""
    record = replace(RECORD, told_at={"teams": NOW + 9 * DAY})
    assert opened(told_at=record.told_at) == record

"""What is due: state and time in, deliveries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.core.hours import parse
from notifier.core.model import (
    ACCEPTED,
    CHANGING,
    EXPIRED,
    PENDING,
    REJECTED,
    UNKNOWN,
    Alert,
    Card,
    Invitation,
    Kind,
    Record,
)
from notifier.core.plan import Done, Plan, missed, next_expiry, plan, unresolved
from notifier.core.policy import Policy
from notifier.core.records import STALE_AFTER

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(
    stages=(72 * HOUR, 24 * HOUR, 4 * HOUR),
    digest_above=5,
    answers_to=frozenset({"sns"}),
    cards_on="slack",
)
CHANNELS = ("sns", "slack")


def invitation(
    id_: str = "engi-1", *, left: timedelta | None = 100 * HOUR, status: str | None = PENDING
) -> Invitation:
    return Invitation(
        id=id_,
        catalog="AWS",
        status=status,
        expires_at=None if left is None else NOW + left,
    )


def record(
    invitation: Invitation, *, ended: datetime | None = None, **told: timedelta | None
) -> Record:
    """Return a record whose channels were told so long ago; None for never."""
    return Record(
        invitation=invitation.remembered(),
        first_seen=NOW - 200 * HOUR,
        told_at={channel: NOW - ago for channel, ago in told.items() if ago is not None},
        ended_at=ended,
    )


def planned(
    listed: Sequence[Invitation] = (),
    records: Sequence[Record] = (),
    *,
    closed: Sequence[Record] = (),
    answers: Mapping[str, Invitation | None] | None = None,
    lost: Sequence[Invitation] = (),
    channels: Sequence[str] = CHANNELS,
    now: datetime = NOW,
) -> Plan:
    return plan(
        listed=listed,
        open_records=records,
        closed_records=closed,
        answers=answers or {},
        missed=lost,
        channels=channels,
        policy=POLICY,
        now=now,
    )


def closable(due: Plan, done: Done, now: datetime) -> tuple[Record, ...]:
    return due.settled(done, now)[0]


def kinds(alerts: Sequence[Alert]) -> list[str]:
    return [
        f"{alert.kind}" + ("" if alert.stage_hours is None else f".{alert.stage_hours}")
        for alert in alerts
    ]


def test_an_invitation_never_seen_is_new_on_every_channel() -> None:
    """First sight makes one `new` per channel and a record to write."""
    due = planned([invitation()])
    assert [(d.channel, d.alert.kind) for d in due.due] == [("sns", Kind.NEW), ("slack", Kind.NEW)]
    assert [r.first_seen for r in due.observe] == [NOW]


def test_what_every_channel_was_told_is_quiet() -> None:
    """Nothing is due, and nothing is written, between the stages."""
    quiet = invitation()
    due = planned([quiet], [record(quiet, sns=HOUR, slack=HOUR)])
    assert due == Plan(observe=(), due=(), ended=())


def test_channels_are_told_apart() -> None:
    """A channel that was never told is, whatever the other one knows."""
    one = invitation()
    due = planned([one], [record(one, sns=HOUR)])
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == ([], ["new"])


@pytest.mark.parametrize(
    ("left", "told_ago", "expected"),
    [
        (72 * HOUR + timedelta(seconds=1), 48 * HOUR, []),
        (72 * HOUR, 48 * HOUR, ["expiring.72"]),
        (30 * HOUR, 72 * HOUR, ["expiring.72"]),
        (30 * HOUR, 40 * HOUR, []),
        (24 * HOUR, 40 * HOUR, ["expiring.24"]),
        (3 * HOUR, 100 * HOUR, ["expiring.4"]),
        (3 * HOUR, HOUR / 2, []),
        (timedelta(seconds=1), 10 * HOUR, ["expiring.4"]),
        (timedelta(0), 100 * HOUR, []),
        (-HOUR, 100 * HOUR, []),
        (None, 100 * HOUR, []),
    ],
)
def test_a_stage_is_due_once_it_began_after_the_last_telling(
    left: timedelta | None, told_ago: timedelta, expected: list[str]
) -> None:
    """Of the stages that began since the channel was told, the most urgent one is due."""
    one = invitation(left=left)
    due = planned([one], [record(one, sns=told_ago, slack=timedelta(0))])
    assert kinds(due.on("sns")) == expected


@pytest.mark.parametrize("left", [23 * HOUR, 3 * HOUR, -HOUR, None])
def test_first_sight_is_one_new_and_no_reminder(left: timedelta | None) -> None:
    """Whatever the time left, an invitation that was never told gets one `new`."""
    assert kinds(planned([invitation(left=left)]).on("sns")) == ["new"]


def test_a_moved_expiry_arms_its_stages_again() -> None:
    """A reminder given for the old date is given again for the new one."""
    moved = invitation(left=24 * HOUR)
    due = planned([moved], [record(replace(moved, expires_at=NOW), sns=25 * HOUR, slack=HOUR)])
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == (["expiring.24"], ["expiring.24"])


def test_jitter_in_the_expiry_repeats_nothing() -> None:
    """A date that moves by seconds around the moment of telling makes no second reminder."""
    told = timedelta(minutes=5)
    for seconds in range(-30, 31):
        jittered = invitation(left=24 * HOUR - told + timedelta(seconds=seconds))
        assert not planned([jittered], [record(jittered, sns=told, slack=told)]).due


def test_each_delivery_says_why() -> None:
    """An alert carries its reason in words."""
    one = invitation(left=20 * HOUR)
    due = planned([one], [record(one, sns=90 * HOUR)])
    assert [d.alert.reason for d in due.due] == [
        "under 24 h to expiry; sns was last told 2026-02-26T15:00Z",
        "slack was never told",
    ]


def test_deliveries_are_sorted_by_expiry() -> None:
    """The most urgent comes first, what has no date last."""
    lefts = {"a": 50 * HOUR, "b": None, "c": 2 * HOUR, "d": 9 * HOUR}
    due = planned([invitation(id_, left=left) for id_, left in lefts.items()])
    assert [alert.invitation.id for alert in due.on("sns")] == ["c", "d", "a", "b"]


def test_a_listing_that_shows_one_twice_counts_it_once() -> None:
    """An id is planned once, however often the pages show it."""
    assert len(planned([invitation(), invitation()]).on("sns")) == 1


@pytest.mark.parametrize("status", [ACCEPTED, REJECTED, EXPIRED])
def test_a_listed_entry_that_is_not_pending_is_not_alerted_on(status: str) -> None:
    """A known status other than PENDING in the listing makes no alert."""
    assert not planned([invitation(status=status)]).due


@pytest.mark.parametrize("status", ["ESCALATED", None])
def test_a_status_nobody_has_heard_of_counts_as_open(status: str | None) -> None:
    """An unknown or missing status in the listing loses no alert."""
    assert kinds(planned([invitation(status=status)]).on("slack")) == ["new"]


def test_what_expired_untold_is_told_still_and_then_closed() -> None:
    """Somebody missed it, or the notifier did: `closed.expired` on every channel, then closure."""
    gone = invitation(left=-HOUR)
    due = planned(records=[record(gone)], answers={gone.id: replace(gone, status=EXPIRED)})
    assert kinds(due.on("sns")) == kinds(due.on("slack")) == ["closed.expired"]
    told = {("sns", gone.id), ("slack", gone.id)}
    assert closable(due, Done(told={("sns", gone.id)}), NOW) == ()
    assert closable(due, Done(told={("sns", gone.id)}, off={"slack"}), NOW)
    (closed,) = closable(due, Done(told=told), NOW)
    assert closed.told_at == {"sns": NOW, "slack": NOW}
    assert closed.ended_at == gone.expires_at
    ((ended,), (waiting,)) = (
        due.settled(Done(told=told, diverted={gone.id}), NOW)[0],
        due.settled(Done(told={("sns", gone.id)}), NOW)[1],
    )
    assert (ended.diverted, waiting.diverted) == (True, False)
    assert (waiting.told_at, waiting.first_told) == ({"sns": NOW}, NOW)


def test_what_somebody_was_told_of_expires_there_and_not_where_nobody_knew() -> None:
    """The channel that was told hears how it ended; the other one is spared old news."""
    gone = invitation(left=-HOUR)
    due = planned(
        records=[record(gone, sns=50 * HOUR)], answers={gone.id: replace(gone, status=EXPIRED)}
    )
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == (["closed.expired"], [])
    assert not closable(due, Done(), NOW)
    assert closable(due, Done(told={("sns", gone.id)}), NOW)


def test_an_end_is_old_news_where_another_channel_knew_in_time() -> None:
    """It is, though that channel was told of the end meanwhile."""
    gone = invitation(left=-HOUR, status=EXPIRED)
    known = replace(record(gone, sns=timedelta(0), ended=NOW - HOUR), first_told=NOW - 50 * HOUR)
    assert kinds(planned(records=[known]).on("slack")) == []


@pytest.mark.parametrize(
    ("status", "kind"), [(ACCEPTED, "closed.accepted"), (REJECTED, "closed.rejected")]
)
def test_an_answer_is_told_where_answers_are_wanted(status: str, kind: str) -> None:
    """Programs get every end of what they were told of; people know what they did."""
    gone = invitation()
    due = planned(
        records=[record(gone, sns=50 * HOUR, slack=50 * HOUR)],
        answers={gone.id: replace(gone, status=status)},
    )
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == ([kind], [])
    assert not closable(due, Done(), NOW)
    assert closable(due, Done(told={("sns", gone.id)}), NOW)


@pytest.mark.parametrize("status", [ACCEPTED, REJECTED])
def test_an_answer_is_no_news_to_a_channel_that_never_knew(status: str) -> None:
    """What was answered before anybody was told of it is closed in silence."""
    gone = invitation()
    due = planned(records=[record(gone)], answers={gone.id: replace(gone, status=status)})
    assert not due.due
    assert closable(due, Done(), NOW)


def test_a_closure_is_told_once() -> None:
    """Told at its end or later, nothing is left."""
    gone = invitation(status=ACCEPTED)
    due = planned(records=[record(gone, sns=HOUR, ended=NOW - HOUR)])
    assert not due.due
    assert closable(due, Done(), NOW)


CARD = Card(channel="C1", ts="1772442000.000100", expires_at=NOW + 100 * HOUR)


def test_a_card_is_updated_when_its_invitation_ends() -> None:
    """Whatever became of it; and the record is closed only once the card says so."""
    gone = invitation()
    old = replace(record(gone, sns=HOUR, slack=HOUR), card=CARD)
    due = planned(records=[old], answers={gone.id: replace(gone, status=ACCEPTED)})
    (update,) = due.updates_on("slack")
    assert (update.kind, update.card, update.ended_at) == (Kind.CLOSED_ACCEPTED, CARD, NOW)
    told = Done(told={("sns", gone.id)})
    assert not closable(due, told, NOW)
    shown = replace(CARD, status=ACCEPTED)
    (closed,) = closable(due, replace(told, trued={gone.id: shown}), NOW)
    assert closed.card == shown
    (closed,) = closable(due, replace(told, trued={gone.id: None}), NOW)
    assert closed.card is None


@pytest.mark.parametrize(
    ("moved", "status", "is_updated"),
    [
        (0 * HOUR, None, False),
        (timedelta(seconds=59), None, False),
        (timedelta(minutes=2), None, True),
        (0 * HOUR, ACCEPTED, True),
    ],
    ids=["as it was", "jitter", "moved", "listed again after it ended"],
)
def test_a_card_shows_the_present_date(
    moved: timedelta, status: str | None, *, is_updated: bool
) -> None:
    """An open invitation's card follows its expiry date; a second's jitter is no change."""
    one = invitation(left=100 * HOUR + moved)
    old = replace(record(one, sns=HOUR, slack=HOUR), card=replace(CARD, status=status))
    updates = planned([one], [old]).updates_on("slack")
    assert [update.kind for update in updates] == ([Kind.NEW] if is_updated else [])


def test_a_card_is_recorded_as_changing_before_its_update() -> None:
    """What it was updated to may go unrecorded, and what is so may change back."""
    shown = Card(channel="C0", ts="1.0", expires_at=NOW + 100 * HOUR)
    moved = replace(record(invitation(), sns=HOUR, slack=HOUR), card=shown)
    due = planned([invitation(left=90 * HOUR)], [moved])
    assert [r.card and r.card.status for r in due.observe] == [CHANGING]
    back = replace(moved, card=replace(shown, status=CHANGING))
    assert len(planned([invitation()], [back]).updates) == 1
    ended = replace(invitation(), status=EXPIRED)
    assert len(planned(records=[back], answers={ended.id: ended}).updates) == 1


def test_a_card_on_a_channel_that_was_taken_away_holds_up_nothing() -> None:
    """Deployed again without Slack, nobody can update it: the record is closed all the same."""
    gone = invitation()
    old = replace(record(gone, sns=HOUR, slack=HOUR), card=CARD)
    due = planned(
        records=[old], answers={gone.id: replace(gone, status=ACCEPTED)}, channels=("sns",)
    )
    assert not due.updates
    assert closable(due, Done(told={("sns", gone.id)}), NOW)


def test_a_reminder_goes_under_the_card_of_its_channel() -> None:
    """And knows whether it is the last one."""
    for left, last in ((71 * HOUR, False), (3 * HOUR, True)):
        one = invitation(left=left)
        card = replace(CARD, expires_at=one.expires_at)
        due = planned([one], [replace(record(one, sns=99 * HOUR, slack=99 * HOUR), card=card)])
        (mail,), (post,) = due.on("sns"), due.on("slack")
        assert (mail.card, post.card) == (None, card)
        assert (mail.last, post.last) == (last, last)


# Working hours. NOW is a Monday, 09:00 UTC.

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = replace(POLICY, working_hours=parse("Mon-Fri 09:00-17:00", BERLIN))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def reminders(expiry: str, told: str, now: str, policy: Policy = OFFICE) -> list[str]:
    """Return what is due at `now` on a channel that was last told at `told`."""
    one = replace(invitation(), expires_at=moment(expiry))
    old = Record(invitation=one, first_seen=moment(told), told_at={"sns": moment(told)})
    due = plan(
        listed=[one],
        open_records=[old],
        closed_records=(),
        answers={},
        missed=(),
        channels=("sns",),
        policy=policy,
        now=moment(now),
    )
    return kinds(due.on("sns"))


@pytest.mark.parametrize(
    ("expiry", "told", "now", "due"),
    [
        # 24 hours before Monday 09:00 is Sunday: said on Friday, in the last minute before five.
        ("2026-03-09 09:00", "2026-03-06 12:00", "2026-03-06 16:58", []),
        ("2026-03-09 09:00", "2026-03-06 12:00", "2026-03-06 16:59", ["expiring.4"]),
        ("2026-03-09 15:00", "2026-03-06 12:00", "2026-03-06 17:00", ["expiring.24"]),
        ("2026-03-09 15:00", "2026-03-06 17:00", "2026-03-08 15:05", []),
        ("2026-03-09 15:00", "2026-03-06 17:00", "2026-03-09 11:00", ["expiring.4"]),
        # Within hours nothing moves.
        ("2026-03-12 16:00", "2026-03-02 10:00", "2026-03-09 15:59", []),
        ("2026-03-12 16:00", "2026-03-02 10:00", "2026-03-09 16:00", ["expiring.72"]),
        # A stage that was brought before the invitation arrived is past.
        ("2026-03-09 15:00", "2026-03-07 10:00", "2026-03-07 10:05", []),
        # Over the end of a month, and over the change of the clocks on 29 March.
        ("2026-03-02 15:00", "2026-02-26 10:00", "2026-02-27 16:59", ["expiring.24"]),
        ("2026-03-30 14:00", "2026-03-27 14:05", "2026-03-27 16:59", ["expiring.24"]),
    ],
)
def test_a_stage_outside_working_hours_is_brought_forward(
    expiry: str, told: str, now: str, due: list[str]
) -> None:
    """To the last working minute before it; of stages that coincide the most urgent is told."""
    assert reminders(expiry, told, now) == due


def test_without_working_hours_nothing_is_brought_forward() -> None:
    """Then a stage begins when it begins, be it on a Sunday."""
    given = ("2026-03-09 15:00", "2026-03-07 10:00")
    assert reminders(*given, "2026-03-08 14:59", POLICY) == []
    assert reminders(*given, "2026-03-08 15:00", POLICY) == ["expiring.24"]


def test_the_other_channel_is_told_of_the_expiry_later() -> None:
    """Being told that it expired is not being told of it in time: the second channel follows."""
    gone = invitation(left=-10 * HOUR, status=EXPIRED)
    due = planned(records=[record(gone, sns=HOUR, ended=gone.expires_at)])
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == ([], ["closed.expired"])


def test_old_news_are_dropped() -> None:
    """Long after its end an invitation is closed though a channel never heard of it."""
    ended = NOW - STALE_AFTER - HOUR
    gone = invitation(left=ended - NOW, status=EXPIRED)
    due = planned(records=[record(gone, ended=ended)])
    assert not due.due
    assert closable(due, Done(), NOW)


def test_absent_is_not_expired() -> None:
    """What left the list and could not be asked for stays as it is until past its expiry."""
    gone = invitation(left=3 * HOUR)
    old = record(gone, sns=100 * HOUR)
    for answers in ({}, {gone.id: None}):
        assert planned(records=[old], answers=answers) == Plan(observe=(), due=(), ended=())


def test_a_status_that_nobody_knows_ends_it_when_it_is_heard_twice() -> None:
    """It is written down at first; what people are told then is the word."""
    gone = invitation(left=3 * HOUR)
    answer = replace(gone, status="WITHDRAWN")
    first = planned(records=[record(gone, sns=HOUR)], answers={gone.id: answer})
    assert (first.due, first.ended) == ((), ())
    (heard,) = first.observe
    assert heard.invitation.status == "WITHDRAWN"
    second = planned(records=[heard], answers={gone.id: answer})
    assert kinds(second.on("sns")) == ["closed.other"]
    assert second.ended[0].ended_at == NOW


def test_past_its_expiry_an_unanswered_question_closes_as_unknown() -> None:
    """Only then is the invitation given up, and told of if nobody ever was."""
    gone = invitation(left=-HOUR)
    due = planned(records=[record(gone)], answers={gone.id: None})
    assert [r.invitation.status for r in due.ended] == [UNKNOWN]
    assert kinds(due.on("sns")) == ["closed.expired"]


def test_without_a_date_an_unanswered_question_is_given_up_after_a_month() -> None:
    """An invitation with no expiry date is not asked for for ever."""
    gone = invitation(left=None)
    young = replace(record(gone), first_seen=NOW - STALE_AFTER + HOUR)
    old = replace(record(gone), first_seen=NOW - STALE_AFTER)
    assert not planned(records=[young], answers={gone.id: None}).ended
    assert planned(records=[old], answers={gone.id: None}).ended


def test_still_pending_is_planned_as_if_listed() -> None:
    """An invitation that the list left out but is pending gets its reminders."""
    gone = invitation(left=3 * HOUR)
    due = planned(records=[record(gone, sns=90 * HOUR)], answers={gone.id: gone})
    assert kinds(due.on("sns")) == ["expiring.4"]


def test_of_what_left_the_list_nothing_but_its_date_is_taken_from_the_answer() -> None:
    """The rest of it stays with Partner Central: the ledger keeps what was listed."""
    gone = invitation(left=99 * HOUR)
    answer = replace(gone, title="Not for the ledger", expires_at=NOW + HOUR)
    (kept,) = planned(records=[record(gone, sns=HOUR)], answers={gone.id: answer}).observe
    assert kept.invitation == replace(gone, expires_at=NOW + HOUR)


def test_an_expired_but_listed_invitation_is_not_closed() -> None:
    """The list is the truth: what it shows as pending stays open past its expiry."""
    late = invitation(left=-HOUR)
    due = planned([late], [record(late, sns=HOUR, slack=HOUR)])
    assert not due.due
    assert not due.ended


def test_an_invitation_listed_again_remembers_what_was_told() -> None:
    """A closed one that comes back is open again, without a second `new`."""
    back = invitation(left=3 * HOUR)
    due = planned([back], closed=[record(back, sns=HOUR, slack=10 * HOUR, ended=NOW - HOUR)])
    assert (kinds(due.on("sns")), kinds(due.on("slack"))) == ([], ["expiring.4"])
    assert [r.ended_at for r in due.observe] == [None]


def test_what_came_and_went_in_a_gap_is_told() -> None:
    """An invitation that expired while nobody looked is told as expired and recorded."""
    lost = invitation(left=-HOUR, status=EXPIRED)
    due = planned(lost=[lost])
    assert kinds(due.on("sns")) == kinds(due.on("slack")) == ["closed.expired"]
    assert [r.ended_at for r in due.observe] == [lost.expires_at]


def test_only_what_expired_in_the_gap_was_missed() -> None:
    """Neither older ones, nor known ones, nor those without a date were missed."""
    candidates = [
        invitation("in", left=-HOUR),
        invitation("before", left=-50 * HOUR),
        invitation("known", left=-HOUR),
        invitation("undated", left=None),
    ]
    found = missed(candidates, {"known"}, since=NOW - 48 * HOUR, now=NOW)
    assert [invitation.id for invitation in found] == ["in"]


def test_only_open_records_that_left_the_list_are_asked_for() -> None:
    """What is listed, or has ended already, needs no question."""
    records = [
        record(invitation("listed")),
        record(invitation("gone")),
        record(invitation("over"), ended=NOW),
    ]
    assert unresolved([invitation("listed")], records) == ["gone"]


def test_a_change_is_recorded_once() -> None:
    """A moved expiry or a new title is written, an unchanged record is not."""
    one = invitation()
    known = record(one, sns=HOUR, slack=HOUR)
    assert not planned([replace(one, arn="arn:elsewhere")], [known]).observe
    (changed,) = planned([replace(one, title="Renamed")], [known]).observe
    assert changed.invitation.title == "Renamed"


def test_an_alert_keeps_its_name_when_it_is_repeated() -> None:
    """The id is stable under repetition and a second's jitter, and differs between stages."""
    one = invitation(left=20 * HOUR)
    reminder = Alert(kind=Kind.EXPIRING, invitation=one, reason="", since=NOW, stage=24 * HOUR)
    jittered = replace(one, expires_at=NOW + 20 * HOUR + timedelta(seconds=1))
    assert reminder.alert_id == "engi-1/expiring.24h/20260303T05Z"
    assert replace(reminder, invitation=jittered).alert_id == reminder.alert_id
    assert replace(reminder, stage=4 * HOUR).alert_id != reminder.alert_id
    assert Alert(kind=Kind.NEW, invitation=one, reason="", since=NOW).alert_id == "engi-1/new"


@pytest.mark.parametrize(
    ("left", "told_ago", "overdue"),
    [
        (100 * HOUR, None, 200 * HOUR),
        (70 * HOUR, 100 * HOUR, 2 * HOUR),
        (3 * HOUR, 100 * HOUR, HOUR),
        (80 * HOUR, 100 * HOUR, 0 * HOUR),
    ],
    ids=["never told since it was seen", "its third day", "its last hours", "nothing is due"],
)
def test_a_delivery_is_overdue_from_its_moment_on(
    left: timedelta, told_ago: timedelta | None, overdue: timedelta
) -> None:
    """From first sight for `new`, from the beginning of its stage for a reminder."""
    one = invitation(left=left)
    due = planned([one], [record(one, sns=told_ago, slack=told_ago)])
    assert due.overdue(Done(), NOW) == overdue


def test_what_was_told_is_not_overdue() -> None:
    """The oldest of what is left counts; a channel that is off has nothing left."""
    old, young = invitation("engi-1", left=70 * HOUR), invitation("engi-2", left=71 * HOUR)
    told = 100 * HOUR
    due = planned([old, young], [record(i, sns=told, slack=told) for i in (old, young)])
    done = {("sns", "engi-1"), ("slack", "engi-1")}
    assert due.overdue(Done(told=done), NOW) == HOUR
    assert due.overdue(Done(told=done, moot={("sns", "engi-2")}, off={"slack"}), NOW) == 0 * HOUR


def test_an_end_nobody_was_told_of_is_overdue_from_the_end_on() -> None:
    """`closed.expired` counts from the expiry."""
    gone = invitation(left=-5 * HOUR, status=EXPIRED)
    due = planned([], [record(gone)], answers={"engi-1": gone})
    assert due.overdue(Done(), NOW) == 5 * HOUR


def test_the_next_expiry_is_the_first_still_ahead() -> None:
    """What has expired, or has no date, does not count."""
    lefts = (-HOUR, None, 30 * HOUR, 20 * HOUR)
    listed = [invitation(f"engi-{n}", left=left) for n, left in enumerate(lefts)]
    assert next_expiry(listed, NOW) == 20 * HOUR
    assert next_expiry(listed[:2], NOW) is None

"""What is said to be due next is what the next runs tell: random ledgers and inboxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.forecast import Known, Ticks, forecast
from cli.look import look
from notifier.core.hours import parse
from notifier.core.message import Message
from notifier.core.model import (
    ACCEPTED,
    ANSWERED,
    EXPIRED,
    PENDING,
    REJECTED,
    Alert,
    Card,
    ChannelState,
    Invitation,
    NotConnected,
    Record,
    State,
)
from notifier.core.policy import Policy
from notifier.core.ports import Connected, Gone, Off, Sent
from notifier.run.budget import Budget
from notifier.run.run import Parts, run
from proof.story import Truth
from proof.world.effects import unbroken
from proof.world.ledger import MemoryLedger, Table
from proof.world.partner_central import Inbox, MemoryPartnerCentral

NOW = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANNELS = ("sns", "slack")
RUNS = 120
Answer = Connected | NotConnected | Off
HOURS = parse("Mon-Fri 09:00-17:00", UTC)


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Return moments so many minutes from now."""
    return st.integers(first * 60, last * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@dataclass(slots=True)
class Told:
    """A channel that keeps what it is told; `answer` is what it says when it is connected."""

    answer: Answer
    alerts: list[tuple[datetime, Alert]] = field(default_factory=list)

    def connect(self) -> Answer:
        return self.answer

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return [tuple(alerts)]

    def send(self, message: Message) -> Sent:
        self.alerts += [(message.now, alert) for alert in message.alerts]
        return Sent()

    def update(self, card: Card, message: Message) -> Gone:
        del card, message
        return Gone("there are no cards here")


@st.composite
def inboxes(draw: st.DrawFn) -> Inbox:
    """Return invitations that are listed, hidden or gone."""
    inbox = Inbox()
    for number in range(draw(st.sampled_from([0, 1, 4, 6, 8, 10]))):
        status = draw(st.sampled_from([*[PENDING] * 7, ACCEPTED, REJECTED, EXPIRED]))
        came_at = draw(moments(-300, -1))
        expires_at = draw(st.sampled_from([None]) | moments(-40, 110) | moments(1, 110))
        truth = Truth(
            id=f"engi-{number}",
            came_at=came_at,
            deadlines=[(came_at, expires_at)],
            answered=None if status == PENDING else (came_at, status),
            place=draw(st.sampled_from([*["listed"] * 5, "hidden", "gone"])),
        )
        inbox.truths[truth.id] = truth
    return inbox


@st.composite
def tables(draw: st.DrawFn, truths: Iterable[Truth]) -> Table:
    """Return a table that knows some of them, each channel told some time ago or never."""
    table = Table(completed_at=NOW - draw(st.sampled_from([2, 2, 2, 3000])) * timedelta(minutes=1))
    for truth in truths:
        told = {channel: draw(st.none() | moments(-100, 0)) for channel in CHANNELS}
        expires_at = truth.deadline(NOW)
        before = expires_at is None or draw(st.booleans())
        known = Record(
            invitation=Invitation(
                id=truth.id,
                catalog="AWS",
                status=PENDING,
                expires_at=expires_at if before else draw(moments(1, 200)),
            ),
            first_seen=draw(moments(-760, -1)),
            told_at={channel: at for channel, at in told.items() if at},
        )
        place = draw(st.sampled_from([*["open"] * 5, "closed", "nowhere"]))
        if place == "open":
            table.opened[truth.id] = known
        elif place == "closed":
            table.closed[truth.id] = known
    table.channels = {channel: draw(states()) for channel in CHANNELS}
    return table


def states() -> st.SearchStrategy[ChannelState]:
    rests = st.none() | moments(0, 1)  # No longer: a run would not believe it.
    return rests.map(lambda at: ChannelState(contacted_at=NOW - HOUR, retry_at=at))


ANSWERS: st.SearchStrategy[Answer] = st.sampled_from(
    [*[Connected()] * 5, NotConnected(channel="sns", remedy="confirm"), Off()]
)
POLICIES = st.builds(
    Policy,
    stages=st.sampled_from([(72 * HOUR, 24 * HOUR, 4 * HOUR), (48 * HOUR, 47 * HOUR), (HOUR,)]),
    digest_above=st.just(100),  # What comes in drops may wait for minutes: that is not foretold.
    answers_to=st.just(frozenset({"sns"})),
    cards_on=st.just("slack"),
    working_hours=st.sampled_from([None, HOURS]),
)


@given(st.data())
@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_what_is_due_next_is_what_the_next_runs_tell(data: st.DataObject) -> None:
    """Every alert of the next runs is foretold: the run, the channel, the kind and the reason."""
    draw = data.draw
    inbox: Inbox = draw(inboxes())
    table, policy = draw(tables(inbox.truths.values())), draw(POLICIES)
    answers: dict[str, Answer] = {channel: draw(ANSWERS) for channel in CHANNELS}
    period = draw(st.sampled_from([5, 30, 60, 60])) * timedelta(minutes=1)
    known = look(
        MemoryPartnerCentral(inbox, unbroken(), NOW),
        MemoryLedger(table, unbroken(), owner="look"),
        channels=CHANNELS,
        policy=policy,
        now=NOW,
        silent={name for name, a in answers.items() if isinstance(a, NotConnected)},
        off={name for name, a in answers.items() if isinstance(a, Off)},
    )
    foretold = said(known, table.state(), period)
    channels = {name: Told(answer) for name, answer in answers.items()}
    end = play(table, inbox, channels, policy, period)
    told = {
        entry(name, at, alert)
        for name, told in channels.items()
        for at, alert in told.alerts
        # What is for programs alone is published though nobody may hear it.
        if isinstance(answers[name], Connected) or alert.kind not in ANSWERED
    }
    assert {one for one in foretold if one[0] <= end} == told


def said(known: Known, state: State, period: timedelta) -> set[Any]:
    found = forecast(known, NOW, Ticks(state.completed_at, period))
    return {entry(one.channel, one.at, one.alert) for one in found if one.at is not None}


def play(
    table: Table,
    inbox: Inbox,
    channels: dict[str, Told],
    policy: Policy,
    period: timedelta,
) -> datetime:
    """Run so often, as the schedule does; return when the last run was."""
    assert table.completed_at is not None
    now = table.completed_at
    while now < NOW:
        now += period
    for number in range(RUNS):
        parts = Parts(
            source=MemoryPartnerCentral(inbox, unbroken(), now),
            ledger=MemoryLedger(table, unbroken(), owner=f"run {number}"),
            channels={name: lambda channel=channel: channel for name, channel in channels.items()},  # type: ignore[misc]
            policy=policy,
            catalog="AWS",
            budget=Budget(lambda: 120.0),
        )
        assert not run(parts, now).errors
        now += period
    return now - period


def entry(channel: str, at: datetime, alert: Alert) -> tuple[Any, ...]:
    """Return what has to agree."""
    kind = (alert.kind, alert.stage, alert.invitation.id)
    return (at, channel, *kind, alert.since, alert.reason)

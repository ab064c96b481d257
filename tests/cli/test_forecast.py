"""What is said to be due next is what the next runs tell: random ledgers and inboxes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.forecast import Known, Ticks, forecast
from cli.look import look
from notifier.core.hours import parse
from notifier.core.model import (
    ACCEPTED,
    ANSWERED,
    EXPIRED,
    PENDING,
    REJECTED,
    Alert,
    ChannelState,
    Invitation,
    NotConnected,
    Record,
    State,
)
from notifier.core.policy import Policy
from notifier.core.ports import Connected, Off
from notifier.run.budget import Budget
from notifier.run.run import Parts, run
from tests.cli.memory import Clock, Inbox, Ledger, Told

NOW = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANNELS = ("sns", "slack")
RUNS = 120
HOURS = parse("Mon-Fri 09:00-17:00", UTC)


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Return moments so many minutes from now."""
    return st.integers(first * 60, last * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def inboxes(draw: st.DrawFn) -> tuple[list[Invitation], dict[str, str]]:
    """Return invitations, and where they are: listed, hidden or gone."""
    invitations, places = [], {}
    for number in range(draw(st.sampled_from([0, 1, 4, 6, 8, 10]))):
        invitation = Invitation(
            id=f"engi-{number}",
            catalog="AWS",
            status=draw(st.sampled_from([*[PENDING] * 7, ACCEPTED, REJECTED, EXPIRED])),
            invited_at=draw(moments(-300, -1)),
            expires_at=draw(st.sampled_from([None]) | moments(-40, 110) | moments(1, 110)),
        )
        invitations.append(invitation)
        places[invitation.id] = draw(st.sampled_from([*["listed"] * 5, "hidden", "gone"]))
    return invitations, places


@st.composite
def ledgers(draw: st.DrawFn, invitations: Sequence[Invitation]) -> Ledger:
    """Return a ledger that knows some of them, each channel told some time ago or never."""
    ledger = Ledger()
    for invitation in invitations:
        told = {channel: draw(st.none() | moments(-100, 0)) for channel in CHANNELS}
        before = invitation.expires_at is None or draw(st.booleans())
        known = Record(
            invitation=Invitation(
                id=invitation.id,
                catalog="AWS",
                status=PENDING,
                expires_at=invitation.expires_at if before else draw(moments(1, 200)),
            ),
            first_seen=draw(moments(-760, -1)),
            told_at={channel: at for channel, at in told.items() if at},
        )
        place = draw(st.sampled_from([*["open"] * 5, "closed", "nowhere"]))
        if place == "open":
            ledger.opened[invitation.id] = known
        elif place == "closed":
            ledger.closed[invitation.id] = known
    ledger.kept = State(
        completed_at=NOW - draw(st.sampled_from([2, 2, 2, 3000])) * timedelta(minutes=1),
        channels={channel: draw(states()) for channel in CHANNELS},
    )
    return ledger


def states() -> st.SearchStrategy[ChannelState]:
    rests = st.none() | moments(0, 2)
    return rests.map(lambda at: ChannelState(contacted_at=NOW - HOUR, retry_at=at))


Answer = Connected | NotConnected | Off
ANSWERS: st.SearchStrategy[Answer] = st.sampled_from(
    [*[Connected()] * 5, NotConnected(channel="sns", remedy="confirm"), Off()]
)
POLICIES = st.builds(
    Policy,
    stages=st.sampled_from([(72 * HOUR, 24 * HOUR, 4 * HOUR), (48 * HOUR, 47 * HOUR), (HOUR,)]),
    digest_above=st.integers(1, 5),
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
    invitations, places = draw(inboxes())
    ledger, policy = draw(ledgers(invitations)), draw(POLICIES)
    answers: dict[str, Answer] = {channel: draw(ANSWERS) for channel in CHANNELS}
    period = draw(st.sampled_from([5, 30, 60, 60])) * timedelta(minutes=1)
    clock = Clock(NOW)
    inbox = Inbox(
        clock,
        {invitation.id: invitation for invitation in invitations},
        hidden=[id_ for id_, place in places.items() if place == "hidden"],
        vanished=[id_ for id_, place in places.items() if place == "gone"],
    )
    known = look(
        inbox,
        ledger,
        channels=CHANNELS,
        policy=policy,
        now=NOW,
        silent={name for name, a in answers.items() if isinstance(a, NotConnected)},
        off={name for name, a in answers.items() if isinstance(a, Off)},
    )
    foretold = said(known, ledger.kept, period)
    channels = {name: Told(clock, answer) for name, answer in answers.items()}
    end = play(ledger, inbox, channels, policy, period)
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
    ledger: Ledger,
    inbox: Inbox,
    channels: dict[str, Told],
    policy: Policy,
    period: timedelta,
) -> datetime:
    """Run so often, as the schedule does; return when the last run was."""
    assert ledger.kept.completed_at is not None
    now = ledger.kept.completed_at
    while now < NOW:
        now += period
    parts = Parts(
        source=inbox,
        ledger=ledger,
        channels={name: lambda channel=channel: channel for name, channel in channels.items()},  # type: ignore[misc]
        policy=policy,
        catalog="AWS",
        budget=Budget(lambda: 120.0),
    )
    for _ in range(RUNS):
        inbox.clock.now = now
        assert not run(parts, now).errors
        now += period
    return now - period


def entry(channel: str, at: datetime, alert: Alert) -> tuple[Any, ...]:
    """Return what has to agree."""
    kind = (alert.kind, alert.stage, alert.invitation.id)
    return (at, channel, *kind, alert.since, alert.reason)

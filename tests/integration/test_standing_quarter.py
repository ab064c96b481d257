"""A quarter with outages: each standing digest's figures are those that an onlooker counts.

The onlooker stands between the function's own run and the world. It writes down what each run was
shown of Partner Central and what each channel was told, and counts with code of its own.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifier.core.backoff import Fate
from notifier.core.message import Message
from notifier.core.model import (
    ACCEPTED,
    EXPIRED,
    PENDING,
    REJECTED,
    UNKNOWN,
    Alert,
    Card,
    ChannelState,
    Details,
    Invitation,
    Kind,
    Record,
)
from notifier.core.policy import Policy
from notifier.core.ports import (
    Connected,
    Failed,
    Gone,
    LedgerError,
    ListingError,
    LookupFailed,
    Page,
    Sent,
)
from notifier.core.standing import Times
from notifier.run.budget import Budget
from notifier.run.run import Parts, run
from tests.cli.memory import Clock, Inbox, Ledger

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

START = datetime(2026, 8, 31, 6, 3, tzinfo=UTC)
"""A Monday, an hour before the digest's time; the clock is put back on 25 October."""

WEEKS = 13
CHANNELS = ("sns", "slack")
SILENCE = (5 * 7 * DAY, 7 * 7 * DAY + 3 * DAY)
"""In between nothing arrives: one Monday has nothing to say."""


def week(number: int, day: int, hour: float) -> timedelta:
    return (7 * number + day) * DAY + (hour - 8) * HOUR


def spans(*bounds: tuple[timedelta, timedelta]) -> list[tuple[datetime, datetime]]:
    return [(START + begin, START + begin + length) for begin, length in bounds]


OUTAGES = {
    "schedule": spans(
        (week(1, 0, 7), 9 * HOUR),  # across a Monday's digest
        (week(2, 2, 20), 3 * HOUR),
        (week(4, 4, 10), 50 * HOUR),
        (week(9, 5, 12), 11 * DAY),  # across two of them
    ),
    "listing": spans(
        (week(2, 6, 23), 14 * HOUR), (week(3, 3, 5), 5 * HOUR), (week(8, 1, 9), 30 * HOUR)
    ),
    "details": spans((week(3, 5, 0), 40 * HOUR), (week(8, 4, 0), 6 * HOUR)),
    "time": spans((week(3, 0, 8), 5 * HOUR), (week(11, 2, 8), 5 * HOUR)),
    "sns": spans((week(3, 0, 6), 28 * HOUR), (week(12, 1, 6), 2 * HOUR)),
    "slack": spans((week(3, 0, 8), 4 * HOUR), (week(8, 6, 0), 9 * DAY)),
}


def is_out(what: str, now: datetime) -> bool:
    return any(begin <= now < end for begin, end in OUTAGES[what])


@dataclass(slots=True)
class Onlooker:
    """What the runs were shown and told, by invitation: the first time of each.

    An end counts from the run that could record it.

    `spoilt` are runs whose ledger failed at last: on which channel, "" before any digest; `lost`
    are those of them after which nobody knows that the digest was made.
    """

    listed: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    runs: list[datetime] = field(default_factory=list)
    spoilt: dict[datetime, str] = field(default_factory=dict)
    lost: set[datetime] = field(default_factory=set)


@dataclass(slots=True)
class World(Inbox):
    """Partner Central, in which people answer, and which is sometimes out of order."""

    onlooker: Onlooker = field(default_factory=Onlooker)
    completed: datetime = START
    asked: int = 0

    def seconds_left(self) -> float:
        """Return time for three questions in a run where it is short, and for a message then."""
        return max(120.0 - 25 * self.asked, 45.0) if is_out("time", self.clock.now) else 900.0

    def pending(self) -> list[Invitation]:
        if is_out("listing", self.clock.now):
            raise ListingError("out of order")
        found = Inbox.pending(self)
        for invitation in found:
            self.onlooker.listed.setdefault(invitation.id, self.clock.now)
        return found

    def expired(self, token: str | None) -> Iterator[Page]:
        for page in Inbox.expired(self, token):
            for invitation in page.invitations:
                expiry = invitation.expires_at
                if expiry and expiry > self.completed and invitation.id not in self.onlooker.listed:
                    self.onlooker.listed[invitation.id] = self.clock.now
                    self.onlooker.ended.setdefault(invitation.id, (self.clock.now, EXPIRED))
            yield page

    def details(self, invitation_id: str) -> Details:
        now = self.clock.now
        self.asked += 1
        try:
            found = self._details(invitation_id)
        except LookupFailed:
            expiry = self.invitations[invitation_id].expires_at
            if expiry and expiry <= now:
                self.onlooker.ended.setdefault(invitation_id, (now, UNKNOWN))
            raise
        status = found.invitation.status
        if status and status != PENDING:
            self.onlooker.ended.setdefault(invitation_id, (now, status))
        return found

    def _details(self, invitation_id: str) -> Details:
        if is_out("details", self.clock.now):
            raise LookupFailed(invitation_id)
        return Inbox.details(self, invitation_id)


@dataclass(slots=True)
class Place:
    """A channel that is sometimes down, and keeps its standing digests."""

    name: str
    clock: Clock
    onlooker: Onlooker
    digests: list[Message] = field(default_factory=list)

    def connect(self) -> Connected:
        return Connected()

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return [tuple(alerts)]

    def send(self, message: Message) -> Sent | Failed:
        if is_out(self.name, self.clock.now):
            return Failed(Fate.NOT_SENT, "down")
        for alert in message.alerts:
            if alert.kind in (Kind.NEW, Kind.CLOSED_EXPIRED):
                self.onlooker.told.setdefault(alert.invitation.id, self.clock.now)
        if message.standing:
            self.digests.append(message)
        return Sent()

    def update(self, card: Card, message: Message) -> Gone:
        del card, message
        return Gone("there are no cards here")


@dataclass(slots=True)
class Fragile(Ledger):
    """A ledger that sometimes does not keep that a digest was made, or what was closed."""

    chance: random.Random = field(default_factory=random.Random)
    clock: Clock = field(default_factory=lambda: Clock(START))
    onlooker: Onlooker = field(default_factory=Onlooker)
    closed_reads: list[datetime] = field(default_factory=list)

    def save_channel(self, channel: str, state: ChannelState) -> None:
        is_digest = state.digest_at != self.kept.channel(channel).digest_at
        if is_digest and self.chance.random() < 0.3:
            self.onlooker.spoilt[self.clock.now] = channel
            self.onlooker.lost.add(self.clock.now)
            raise LedgerError("no answer")
        if is_digest:
            self.onlooker.lost.discard(self.clock.now)  # The channel's pause was kept with it.
        Ledger.save_channel(self, channel, state)

    def close(self, records: Sequence[Record], now: datetime, **more: Any) -> Sequence[Record]:
        if records and self.chance.random() < 0.1:
            self.onlooker.spoilt[now] = ""
            self._forget_ends(now)
            raise LedgerError("no answer")
        return Ledger.close(self, records, now, **more)

    def _forget_ends(self, now: datetime) -> None:
        """Let the onlooker forget what this run learned and could not record: the next one will."""
        for id_, (learned, _) in list(self.onlooker.ended.items()):
            if learned == now and id_ in self.opened and self.opened[id_].ended_at is None:
                del self.onlooker.ended[id_]

    def closed_since(self, moment: datetime) -> list[Record]:
        self.closed_reads.append(self.clock.now)
        return Ledger.closed_since(self, moment)


@dataclass(slots=True)
class Quarter:
    """Thirteen weeks of arrivals, answers and expiries, always the same for one seed."""

    seed: int
    days: Mapping[int, str]
    onlooker: Onlooker = field(default_factory=Onlooker)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    ledger: Fragile = field(default_factory=Fragile)

    def play(self) -> None:
        chance, clock = random.Random(self.seed), Clock(START)
        vanished: set[str] = set()
        world = World(clock, self.invitations, vanished=vanished, onlooker=self.onlooker)
        self.ledger = Fragile(chance=chance, clock=clock, onlooker=self.onlooker)
        self.places = {name: Place(name, clock, self.onlooker) for name in CHANNELS}
        policy = Policy(
            stages=(72 * HOUR, 24 * HOUR),
            digest_above=5,
            answers_to=frozenset({"sns"}),
            standing=Times(days=frozenset(self.days), at=time(9), zone=BERLIN),
        )
        parts = Parts(
            source=world,
            ledger=self.ledger,
            channels={name: lambda place=place: place for name, place in self.places.items()},  # type: ignore[misc]
            policy=policy,
            catalog="AWS",
            budget=Budget(world.seconds_left),
        )
        events = sorted(self._arrivals(chance, vanished), key=lambda event: event[0])
        while clock.now < START + WEEKS * 7 * DAY:
            while events and events[0][0] <= clock.now:
                _, invitation = events.pop(0)
                self.invitations[invitation.id] = invitation
            if not is_out("schedule", clock.now):
                self._tick(parts, world, clock.now)
            clock.now += 10 * MINUTE + chance.random() * MINUTE

    def _tick(self, parts: Parts, world: World, now: datetime) -> None:
        world.asked = 0
        summary = run(parts, now)
        assert not any("unexpected" in error for error in summary.errors)
        if summary.complete:
            world.completed = now
            self.onlooker.runs.append(now)

    def _arrivals(
        self, chance: random.Random, vanished: set[str]
    ) -> Iterator[tuple[datetime, Invitation]]:
        """Yield what Partner Central comes to hold, and since when: first pending, then answered.

        The first ones were invited before anybody looked.
        """
        for number in range(220):
            invited_at = START + (chance.random() * (WEEKS * 7 + 2) - 2) * DAY
            if SILENCE[0] - 9 * DAY < invited_at - START < SILENCE[1]:
                continue
            lives = chance.choice((4 * HOUR, 2 * DAY, 5 * DAY, 9 * DAY))
            invitation = Invitation(
                id=f"engi-{number:03}",
                catalog="AWS",
                title=f"Project {number}",
                status=PENDING,
                invited_at=invited_at,
                expires_at=invited_at + lives if chance.random() < 0.95 else None,
            )
            yield invited_at, invitation
            if chance.random() < 0.05 and invitation.expires_at:
                vanished.add(invitation.id)
            if chance.random() < 0.6 or invitation.expires_at is None:
                status = chance.choice((ACCEPTED, ACCEPTED, REJECTED))
                after = invited_at + chance.random() * lives
                yield after, replace(invitation, status=status)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a digest has to be about, and whether it was kept that it was made."""

    since: datetime
    until: datetime
    before: datetime | None
    kept: bool = True


def mondays(days: Mapping[int, str]) -> list[datetime]:
    """Return every moment of the schedule, day by day on Berlin's clock."""
    found = []
    for number in range(-7, WEEKS * 7 + 1):
        day = START.astimezone(BERLIN).replace(tzinfo=None, hour=9, minute=0) + number * DAY
        if day.strftime("%a") in days.values():
            found.append(day.replace(tzinfo=BERLIN).astimezone(UTC))
    return found


def windows(quarter: Quarter, channel: str) -> list[Window]:
    """Return what a channel's digests have to be about, from the runs that could send them."""
    onlooker, schedule = quarter.onlooker, mondays(quarter.days)
    first = onlooker.runs[0]
    last, since, before = first, first, None
    found: list[Window] = []
    for now in onlooker.runs:
        moments = [moment for moment in schedule if last < moment <= now]
        if not moments or is_out(channel, now):
            continue
        if not found or all(not window.kept for window in found):
            since = max(first, *(moment for moment in schedule if moment < moments[-1]))
        spoilt = onlooker.spoilt.get(now)
        if spoilt == "" or (spoilt == "sns" and channel == "slack"):
            continue
        found.append(Window(since, now, before, kept=spoilt != channel or now not in onlooker.lost))
        if found[-1].kept:
            last, before, since = now, since, now
    return found


def count(quarter: Quarter, since: datetime, until: datetime) -> dict[str, Any]:
    """Count what the runs came to know in a time."""
    onlooker, invitations = quarter.onlooker, quarter.invitations
    ended = {
        id_: status
        for id_, (learned, status) in onlooker.ended.items()
        if id_ in onlooker.listed and since < learned <= until
    }
    took = [
        onlooker.ended[id_][0] - (invitations[id_].invited_at or START)
        for id_, status in ended.items()
        if status in (ACCEPTED, REJECTED)
    ]
    late = [id_ for id_ in onlooker.listed if since < late_at(quarter, id_) <= until]
    return {
        "received": sum(since < seen <= until for seen in onlooker.listed.values()),
        "accepted": list(ended.values()).count(ACCEPTED),
        "declined": list(ended.values()).count(REJECTED),
        "expired": list(ended.values()).count(EXPIRED),
        "unknown": list(ended.values()).count(UNKNOWN),
        "late": len(late),
        "median": statistics.median(map(seconds, took)) if took else None,
        "slowest": max(map(seconds, took), default=None),
    }


def seconds(span: timedelta) -> float:
    return span.total_seconds()


def late_at(quarter: Quarter, id_: str) -> datetime:
    """Return when it was known that an alert came late; long ago if it did not."""
    never = datetime.min.replace(tzinfo=UTC)
    invitation, onlooker = quarter.invitations[id_], quarter.onlooker
    told, (learned, status) = onlooker.told.get(id_), onlooker.ended.get(id_, (None, None))
    assert invitation.invited_at
    if invitation.invited_at < onlooker.runs[0]:
        return never
    gone = invitation.expires_at if status in (EXPIRED, UNKNOWN) else learned
    if gone and (told is None or told >= gone):
        return learned if learned and status in (EXPIRED, UNKNOWN) else never
    return told if told and told - invitation.invited_at > HOUR + MINUTE else never


def still_open(quarter: Quarter, now: datetime) -> set[str]:
    onlooker, invitations = quarter.onlooker, quarter.invitations
    return {
        id_
        for id_, seen in onlooker.listed.items()
        if seen <= now
        and not (id_ in onlooker.ended and onlooker.ended[id_][0] <= now)
        and ((expiry := invitations[id_].expires_at) is None or expiry > now)
    }


def figures_of(message: Message) -> dict[str, Any]:
    assert message.standing
    now = message.standing.figures
    values = {name: getattr(now, name) for name in now.__dataclass_fields__}
    spans = {name: value for name, value in values.items() if isinstance(value, timedelta)}
    return values | {name: seconds(span) for name, span in spans.items()}


def once(seed: int, names: str) -> Any:
    """Return a quarter's parameters; it is played once, not once a worker."""
    return pytest.param((seed, names), marks=pytest.mark.xdist_group(f"quarter {seed}"))


@pytest.fixture(scope="module", params=[once(3, "Mon,Thu"), once(4, "Sat,Sun")])
def quarter(request: pytest.FixtureRequest) -> Quarter:
    seed, names = request.param
    week_days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    played = Quarter(seed, {week_days.index(name): name for name in names.split(",")})
    played.play()
    return played


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_digest_counts_what_the_runs_came_to_know(quarter: Quarter, channel: str) -> None:
    """None is missing, none is doubled but where the ledger lost it, and every figure is right."""
    expected = [
        (window, count(quarter, window.since, window.until), still_open(quarter, window.until))
        for window in windows(quarter, channel)
    ]
    spoken = [(w, figures, ids) for w, figures, ids in expected if ids or any(figures.values())]
    assert len(spoken) < len(expected), "no Monday had nothing to say"
    digests = quarter.places[channel].digests
    assert [message.now for message in digests] == [window.until for window, _, _ in spoken]
    for message, (window, figures, ids) in zip(digests, spoken, strict=True):
        told = message.standing
        assert told
        period = told.period
        assert (period.since, period.until, period.before) == (
            window.since,
            window.until,
            window.before,
        )
        assert figures_of(message) == pytest.approx(figures, abs=1e-3)
        assert {alert.invitation.id for alert in told.open} == ids
        assert len(told.lost) == figures["expired"] + figures["unknown"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_all_digests_together_count_the_quarter(quarter: Quarter, channel: str) -> None:
    """What the digests say adds up to what was known from the first one to the last."""
    made = [window for window in windows(quarter, channel) if window.kept]
    kept = {window.until for window in made}
    told = [figures_of(m) for m in quarter.places[channel].digests if m.now in kept]
    whole = count(quarter, made[0].since, made[-1].until)
    for name in ("received", "accepted", "declined", "expired", "unknown", "late"):
        assert sum(figures[name] for figures in told) == whole[name]
        assert whole[name] > 0, f"nothing tests {name}"


def test_closed_records_are_read_when_a_digest_is_due_and_once_a_run(quarter: Quarter) -> None:
    """However many channels it is due on."""
    reads = quarter.ledger.closed_reads
    assert len(reads) == len(set(reads))
    due = {w.until for channel in CHANNELS for w in windows(quarter, channel)}
    assert set(reads) == due

"""What happened, as seen from outside: what Partner Central knew, what runs did, who heard what.

The world in memory writes it down as it happens, the wire from what its stand-ins received; the
judge reads it. Times are UTC; an invitation goes by its id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

READER = "sales@partner.example"

PEOPLE = ("new", "expiring", "escalated", "moved", "reopened", "closed.expired", "closed.other")
"""What people are told of; what they answered themselves is for programs."""


@dataclass(slots=True, kw_only=True)
class Truth:
    """One invitation as it truly is, and was.

    `deadlines` are its expiry dates with the moments since when each holds, `answered` is when and
    how a person answered. `place` is listed, hidden (it can be asked for), gone, or contradicted:
    it is listed, and its details call it accepted.
    """

    id: str
    came_at: datetime
    deadlines: list[tuple[datetime, datetime | None]]
    payload_type: str = "OpportunityInvitation"
    title: str = ""
    country: str | None = None
    answered: tuple[datetime, str] | None = None
    place: str = "listed"

    def deadline(self, now: datetime) -> datetime | None:
        return next(date for since, date in reversed(self.deadlines) if since <= now)

    def status(self, now: datetime) -> str:
        if self.answered is not None and self.answered[0] <= now:
            return self.answered[1]
        deadline = self.deadline(now)
        return "EXPIRED" if deadline is not None and deadline <= now else "PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message says of one invitation.

    `stage` is in hours, for reminders; `deadline` is None where the message says none.
    """

    id: str
    kind: str
    stage: int | None = None
    deadline: datetime | None = None
    mention: str | None = None
    diverted: bool = False
    alert_id: str | None = None

    def __str__(self) -> str:
        stage = f" {self.stage} h" if self.stage else ""
        return f"{self.kind}{stage} of {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message that a channel took; the run learned so only if it was `confirmed`.

    It is `sure` unless something kept the run from writing down that it was told. `channel` is the
    run's name for where it stands, `place` the topic or the channel in Slack; `effect` is which of
    the run's effects it was. `figures` are a standing digest's, with the time they are about.
    `readers` are the email addresses that received it.
    """

    at: datetime
    run: int
    channel: str
    place: str
    effect: int = 0
    said: tuple[Said, ...] = ()
    confirmed: bool = False
    sure: bool = False
    greets: bool = False
    warns: str | None = None
    plain: bool = False
    detailed: bool = False
    part: int = 1
    figures: Mapping[str, float | None] | None = None
    period: tuple[datetime, datetime] | None = None
    ts: str | None = None
    thread: str | None = None
    broadcast: bool = False
    readers: frozenset[str] = frozenset()

    @property
    def medium(self) -> str:
        """Return what the ledger remembers it by, whichever place in Slack it was told in."""
        if any(one.kind == "escalated" for one in self.said):
            return "escalation"
        return self.channel.partition(".")[0]

    def __str__(self) -> str:
        what = "; ".join(map(str, self.said)) or (
            "greeting" if self.greets else "warning" if self.warns else "digest"
        )
        return f"{self.channel} in {self.place}: {what}" + ("" if self.confirmed else " (in doubt)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a card shows now: when its invitation expires, or how it ended."""

    ts: str
    place: str
    id: str
    deadline: datetime | None
    status: str | None


@dataclass(slots=True, kw_only=True)
class Run:
    """One run, as whoever operates it sees it: what struck it, and what it said of itself.

    `listed` is what a complete listing showed it, None if there was none. `details` are the
    statuses that it was told of single invitations; `asked` are those whose end it asked for,
    `searched` those that it was shown as expired.

    `spoiled` is what somebody had written into the table before it, as pairs of an id (or "lease")
    and an attribute, `doubted` the same of what it says it did not believe.

    `stale` are those of which it says that their details called them answered.

    `overdue` is for how long it says that a delivery has been due.

    `unread` counts what it was shown without an id, `left_out` what it says that the listing lacks.

    `struck` are the faults that it met, as `effect about: fault`; `hit` are the channels that met
    one. The run is `sure` if nothing kept it from writing down what it did, else `unwritten` is the
    first effect that it has to take for a failed write; `failed_once` is the channel of the message
    before it, if that was the one write that failed. `sends` are the fates of all messages, with
    their channels: confirmed, unknown, killed, or the word of a no; `updates` the same of cards,
    with their invitations. `troubles` are the channels of which the run itself says that not all
    was told. It was `short` if it had hardly any time left at its end, `hurried` if it began a
    message with too little.
    """

    number: int
    now: datetime
    event: bool = False
    killed: bool = False
    timed_out: bool = False
    held: bool = False
    complete: bool = False
    errors: tuple[str, ...] = ()
    listed: Mapping[str, datetime | None] | None = None
    details: Mapping[str, str | None] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    searched: frozenset[str] = frozenset()
    spoiled: frozenset[tuple[str, str]] = frozenset()
    doubted: frozenset[tuple[str, str]] = frozenset()
    stale: frozenset[str] = frozenset()
    overdue: timedelta = timedelta(0)
    unread: int = 0
    left_out: int = 0
    struck: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    hit: frozenset[str] = frozenset()
    unwritten: int | None = None
    failed_once: str | None = None
    sends: list[tuple[str, str]] = field(default_factory=list)
    updates: list[tuple[str, str]] = field(default_factory=list)
    sure: bool = True
    short: bool = False
    hurried: bool = False
    troubles: frozenset[str] = frozenset()
    unrouted: bool = False
    asked_again: bool = False
    heard: list[Heard] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours, as a deployer says them: the same on some days (Monday is 0), in UTC."""

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route: what it takes, by payload type or by country, and where or whom it tells."""

    name: str
    payload_type: str | None = None
    country: str | None = None
    place: str | None = None
    mention: str | None = None
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a deployer chose, as far as people are promised anything by it.

    `digest_at` is when a standing digest is due each day. `escalate_to` is a person in Slack or an
    email address.
    """

    slack: bool = True
    emails: tuple[str, ...] = (READER,)
    emails_hear_all: bool = False
    stages: tuple[int, ...] = (72, 24, 4)
    digest_above: int = 3
    hours: Hours | None = None
    details: bool = True
    routes: tuple[Way, ...] = ()
    mention: str | None = None
    escalate_hours: int | None = None
    escalate_to: str = "U0BOSS"
    digest_at: time | None = None

    @property
    def escalates_by_email(self) -> bool:
        return self.escalate_hours is not None and "@" in self.escalate_to

    def names(self, route: str, *, escalated: bool = False) -> tuple[str, ...]:
        """Return the email addresses that are to hear of a route's invitations."""
        if escalated:
            return (self.escalate_to,) if self.escalates_by_email else ()
        own = next((way.emails for way in self.routes if way.name == route), None)
        return (*(self.emails if own is None or self.emails_hear_all else ()), *(own or ()))

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        """Return the email addresses that are to hear each route's messages."""
        return tuple(self.names(route) for route in ("default", *(w.name for w in self.routes)))

    @property
    def named(self) -> frozenset[str]:
        """Return every email address in the configuration."""
        return frozenset({a for one in self.lists for a in one} | {*self.names("", escalated=True)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the ledger remembers of one invitation, as far as digests count it."""

    route: str
    invited_at: datetime | None
    deadline: datetime | None
    status: str | None
    first_seen: datetime
    first_told: datetime | None
    ended_at: datetime | None
    end_seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is so around a run, whatever it does.

    `channels` are all that are deployed, `able` those on which somebody hears, `homeless` those
    that should have a place and have none, `lost` those whose place has shut the notifier out.
    `absent` are media that nobody expects to be told on, `linked` those that seem to reach
    somebody. `refused` are pairs of a medium and an id: no message about that passes. `cards` are
    what stands in Slack, `rows` what the ledger holds, after the run. `alarms` says whether anybody
    hears them; None if the function is not told where. `readers` are the email addresses that are
    confirmed.
    """

    deployed: Deployed
    truths: Mapping[str, Truth]
    channels: tuple[str, ...]
    able: frozenset[str]
    homeless: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    refused: frozenset[tuple[str, str]] = frozenset()
    bot: bool = True
    cards: Mapping[str, Shown] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)
    alarms: bool | None = None
    readers: frozenset[str] = frozenset()

    def is_read(self, wanted: Collection[str]) -> bool:
        """Say whether one of these addresses is confirmed, or one that is in no list at all."""
        return not self.readers.isdisjoint(wanted) or not self.readers <= self.deployed.named


MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

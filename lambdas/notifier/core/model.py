"""What the notifier knows: invitations, what was told about them, and what is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter

PENDING = "PENDING"
ACCEPTED = "ACCEPTED"
REJECTED = "REJECTED"
EXPIRED = "EXPIRED"
KNOWN_STATUSES = frozenset({PENDING, ACCEPTED, REJECTED, EXPIRED})
UNKNOWN = "UNKNOWN"
"""Our own word, never the API's: the invitation left the list and nobody could say why."""

CHANGING = "CHANGING"
"""Our own word for a card's status: it may show what was so before, or what is so now."""

DEFAULT_ROUTE = "default"
"""The route of whatever no other takes."""

OPEN = "pending#"
CLOSED = "closed#"
LEASE = "lease"
"""How the ledger's keys begin, by which its records are named."""

UNREADABLE = "cannot be read"
"""Why an attribute of the ledger is not used."""

AHEAD = timedelta(minutes=5)
"""Clocks differ: what lies no further ahead than this may have been written by a run."""

YEARS = range(1970, 3000)
"""In which a date may lie: others have no counterpart on some clock, or nobody meant them."""

JITTER = timedelta(minutes=1)
"""A date that moves by less is the same date, and a stage that begins this soon after an alert is
part of it: an expiry date that moves by a second, or an invitation told of just before its stage,
makes no second message."""

OPPORTUNITY = "OpportunityInvitation"
LEAD = "LeadInvitation"
ACCOUNT_PLAN = "AccountPlanningInvitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One engagement invitation, as its summary describes it.

    Only `id` and `catalog` are sure to be there. Dates are UTC; a date that cannot be read is
    None. Strings are bounded and free of control characters (see `text.clean`), but are still
    data from outside: whoever shows one escapes it for where it is shown.
    """

    id: str
    catalog: str
    arn: str | None = None
    title: str | None = None
    engagement_id: str | None = None
    payload_type: str | None = None
    status: str | None = None
    participant_type: str | None = None
    invited_at: datetime | None = None
    expires_at: datetime | None = None
    receiver_alias: str | None = None
    receiver_account_id: str | None = None
    sender_account_id: str | None = None
    sender_name: str | None = None

    @property
    def is_answerable(self) -> bool:
        """Whether it may still be open: an unknown status counts as open, so that none is lost."""
        return self.status == PENDING or self.status not in KNOWN_STATUSES

    @property
    def is_odd(self) -> bool:
        """Whether it has a status that nobody here knows."""
        return bool(self.status) and self.status not in KNOWN_STATUSES

    def remembered(self) -> Invitation:
        """Return the part that the ledger keeps: what a later alert about it needs, no more."""
        return Invitation(**dict(zip(_REMEMBERED, _remembered(self), strict=True)))

    def is_remembered_as(self, other: Invitation) -> bool:
        """Say whether the part that the ledger keeps is the same; it makes no copies."""
        return bool(_remembered(self) == _remembered(other))


_REMEMBERED = (
    *("id", "catalog", "title", "sender_name", "payload_type", "status"),
    *("invited_at", "expires_at"),
)
_remembered = attrgetter(*_REMEMBERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What the customer is expected to spend: an amount per `frequency` with `company`."""

    amount: str | None = None
    currency: str | None = None
    frequency: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person at the sender to talk to."""

    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredTime:
    """When the sender prefers to be contacted: a part of the day, on the clock of an IANA zone."""

    window: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a salesperson decides from; fetched when a message needs it and never stored.

    `triage` are labelled words that rate or place the invitation: scores, programs, segment.
    `account` is whom an account plan is for, as Partner Central names it. `unread` means that the
    payload is missing, or of a type that came up after this was written.
    """

    invitation: Invitation
    unread: bool = False
    customer: str | None = None
    industry: str | None = None
    country: str | None = None
    website: str | None = None
    project: str | None = None
    problem: str | None = None
    target_date: str | None = None
    spend: tuple[Spend, ...] = ()
    contacts: tuple[Contact, ...] = ()
    responsibilities: tuple[str, ...] = ()
    opportunity_type: str | None = None
    account: str | None = None
    preferred_time: PreferredTime | None = None
    use_case: str | None = None
    source: str | None = None
    contact_title: str | None = None
    message: str | None = None
    description: str | None = None
    country_name: str | None = None
    aws_maturity: str | None = None
    market_segment: str | None = None
    members: tuple[str, ...] = ()
    triage: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message in Slack that is kept true: where it stands, and what it shows.

    `channel` and `ts` are Slack's own ids; `ts` begins with the seconds since 1970 at which it was
    posted. `expires_at` is the date that it shows, `status` what became of the invitation, None
    while the card shows it as open, CHANGING from before an update until it is recorded.
    """

    channel: str
    ts: str
    expires_at: datetime | None = None
    status: str | None = None

    @property
    def posted_at(self) -> datetime | None:
        """When the card was posted, as its timestamp says."""
        try:
            return datetime.fromtimestamp(float(self.ts), UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def shows(self, invitation: Invitation, *, ended: bool) -> bool:
        """Tell whether the card still says the truth about its invitation, to the minute."""
        if ended or self.status is not None:
            return ended and self.status == invitation.status
        if self.expires_at is None or invitation.expires_at is None:
            return self.expires_at == invitation.expires_at
        return abs(self.expires_at - invitation.expires_at) <= JITTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """That an invitation is open again: since when, when it had ended, and how often that was so.

    `before` is when it was last open again before that.
    """

    at: datetime
    ended_at: datetime
    count: int = 1
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the ledger knows of one invitation: as last seen, and when it was told on each medium.

    `told_at` maps a medium (see `policy`) to the `now` of the run that last told it there,
    `news_at` to that of the last one whose word was no reminder, `deadlines` to the expiry date
    that was said then, if that was kept; `first_told` is that of the first on any. `undated` means
    that the listing says no date any more, so that the last one holds. `ended_at` is set once the
    invitation is known to be open no longer, `end_seen` is the `now` of the run that learned it.
    `card` is the channel's that keeps one. `route` was chosen at first sight; `diverted` means that
    it goes on in the default place in Slack, whatever its route says. It is `unrouted` while its
    route waits for a run that has time to ask for details: for one run at most. `contradicted_at`
    is the `now` of the run that believed the details, by which it is not pending, rather than the
    listing, by which it is. `flaws` are the ledger's attributes that could not be read or believed,
    by name, and why: each counts as absent, and the next write mends it.
    """

    invitation: Invitation
    first_seen: datetime
    told_at: Mapping[str, datetime] = field(default_factory=dict)
    news_at: Mapping[str, datetime] = field(default_factory=dict)
    deadlines: Mapping[str, datetime | None] = field(default_factory=dict)
    undated: bool = False
    reopened: Reopened | None = None
    ended_at: datetime | None = None
    card: Card | None = None
    route: str = DEFAULT_ROUTE
    unrouted: bool = False
    diverted: bool = False
    first_told: datetime | None = None
    end_seen: datetime | None = None
    contradicted_at: datetime | None = None
    flaws: Mapping[str, str] = field(default_factory=dict)

    def last_news(self, medium: str) -> datetime | None:
        """Return when a medium was last told something else than a reminder, as far as is known.

        Records did not always keep it; as a rule all media are first told at once.
        """
        return self.news_at.get(medium, self.first_told)

    def believed(self, medium: str) -> datetime | None:
        """Return the expiry date that a medium was last told; the known one, if it was not kept."""
        return self.deadlines.get(medium, self.invitation.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What the ledger knows of a channel: its first contact, and how long to leave it alone.

    `deferred` are the ids of invitations whose messages failed when they were last tried: they
    come last. `doubts` counts the turns in a row that left a doubt. `warn_at` is set while the
    channel reaches nobody: when to say so on the other channels. `failing_since` is kept for
    channels whose messages another one takes in the end. `digest_at` is the `now` of the run that
    made the last standing digest here, `digest_before` where that one began.
    """

    contacted_at: datetime | None = None
    doubts: int = 0
    retry_at: datetime | None = None
    deferred: tuple[str, ...] = ()
    warn_at: datetime | None = None
    failing_since: datetime | None = None
    digest_at: datetime | None = None
    digest_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How far the search for what expired in a gap has come: when it began, where it goes on."""

    began_at: datetime
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one run leaves for the next, beside the records; `flaws` are as in those."""

    completed_at: datetime | None = None
    search: Search | None = None
    channels: Mapping[str, ChannelState] = field(default_factory=dict)
    flaws: Mapping[str, str] = field(default_factory=dict)

    def channel(self, name: str) -> ChannelState:
        return self.channels.get(name, ChannelState())


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConnected:
    """A channel that reaches nobody, though it should; `remedy` says in one line what to do.

    `routes` are those whose people it does not reach, where it reaches others: none if it is all.
    What those should hear goes to the default route's people, if `diverted`.
    """

    channel: str
    remedy: str
    routes: tuple[str, ...] = ()
    diverted: bool = False


class Kind(StrEnum):
    """What an alert says of its invitation."""

    NEW = "new"
    EXPIRING = "expiring"
    ESCALATED = "escalated"
    MOVED = "moved"
    REOPENED = "reopened"
    CLOSED_ACCEPTED = "closed.accepted"
    CLOSED_REJECTED = "closed.rejected"
    CLOSED_EXPIRED = "closed.expired"
    CLOSED_OTHER = "closed.other"

    @property
    def is_closure(self) -> bool:
        return self in CLOSURES


ANSWERED = frozenset({Kind.CLOSED_ACCEPTED, Kind.CLOSED_REJECTED})
"""What people did themselves is for programs. All else is for people: who is to hear it has to."""

CLOSURES = ANSWERED | {Kind.CLOSED_EXPIRED, Kind.CLOSED_OTHER}
REMINDERS = frozenset({Kind.EXPIRING, Kind.ESCALATED})
CARDS = frozenset({Kind.NEW, Kind.EXPIRING, Kind.MOVED, Kind.REOPENED})
"""Alone in a message, these make a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something to tell about one invitation, why, and since when it is due.

    `stage` is set for `expiring`, which is `last` if no other stage follows, and for `escalated`;
    `ended_at` for closures. `was_told` means that this medium was told of the invitation before.
    `card` is where the invitation stands on this channel. `mention` is who is pinged. `diverted`
    means that it comes here because where it belongs it could not be told, `contradicted` that a
    run has waited already, because the details called it answered, `crowded` that the hour has had
    its fill, so that it goes together with others. `was_until` is the expiry date that was said
    here before, if it is another one by now. `undated` is as in records, `life` counts how often
    the invitation was open.
    """

    kind: Kind
    invitation: Invitation
    reason: str
    since: datetime
    stage: timedelta | None = None
    last: bool = False
    ended_at: datetime | None = None
    was_told: bool = False
    card: Card | None = None
    route: str = DEFAULT_ROUTE
    mention: str | None = None
    diverted: bool = False
    contradicted: bool = False
    crowded: bool = False
    was_until: datetime | None = None
    undated: bool = False
    life: int = 1

    @property
    def for_all(self) -> bool:
        """Whether everybody in a channel should see it, though it stands under a card."""
        return self.last or self.kind.is_closure or self.kind in (Kind.MOVED, Kind.REOPENED)

    @property
    def stage_hours(self) -> int | None:
        return None if self.stage is None else int(self.stage / timedelta(hours=1))

    @property
    def alert_id(self) -> str:
        """The same for every repetition of this alert: subscribers de-duplicate by it.

        An expiry date that moves re-arms the reminders, so it is part of a reminder's name; to
        the hour, because a second's jitter must not make another alert of the same one.
        """
        expires_at, name = self.invitation.expires_at, f"{self.invitation.id}/{self.kind}"
        if self.kind in REMINDERS | {Kind.MOVED} and expires_at is not None:
            stage = "" if self.stage is None else f".{self.stage_hours}h"
            return f"{name}{stage}/{expires_at:%Y%m%dT%HZ}"
        nth = self.life - 1 if self.kind is Kind.REOPENED else self.life
        return name if nth == 1 or self.kind is Kind.NEW else f"{name}/{nth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert on one channel."""

    channel: str
    alert: Alert

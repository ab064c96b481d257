"""What must be due, told and remembered: written from the rules, not from the code.

It shares nothing with `notifier.core.plan`. Times are UTC; invitations go by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

LEADS = "slack.leads"
"""The channel of the one route that there may be, which takes the leads."""

ROUTES = {"LeadInvitation": "leads"}
DEFAULT = "default"

STAGES = (timedelta(hours=72), timedelta(hours=24), timedelta(hours=4))
DIGEST_ABOVE = 3

JITTER = timedelta(minutes=1)
WORTH_TELLING = timedelta(days=30)
BLINDNESS = timedelta(days=1)
KEPT = timedelta(days=90)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
WARN_AFTER = timedelta(hours=1)
WARN_AGAIN = timedelta(days=1)
HAND_OVER_AFTER = timedelta(hours=1)
_ENDS = {"ACCEPTED": "closed.accepted", "REJECTED": "closed.rejected"}
ANSWERED = frozenset(_ENDS.values())
PUNCTUAL = timedelta(minutes=1)
"""A run this much before the end of a pause may end the pause or not."""


def medium(channel: str) -> str:
    """Return on what a channel tells: for each medium it is remembered when that was."""
    return channel.partition(".")[0]


@dataclass(slots=True, kw_only=True)
class Invitation:
    """One invitation as it truly is: its title is `tag` followed by `words`, which may be hostile.

    `place` is listed, hidden (it can be asked for) or gone.
    """

    id: str
    tag: str
    words: str
    kind: str
    invited_at: datetime
    expiry: datetime | None
    place: str = "listed"
    decided: str | None = None

    def status(self, now: datetime) -> str:
        if self.decided is not None:
            return self.decided
        return "EXPIRED" if self.expiry is not None and self.expiry <= now else "PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message that is kept true, by timestamp and place: the date it shows, or how it ended."""

    ts: str
    place: str
    expiry: datetime | None
    status: str | None = None

    def says(self, row: Row) -> bool:
        if row.ended_at is not None or self.status is not None:
            return row.ended_at is not None and self.status == row.status
        if self.expiry is None or row.expiry is None:
            return self.expiry == row.expiry
        return abs(self.expiry - row.expiry) <= JITTER

    def updated(self, row: Row) -> Card:
        return replace(self, expiry=row.expiry, status=row.status if row.ended_at else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the ledger must remember of one invitation, and for how long once it is closed.

    `told` is by medium, `first_told` the first of them, which stays; `end_seen` is when a run saw
    that it had ended, `route` that of its first sight. What was `diverted` goes on in the default
    place.
    """

    told: Mapping[str, datetime]
    first_seen: datetime
    expiry: datetime | None
    ended_at: datetime | None = None
    status: str | None = None
    kept_until: datetime | None = None
    card: Card | None = None
    route: str = DEFAULT
    diverted: bool = False
    first_told: datetime | None = None
    end_seen: datetime | None = None

    def present_route(self, channels: Iterable[str]) -> str:
        """Return the route in which it goes on: a removed one's in the default."""
        return self.route if f"slack.{self.route}" in channels else DEFAULT

    def is_heard(self, channel: str, channels: Iterable[str]) -> bool:
        """Say whether a channel is told of it; all of Slack's places share one medium."""
        route = DEFAULT if self.diverted else self.present_route(channels)
        place = "slack" if route == DEFAULT else f"slack.{route}"
        return medium(channel) != "slack" or channel == place

    def is_old(self, now: datetime) -> bool:
        return self.ended_at is not None and now - self.ended_at > WORTH_TELLING

    def has_true_card(self) -> bool:
        return self.card is None or self.card.says(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How a channel fares: when it first worked, how often it was in doubt, until when it rests.

    `deferred` is what failed when it was last tried, `warn_at` when the other channel is to say
    that nobody listens here, `failing_since` since when nothing was confirmed by a channel whose
    messages another one takes in the end. The last standing digest was made at `digest_at`, and
    told what had been learned since `digest_before`.
    """

    contacted_at: datetime | None = None
    doubts: int = 0
    rests_until: datetime | None = None
    deferred: frozenset[str] = frozenset()
    warn_at: datetime | None = None
    failing_since: datetime | None = None
    digest_at: datetime | None = None
    digest_before: datetime | None = None

    def rests(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until - PUNCTUAL

    def may_rest(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The ledger's whole content."""

    open: Mapping[str, Row] = field(default_factory=dict)
    closed: Mapping[str, Row] = field(default_factory=dict)
    completed_at: datetime | None = None
    held_until: datetime | None = None
    channels: Mapping[str, Doubt] = field(default_factory=dict)

    def row(self, id_: str) -> Row | None:
        return self.open.get(id_) or self.closed.get(id_)

    def told(self, id_: str, channel: str) -> datetime | None:
        row = self.row(id_)
        return None if row is None else row.told.get(medium(channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What Partner Central shows to one run: ids with expiry dates, and statuses when asked.

    `kinds` is of what sort each is.
    """

    pending: Mapping[str, datetime | None]
    expired: Mapping[str, datetime | None]
    statuses: Mapping[str, tuple[str, datetime | None]]
    kinds: Mapping[str, str]


def view(
    invitations: Iterable[Invitation], now: datetime, lag: timedelta, unanswered: Iterable[str]
) -> View:
    """Return what is shown at `now`; `unanswered` are the ids that could not be asked for."""
    shown = {invitation.id: invitation for invitation in invitations if invitation.place != "gone"}
    listed = {id_: invitation for id_, invitation in shown.items() if invitation.place == "listed"}
    by_status = {
        status: {
            i: invitation.expiry
            for i, invitation in listed.items()
            if invitation.status(now - lag) == status
        }
        for status in ("PENDING", "EXPIRED")
    }
    silent = set(unanswered)
    return View(
        pending=by_status["PENDING"],
        expired=by_status["EXPIRED"],
        statuses={
            id_: (invitation.status(now - lag), invitation.expiry)
            for id_, invitation in shown.items()
            if id_ not in silent
        },
        kinds={id_: invitation.kind for id_, invitation in shown.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a run has to do: `due` is what to tell each channel, by id.

    `updates` are the ids of those whose cards do not say what is true. `handed` is what the default
    place takes, and tells too, because its own place cannot.
    """

    alive: Mapping[str, Row]
    ended: Mapping[str, Row]
    due: Mapping[str, Mapping[str, str]]
    updates: frozenset[str]
    handed: frozenset[str] = frozenset()

    def handing(self, ids: Iterable[str]) -> Expected:
        """Return the same with what is handed over."""
        ids = frozenset(ids)
        extra = {id_: self.due[LEADS][id_] for id_ in ids}
        due = {**self.due, "slack": {**self.due["slack"], **extra}}
        return replace(self, due=due, handed=ids)

    @property
    def rows(self) -> Mapping[str, Row]:
        return {**self.alive, **self.ended}

    def after(
        self,
        before: Memory,
        told: Mapping[str, Iterable[str]],
        cards: Mapping[str, Card | None],
        now: datetime,
    ) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
        """Return the open and the closed rows once all is recorded.

        `told` was told, by channel; `cards` were posted, updated, or given up.
        """
        rows = {**before.open, **self.rows}
        rows |= {id_: replace(rows[id_], card=card) for id_, card in cards.items()}
        diverted = self.handed & set(told["slack"])
        known = {
            id_: _told(replace(row, diverted=row.diverted or id_ in diverted), id_, told, now)
            for id_, row in rows.items()
        }
        waiting = {
            id_
            for channel, alerts in self.due.items()
            for id_ in alerts
            if not _is_told(id_, channel, told)
        } | (self.updates - cards.keys())
        ends = {
            id_: replace(known[id_], kept_until=(now + KEPT).replace(microsecond=0))
            for id_ in self.ended
            if id_ not in waiting
        }
        stays = {id_: row for id_, row in known.items() if id_ not in ends}
        return stays, {**before.closed, **ends}


def _is_told(id_: str, channel: str, told: Mapping[str, Iterable[str]]) -> bool:
    """Say whether it was told on a channel's medium, wherever that was."""
    return any(medium(name) == medium(channel) and id_ in set(ids) for name, ids in told.items())


def _told(row: Row, id_: str, told: Mapping[str, Iterable[str]], now: datetime) -> Row:
    fresh = {medium(channel): now for channel, ids in told.items() if id_ in set(ids)}
    if not fresh:
        return row
    return replace(row, told={**row.told, **fresh}, first_told=row.first_told or now)


def expect(before: Memory, shown: View, now: datetime, channels: Sequence[str]) -> Expected:
    """Return what a run at `now` has to do on these channels, from what it finds."""
    alive = _alive(before, shown, now, channels)
    ended = {id_: row for id_, row in _ended(before, shown, now, channels) if id_ not in alive}
    rows = {**alive, **ended}
    return Expected(
        alive=alive,
        ended=ended,
        due={
            channel: {
                id_: kind
                for id_, row in rows.items()
                if row.is_heard(channel, channels)
                and (kind := (_open if id_ in alive else _over)(row, medium(channel), now))
            }
            for channel in channels
        },
        updates=frozenset(
            id_ for id_, row in rows.items() if not row.has_true_card() and not row.is_old(now)
        ),
    )


def _first_seen(
    id_: str, expiry: datetime | None, shown: View, now: datetime, channels: Sequence[str]
) -> Row:
    """Return the row of what nobody knew: its route is chosen now, once and for all."""
    route = ROUTES.get(shown.kinds[id_], DEFAULT) if LEADS in channels else DEFAULT
    return Row(told={}, first_seen=now, expiry=expiry, route=route)


def _alive(before: Memory, shown: View, now: datetime, channels: Sequence[str]) -> dict[str, Row]:
    """Return what is open: listed, or no longer listed but still pending when asked for."""
    asked = {
        id_: shown.statuses[id_][1]
        for id_, row in before.open.items()
        if row.ended_at is None and shown.statuses.get(id_, ("", None))[0] == "PENDING"
    }
    return {
        id_: replace(
            before.row(id_) or _first_seen(id_, expiry, shown, now, channels),
            expiry=expiry,
            ended_at=None,
            end_seen=None,
            status="PENDING",
            kept_until=None,
        )
        for id_, expiry in {**asked, **shown.pending}.items()
    }


def _ended(
    before: Memory, shown: View, now: datetime, channels: Sequence[str]
) -> Iterable[tuple[str, Row]]:
    for id_, row in before.open.items():
        status = _end(row, id_, shown, now)
        if status is not None:
            yield id_, _closing(row, status, now)
    if before.completed_at is None or now - before.completed_at < BLINDNESS:
        return
    for id_, expiry in shown.expired.items():
        if before.row(id_) is None and expiry and before.completed_at < expiry <= now:
            yield id_, _closing(_first_seen(id_, expiry, shown, now, channels), "EXPIRED", now)


def _end(row: Row, id_: str, shown: View, now: datetime) -> str | None:
    """Return the status with which an unlisted invitation ended; None while it may be open."""
    if row.ended_at is not None:
        return row.status
    if id_ in shown.statuses:
        return shown.statuses[id_][0]
    return "UNKNOWN" if (row.expiry or row.first_seen + WORTH_TELLING) <= now else None


def _closing(row: Row, status: str, now: datetime) -> Row:
    if row.ended_at is not None:
        return row
    ran_out = status in ("EXPIRED", "UNKNOWN") and row.expiry is not None and row.expiry <= now
    return replace(row, status=status, ended_at=row.expiry if ran_out else now, end_seen=now)


def _open(row: Row, channel: str, now: datetime) -> str | None:
    told_at = row.told.get(channel)
    if told_at is None:
        return "new"
    if row.expiry is None or row.expiry <= now:
        return None
    begun = [stage for stage in STAGES if told_at + JITTER < row.expiry - stage <= now]
    return f"expiring.{min(begun) // timedelta(hours=1)}" if begun else None


def _over(row: Row, channel: str, now: datetime) -> str | None:
    """Return what a channel is told of an end: what it knew of, or that nobody knew in time.

    That somebody answered is told to programs alone.
    """
    if row.ended_at is None or row.is_old(now):
        return None
    kind = _ENDS.get(row.status or "", "closed.expired")
    if channel in row.told:
        is_due = row.told[channel] < row.ended_at and (kind not in ANSWERED or channel == "sns")
    else:
        in_time = any(told_at < row.ended_at for told_at in row.told.values())
        is_due = kind not in ANSWERED and not in_time
    return kind if is_due else None


@dataclass(frozen=True, slots=True)
class Tried:
    """One message: whom it told of, and its last fate (confirmed, unknown, at fault, failed).

    One that `stands` is a standing digest, and tells of nobody.
    """

    ids: frozenset[str]
    fate: str
    stands: bool = False


def in_doubt(before: Doubt, tries: Iterable[Tried], now: datetime, *, handed: bool) -> Doubt:
    """Return how a channel fares after a turn whose messages met these fates.

    `handed` says that another channel takes its messages in the end.
    """
    tries = list(tries)
    fates = [one.fate for one in tries]
    confirmed = "confirmed" in fates
    contacted_at = before.contacted_at or (now if confirmed else None)
    if "unknown" not in fates:
        rest = (0, None) if confirmed else (before.doubts, before.rests_until)
    else:
        # Even if others were confirmed: see docs/decisions/0004.
        doubts = before.doubts + 1
        rest = (doubts, now + PAUSES[min(doubts, len(PAUSES)) - 1])
    last = {id_: one.fate for one in tries for id_ in one.ids}
    failed = {id_ for id_, fate in last.items() if fate in ("unknown", "at fault")}
    return Doubt(
        contacted_at=contacted_at,
        doubts=rest[0],
        rests_until=rest[1],
        deferred=(before.deferred - last.keys()) | failed,
        warn_at=before.warn_at,
        failing_since=_failing_since(before, fates, now) if handed else None,
        digest_at=before.digest_at,
        digest_before=before.digest_before,
    )


def _failing_since(before: Doubt, fates: Sequence[str], now: datetime) -> datetime | None:
    """Return since when a channel has confirmed nothing, if its turn ended for that."""
    since = None if "confirmed" in fates else before.failing_since
    return (since or now) if is_over(before, fates) else since


def is_over(before: Doubt, fates: Sequence[str]) -> bool:
    """Say whether a turn has ended because its messages failed."""
    last = fates[len(fates) - fates[::-1].index("confirmed") :] if "confirmed" in fates else fates
    return "failed" in last or last.count("unknown") >= (1 if before.doubts else 2)


def warning_at(
    before: Doubt, *, looked: bool, connected: bool, said: bool, now: datetime
) -> datetime | None:
    """Return when it is next to be said elsewhere that nobody listens on a channel."""
    if not looked:
        return before.warn_at
    if connected:
        return None
    return now + WARN_AGAIN if said else before.warn_at or now + WARN_AFTER

"""Decide what is due: a pure function of what is listed, what is recorded, and the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from . import alerts
from . import records as learned
from .flood import calmed
from .model import Alert, Card, Delivery, Invitation, Kind, Record
from .policy import ESCALATION, Policy, medium
from .records import STALE_AFTER

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a plan's deliveries: (medium, invitation id) pairs, and channels.

    `told` were confirmed; `moot` need not be told any more, because the invitation was answered
    meanwhile. `off` are the channels that reach nobody and need not. `trued` are the cards
    that say the truth again, by invitation id; None where one was given up. `diverted` are the ids
    of what goes on in the default place.
    """

    told: AbstractSet[tuple[str, str]] = frozenset()
    moot: AbstractSet[tuple[str, str]] = frozenset()
    off: AbstractSet[str] = frozenset()
    trued: Mapping[str, Card | None] = field(default_factory=dict)
    diverted: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run does: records to write first, deliveries to make, and what has ended.

    `due` is sorted by expiry, the most urgent first. `updates` are alerts whose cards show what
    does not hold any more; `held` wait for others to be told together with, for minutes. `ended`
    are the records of invitations that are open no longer; see `settled`, and `unsaid` those whose
    end it is too early to tell. Of these only what has no open record yet is written first: of the
    others Partner Central can be asked again.
    """

    observe: tuple[Record, ...]
    due: tuple[Delivery, ...]
    ended: tuple[Record, ...]
    updates: tuple[Delivery, ...] = ()
    held: tuple[Delivery, ...] = ()
    unsaid: AbstractSet[str] = frozenset()

    def on(self, channel: str) -> tuple[Alert, ...]:
        return tuple(delivery.alert for delivery in self.due if delivery.channel == channel)

    def updates_on(self, channel: str) -> tuple[Alert, ...]:
        return tuple(delivery.alert for delivery in self.updates if delivery.channel == channel)

    def count(self, kind: Kind) -> int:
        """Return how many invitations have an alert of `kind` due on some channel."""
        return len({d.alert.invitation.id for d in self.due if d.alert.kind is kind})

    def overdue(self, done: Done, now: datetime) -> timedelta:
        """Return for how long the oldest delivery has been due that is still to be made."""
        ages = (now - delivery.alert.since for delivery in self._left(done))
        return max(ages, default=timedelta(0))

    def settled(self, done: Done, now: datetime) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
        """Return the ended records as now told: those with nothing left to tell, and the others."""
        waiting = {delivery.alert.invitation.id for delivery in self._left(done)}
        waiting |= self.unsaid
        waiting |= {update.alert.invitation.id for update in self.updates} - set(done.trued)
        told_on: dict[str, dict[str, datetime]] = {}
        for medium_, id_ in done.told:
            told_on.setdefault(id_, {})[medium_] = now
        closable: list[Record] = []
        others: list[Record] = []
        for record in self.ended:
            id_ = record.invitation.id
            told = told_on.get(id_, {})
            now_told = replace(
                record,
                told_at={**record.told_at, **told},
                first_told=record.first_told or (now if told else None),
                card=done.trued.get(id_, record.card),
                diverted=record.diverted or id_ in done.diverted,
            )
            (others if id_ in waiting else closable).append(now_told)
        return tuple(closable), tuple(others)

    def _left(self, done: Done) -> Iterator[Delivery]:
        for delivery in self.due:
            pair = (medium(delivery.channel), delivery.alert.invitation.id)
            if delivery.channel not in done.off and pair not in done.told | done.moot:
                yield delivery


def unresolved(listed: Iterable[Invitation], records: Iterable[Record]) -> list[str]:
    """Return the ids of open records whose invitations left the list: their status is asked for.

    What has ended once is not asked for again, and what the listing itself shows as answered
    needs no question.
    """
    shown = {invitation.id for invitation in listed}
    return [
        record.invitation.id
        for record in records
        if record.ended_at is None and record.invitation.id not in shown
    ]


def next_expiry(listed: Iterable[Invitation], now: datetime) -> timedelta | None:
    """Return how long until the next of the listed invitations expires; None if none will."""
    ahead = (i.expires_at - now for i in listed if i.expires_at is not None and i.expires_at > now)
    return min(ahead, default=None)


def missed(
    expired: Iterable[Invitation],
    known: Collection[str],
    *,
    since: datetime,
    now: datetime,
) -> list[Invitation]:
    """Return the invitations that came and expired while nobody looked, each once."""
    found = {
        invitation.id: invitation
        for invitation in expired
        if invitation.id not in known
        and invitation.expires_at is not None
        and since < invitation.expires_at <= now
    }
    return list(found.values())


def plan(
    *,
    listed: Sequence[Invitation],
    open_records: Sequence[Record],
    closed_records: Sequence[Record],
    answers: Mapping[str, Invitation | None],
    missed: Sequence[Invitation],
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
    routes: Mapping[str, str] | None = None,
    unrouted: Collection[str] = (),
) -> Plan:
    """Return what is due at `now`.

    `answers` holds what was said of the records that left the list: None where the question
    failed. A record that was neither listed nor asked for stays as it is. `closed_records` are
    those of listed invitations that have no open record: what they were told is remembered.
    `routes` are those chosen for invitations without any record, by id; else it is the default one.
    What is `unrouted` is recorded, and told by the next run.
    """
    chosen = learned.Chosen(routes or {}, unrouted)
    opened = {record.invitation.id: record for record in open_records}
    known = {record.invitation.id: record for record in closed_records} | opened
    said = {**{i.id: i for i in listed if not i.is_answerable}, **answers}
    alive = {i.id: i for i in listed if i.is_answerable} | learned.still_pending(opened, answers)
    present = [learned.seen(known.get(i.id), i, chosen, now) for i in alive.values()]
    away = {id_: record for id_, record in opened.items() if id_ not in alive}
    gone = (learned.ended(record, said, now) for record in away.values())
    ended = [r for r in gone if r] + [learned.lost(i, chosen, now) for i in missed]
    routed = [record for record in present if not record.unrouted]
    every = [d for channel in channels for d in _due(channel, routed, ended, policy, now)]
    due, held = calmed(every, (*present, *ended), policy, now) if every else ([], [])
    untrue = [record for record in (*present, *ended) if _is_untrue(record, now)]
    updates = [update for channel in channels for update in _updates(channel, untrue, policy)]
    wanted = {delivery.alert.invitation.id for delivery in (*due, *updates)}
    changed = [r for r in present if learned.has_changed(r, opened.get(r.invitation.id))]
    known_ends = {record.invitation.id for record in ended}
    unsure = (r for id_, r in away.items() if id_ not in known_ends)
    changed += _to_write(unsure, answers)
    observe = [learned.changing(r) if r in untrue else r for r in changed] + [
        r for r in ended if r.invitation.id in wanted and r.invitation.id not in opened
    ]
    return Plan(
        observe=tuple(observe),
        due=tuple(sorted(due, key=_urgency)),
        ended=tuple(ended),
        updates=tuple(updates),
        held=tuple(held),
        unsaid=frozenset(r.invitation.id for r in ended if alerts.end_waits(r, now)),
    )


def _to_write(
    unsure: Iterable[Record], answers: Mapping[str, Invitation | None]
) -> Iterator[Record]:
    """Yield what has to be written of records of which nobody knows that they have ended.

    What nobody could read of them, and a status that ends them if it is heard once more.
    """
    for record in unsure:
        heard = learned.heard_once(record, answers.get(record.invitation.id))
        if heard and heard.invitation.status != record.invitation.status:
            yield heard
        elif record.flaws:
            yield record


def _due(
    channel: str,
    present: Iterable[Record],
    ended: Iterable[Record],
    policy: Policy,
    now: datetime,
) -> Iterator[Delivery]:
    medium_ = medium(channel)
    escalates = medium_ == ESCALATION
    decisions = (
        [(alerts.escalated, present)]
        if escalates
        else [(alerts.open_alert, present), (alerts.closed_alert, ended)]
    )
    for decide, records in decisions:
        for record in _heard(channel, records, policy):
            if (alert := decide(medium_, record, policy, now)) is not None:
                routed = replace(
                    alert,
                    route=policy.present(record.route),
                    contradicted=record.contradicted_at is not None,
                    undated=record.undated,
                    life=record.reopened.count + 1 if record.reopened else 1,
                )
                yield Delivery(channel=channel, alert=routed)


def _heard(channel: str, records: Iterable[Record], policy: Policy) -> Iterator[Record]:
    """Yield the records of invitations that a channel is told of."""
    return (r for r in records if policy.hears(channel, r.route, diverted=r.diverted))


def _updates(channel: str, untrue: Iterable[Record], policy: Policy) -> list[Delivery]:
    """Return the updates of cards that are a channel's to make."""
    if medium(channel) != policy.cards_on:
        return []
    return [
        Delivery(channel=channel, alert=_update(record))
        for record in _heard(channel, untrue, policy)
    ]


def _is_untrue(record: Record, now: datetime) -> bool:
    """Tell whether a record's card has to be updated, while that is still worth it."""
    card, ended_at = record.card, record.ended_at
    is_old = ended_at is not None and now - ended_at > STALE_AFTER
    if card is None or is_old:
        return False
    return not card.shows(record.invitation, ended=ended_at is not None)


def _update(record: Record) -> Alert:
    """Return what a card has to say now: the whole of an open invitation, or that it has ended."""
    ended_at = record.ended_at
    return Alert(
        kind=alerts.closure(record) if ended_at else Kind.NEW,
        invitation=record.invitation,
        ended_at=ended_at,
        was_told=True,
        card=record.card,
        reason="its card does not show this yet",
        since=ended_at or record.first_seen,
    )


def _urgency(delivery: Delivery) -> tuple[datetime, datetime, str]:
    invitation = delivery.alert.invitation
    return invitation.expires_at or _LAST, invitation.invited_at or _LAST, invitation.id

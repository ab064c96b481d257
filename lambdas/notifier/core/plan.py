"""Decide what is due: a pure function of what is listed, what is recorded, and the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .flood import calmed
from .model import (
    ACCEPTED,
    ANSWERED,
    CHANGING,
    EXPIRED,
    JITTER,
    KNOWN_STATUSES,
    PENDING,
    REJECTED,
    UNKNOWN,
    Alert,
    Card,
    Delivery,
    Invitation,
    Kind,
    Record,
)
from .policy import ESCALATION, Policy, medium

STALE_AFTER = timedelta(days=30)
"""For so long an expired invitation is still worth telling of, and a missing one worth asking
for if it has no expiry date of its own."""

_CLOSURES = {ACCEPTED: Kind.CLOSED_ACCEPTED, REJECTED: Kind.CLOSED_REJECTED}

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
    are the records of invitations that are open no longer; see `settled`. Of these only what has
    no open record yet is written first: of the others Partner Central can be asked again.
    """

    observe: tuple[Record, ...]
    due: tuple[Delivery, ...]
    ended: tuple[Record, ...]
    updates: tuple[Delivery, ...] = ()
    held: tuple[Delivery, ...] = ()

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
    chosen = _Chosen(routes or {}, unrouted)
    opened = {record.invitation.id: record for record in open_records}
    known = {record.invitation.id: record for record in closed_records} | opened
    said = {**{i.id: i for i in listed if not i.is_answerable}, **answers}
    alive = {i.id: i for i in listed if i.is_answerable} | _still_pending(opened, answers)
    present = [_seen(known.get(i.id), i, chosen, now) for i in alive.values()]
    gone = (_ended(record, said, now) for id_, record in opened.items() if id_ not in alive)
    ended = [record for record in gone if record] + [_lost(i, chosen, now) for i in missed]
    routed = [record for record in present if not record.unrouted]
    every = [d for channel in channels for d in _due(channel, routed, ended, policy, now)]
    due, held = calmed(every, (*present, *ended), policy, now) if every else ([], [])
    untrue = [record for record in (*present, *ended) if _is_untrue(record, now)]
    updates = [update for channel in channels for update in _updates(channel, untrue, policy)]
    wanted = {delivery.alert.invitation.id for delivery in (*due, *updates)}
    changed = [r for r in present if _changed(r, opened.get(r.invitation.id))]
    known_ends = {record.invitation.id for record in ended}
    changed += [r for i, r in opened.items() if r.flaws and i not in alive and i not in known_ends]
    observe = [_changing(record) if record in untrue else record for record in changed] + [
        r for r in ended if r.invitation.id in wanted and r.invitation.id not in opened
    ]
    return Plan(
        observe=tuple(observe),
        due=tuple(sorted(due, key=_urgency)),
        ended=tuple(ended),
        updates=tuple(updates),
        held=tuple(held),
    )


def _still_pending(
    opened: Mapping[str, Record], answers: Mapping[str, Invitation | None]
) -> dict[str, Invitation]:
    """Return what left the list and is pending all the same, as it was listed last.

    What the details say of it, beside its status and its date, stays with Partner Central.
    """
    return {
        id_: replace(opened[id_].invitation, status=PENDING, expires_at=answer.expires_at)
        for id_, answer in answers.items()
        if answer and answer.status == PENDING
    }


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The routes that were chosen, by id, and those invitations that wait for one."""

    routes: Mapping[str, str]
    waiting: Collection[str]

    def of(self, record: Record) -> Record:
        """Return a record with the route that was chosen for it; the default one, if none was."""
        id_ = record.invitation.id
        route = self.routes.get(id_, record.route)
        return replace(record, route=route, unrouted=id_ in self.waiting)


def _seen(record: Record | None, invitation: Invitation, chosen: _Chosen, now: datetime) -> Record:
    if record is None:
        return chosen.of(Record(invitation=invitation, first_seen=now))
    seen = replace(record, invitation=invitation, ended_at=None, end_seen=None)
    return chosen.of(seen) if record.unrouted else seen


def _changed(record: Record, before: Record | None) -> bool:
    """Say whether a listed invitation is not as it was recorded last, or not readably so."""
    if before is None or before.ended_at or before.end_seen or before.flaws or before.unrouted:
        return True
    return not record.invitation.is_remembered_as(before.invitation)


def _changing(record: Record) -> Record:
    """Return a record whose card is about to be updated: an update may go unrecorded."""
    return replace(record, card=record.card and replace(record.card, status=CHANGING))


def _lost(invitation: Invitation, chosen: _Chosen, now: datetime) -> Record:
    record = Record(
        invitation=replace(invitation, status=EXPIRED),
        first_seen=now,
        ended_at=invitation.expires_at or now,
        end_seen=now,
    )
    return chosen.of(record)


def _ended(record: Record, said: Mapping[str, Invitation | None], now: datetime) -> Record | None:
    """Return the record as ended, or None while nobody knows that it has."""
    invitation = record.invitation
    if record.ended_at is not None:
        return record
    if invitation.id not in said:
        return None
    answer = said[invitation.id]
    if answer is not None and answer.status in KNOWN_STATUSES:
        status = answer.status
    elif (invitation.expires_at or record.first_seen + STALE_AFTER) <= now:
        status = UNKNOWN
    else:
        return None
    expiry = invitation.expires_at
    past_expiry = status in (EXPIRED, UNKNOWN) and expiry is not None and expiry <= now
    return replace(
        record,
        invitation=replace(invitation, status=status),
        ended_at=expiry if past_expiry else now,
        end_seen=now,
    )


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
        [(_escalated, present)] if escalates else [(_open_alert, present), (_closed_alert, ended)]
    )
    for decide, records in decisions:
        for record in _heard(channel, records, policy):
            if (alert := decide(medium_, record, policy, now)) is not None:
                routed = replace(
                    alert,
                    route=policy.present(record.route),
                    contradicted=record.contradicted_at is not None,
                )
                yield Delivery(channel=channel, alert=routed)


def _heard(channel: str, records: Iterable[Record], policy: Policy) -> Iterator[Record]:
    """Yield the records of invitations that a channel is told of."""
    return (r for r in records if policy.hears(channel, r.route, diverted=r.diverted))


def _open_alert(medium_: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    invitation = record.invitation
    told_at = record.told_at.get(medium_)
    if told_at is None:
        return Alert(
            kind=Kind.NEW,
            invitation=invitation,
            reason=f"{medium_} was never told",
            since=record.first_seen,
        )
    expires_at = invitation.expires_at
    if expires_at is None or expires_at <= now:
        return None
    news_at = record.last_news(medium_)
    begins = {s: stage_begins(expires_at, s, policy, news_at) for s in policy.stages}
    begun = [stage for stage, begin in begins.items() if told_at + JITTER < begin <= now]
    if not begun:
        return None
    stage = min(begun)  # The most urgent one.
    is_last = stage == min(policy.stages)
    return Alert(
        kind=Kind.EXPIRING,
        invitation=invitation,
        stage=stage,
        last=is_last,
        was_told=True,
        card=_card(record, medium_, policy),
        mention=policy.mention_of(record.route) if is_last else None,
        reason=f"under {_hours(stage)} h to expiry; {medium_} was last told {_stamp(told_at)}",
        since=begins[stage],
    )


def _escalated(medium_: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    """Return the one reminder that goes also to whoever it escalates to."""
    escalation, expires_at = policy.escalation_of(record.route), record.invitation.expires_at
    if escalation is None or expires_at is None or expires_at <= now:
        return None
    begins, told_at = stage_begins(expires_at, escalation.before, policy), record.told_at
    if begins > now or (medium_ in told_at and begins <= told_at[medium_] + JITTER):
        return None
    return Alert(
        kind=Kind.ESCALATED,
        invitation=record.invitation,
        stage=escalation.before,
        was_told=True,
        reason=f"under {_hours(escalation.before)} h to expiry, and still pending",
        since=begins,
    )


def stage_begins(
    expires_at: datetime, stage: timedelta, policy: Policy, news_at: datetime | None = None
) -> datetime:
    """Return when a stage begins: what nobody would read out of hours is said before.

    If that would be before the last word that was no reminder, at `news_at`, it is said in the
    first hours after; and if those come too late, in its own time.
    """
    moment, hours = expires_at - stage, policy.working_hours
    if hours is None:
        return moment
    before = hours.brought_forward(moment)
    if news_at is None or news_at + JITTER < before or moment <= news_at + JITTER:
        return before
    after = hours.put_off(moment)
    return after if after < expires_at else moment


def _closed_alert(medium_: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    """Return the closure that a medium is due: of what it knew, or of what nobody knew."""
    ended_at = record.ended_at
    if ended_at is None or now - ended_at > STALE_AFTER:
        return None
    kind = _CLOSURES.get(record.invitation.status or "", Kind.CLOSED_EXPIRED)
    told_at = record.told_at.get(medium_)
    if told_at is None:
        # While it was open nobody was told, on any medium: somebody has to know.
        told = (*record.told_at.values(), record.first_told)
        known = any(at is not None and at < ended_at for at in told)
        is_due = kind is Kind.CLOSED_EXPIRED and not known
        reason = f"ended {_stamp(ended_at)} before anybody was told"
    else:
        is_due = told_at < ended_at and (kind not in ANSWERED or medium_ in policy.answers_to)
        reason = f"ended {_stamp(ended_at)}; {medium_} was last told {_stamp(told_at)}"
    if not is_due:
        return None
    return Alert(
        kind=kind,
        invitation=record.invitation,
        ended_at=ended_at,
        was_told=told_at is not None,
        card=_card(record, medium_, policy),
        reason=reason,
        since=ended_at,
    )


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
    status, ended_at = record.invitation.status or "", record.ended_at
    return Alert(
        kind=_CLOSURES.get(status, Kind.CLOSED_EXPIRED) if ended_at else Kind.NEW,
        invitation=record.invitation,
        ended_at=ended_at,
        was_told=True,
        card=record.card,
        reason="its card does not show this yet",
        since=ended_at or record.first_seen,
    )


def _card(record: Record, medium_: str, policy: Policy) -> Card | None:
    return record.card if medium_ == policy.cards_on else None


def _hours(stage: timedelta) -> int:
    return int(stage / timedelta(hours=1))


def _urgency(delivery: Delivery) -> tuple[datetime, datetime, str]:
    invitation = delivery.alert.invitation
    return invitation.expires_at or _LAST, invitation.invited_at or _LAST, invitation.id


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"

"""What the coming runs will tell if nobody answers: the plan itself, asked at the coming moments.

No rule of the plan is stated here a second time. What is assumed is how the world goes on: what is
pending stays pending until it expires, channels that work go on working, and runs come on time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from notifier.core import backoff
from notifier.core.alerts import stage_begins
from notifier.core.model import (
    DEFAULT_ROUTE,
    EXPIRED,
    JITTER,
    REMINDERS,
    Alert,
    Invitation,
    Record,
    State,
)
from notifier.core.plan import Done, Plan, plan
from notifier.core.policy import Policy, medium
from notifier.core.records import A_DAY, STALE_AFTER


@dataclass(frozen=True, slots=True)
class Ticks:
    """When runs come: every `period`, counted from the last one that is known."""

    last: datetime | None
    period: timedelta

    def at_or_after(self, moment: datetime) -> datetime:
        if self.last is None:
            return moment
        return self.last - (self.last - moment) // self.period * self.period


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a run would find now: the listing, the ledger, and what was said of what left the list.

    `routes` are those of invitations without a record, as far as the listing says. `silent` are
    channels that reach nobody though they should: what is due there waits. `off` are
    those that reach nobody and need not. `doubted` has a line for each attribute of the ledger that
    cannot be read or believed.
    """

    listed: Sequence[Invitation]
    open_records: Sequence[Record]
    closed_records: Sequence[Record] = ()
    answers: Mapping[str, Invitation | None] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    missed: Sequence[Invitation] = ()
    state: State = field(default_factory=State)
    channels: Sequence[str] = ()
    policy: Policy
    silent: AbstractSet[str] = frozenset()
    off: AbstractSet[str] = frozenset()
    doubted: Sequence[str] = ()

    def plan(self, now: datetime) -> Plan:
        """Return what a run would find due."""
        return plan(
            listed=self.listed,
            open_records=self.open_records,
            closed_records=self.closed_records,
            answers=self.answers,
            missed=self.missed,
            channels=self.channels,
            policy=self.policy,
            now=now,
            routes=self.routes,
        )

    def hearing(self, silent: AbstractSet[str]) -> Known:
        """Return the same with other channels silent."""
        return replace(self, silent=frozenset(silent))

    def ids(self) -> list[str]:
        """Return whatever a run has to do with, each once."""
        found = [i.id for i in (*self.listed, *self.missed)]
        found += [record.invitation.id for record in self.open_records]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One alert on one channel, and the run that will tell it; `at` is None while none can."""

    channel: str
    alert: Alert
    at: datetime | None


def forecast(known: Known, now: datetime, ticks: Ticks) -> list[Coming]:
    """Return all that will be told, and when, in that order."""
    lives = (_life(one, now, ticks) for one in _apart(known))
    found = [coming for life in lives for coming in life]
    return sorted(found, key=lambda c: (c.at is None, c.at or now, c.alert.since, c.channel))


def _apart(known: Known) -> Iterator[Known]:
    """Yield what is known of each invitation alone: the plan treats none because of another."""
    opened = {record.invitation.id: record for record in known.open_records}
    closed = {record.invitation.id: record for record in known.closed_records}
    listed = {invitation.id: invitation for invitation in known.listed}
    lost = {invitation.id: invitation for invitation in known.missed}
    for id_ in known.ids():
        yield replace(
            known,
            listed=[listed[id_]] if id_ in listed else [],
            open_records=[opened[id_]] if id_ in opened else [],
            closed_records=[closed[id_]] if id_ in closed else [],
            answers={id_: known.answers[id_]} if id_ in known.answers else {},
            missed=[lost[id_]] if id_ in lost else [],
        )


def _life(known: Known, now: datetime, ticks: Ticks) -> Iterator[Coming]:
    """Yield what is told of one invitation, run by run, until its record is closed."""
    waiting: dict[str, Coming] = {}
    tick: datetime | None = ticks.at_or_after(now)
    while tick is not None:
        known = _as_found(known, now, tick)
        found = known.plan(tick)
        told = {d.channel for d in found.due if _is_told(known, d.channel, tick)}
        for delivery in found.due:
            is_told = delivery.channel in told
            coming = Coming(
                channel=delivery.channel, alert=delivery.alert, at=tick if is_told else None
            )
            if is_told:
                yield coming
                waiting.pop(delivery.channel, None)
            elif delivery.channel in known.silent:
                waiting.setdefault(delivery.channel, coming)
        known = _after(known, found, told, tick)
        tick = _next(known, tick, ticks)
    yield from waiting.values()


def _is_told(known: Known, channel: str, tick: datetime) -> bool:
    reaches = channel not in known.silent and channel not in known.off
    return reaches and not backoff.rests(known.state.channel(channel), tick)


def _as_found(known: Known, now: datetime, tick: datetime) -> Known:
    """Return what a run finds then: what expires meanwhile has left the list."""
    ends = {i.id: i for i in known.listed if i.expires_at and now < i.expires_at <= tick}
    said = {i.id: i for i in known.answers.values() if i and i.is_answerable}
    ends |= {id_: i for id_, i in said.items() if i.expires_at and now < i.expires_at <= tick}
    if not ends:
        return known
    return replace(
        known,
        listed=[i for i in known.listed if i.id not in ends],
        answers={**known.answers, **{i.id: replace(i, status=EXPIRED) for i in ends.values()}},
    )


def _after(known: Known, found: Plan, told: AbstractSet[str], tick: datetime) -> Known:
    """Return what is known after a run that did what was found, as the ledger would record it."""
    observed = {record.invitation.id: record for record in found.observe}
    records = {record.invitation.id: record for record in known.open_records} | observed
    said = {
        (medium(d.channel), d.alert.invitation.id): d.alert for d in found.due if d.channel in told
    }
    trued = {update.alert.invitation.id: None for update in found.updates}
    done = Done(told=said.keys(), off=known.off, trued=trued)
    closed, others = ({r.invitation.id: r for r in some} for some in found.settled(done, tick))
    records = {id_: _told(record, said, tick) for id_, record in records.items()} | others
    return replace(
        known,
        open_records=[record for id_, record in records.items() if id_ not in closed],
        closed_records=[],
        listed=[i for i in known.listed if i.id not in closed],
        missed=[],
    )


def _told(record: Record, said: Mapping[tuple[str, str], Alert], tick: datetime) -> Record:
    alerts = {on: alert for (on, id_), alert in said.items() if id_ == record.invitation.id}
    fresh = dict.fromkeys(alerts, tick)
    news = {on: tick for on, alert in alerts.items() if alert.kind not in REMINDERS}
    return replace(
        record,
        told_at={**record.told_at, **fresh},
        news_at={**record.news_at, **news},
        deadlines={**record.deadlines, **dict.fromkeys(fresh, record.invitation.expires_at)},
        first_told=record.first_told or next(iter(fresh.values()), None),
    )


def _next(known: Known, tick: datetime, ticks: Ticks) -> datetime | None:
    """Return the next run that may find something else than this one did; None for no such run."""
    ahead = [moment for moment in (*_moments(known), *_soon(known, tick)) if moment > tick]
    return ticks.at_or_after(min(ahead)) if ahead else None


def _moments(known: Known) -> Iterator[datetime]:
    """Yield when the plan may change; too many do no harm."""
    if not known.listed and not known.open_records:
        return
    rests = [known.state.channel(channel).retry_at for channel in known.channels]
    yield from (moment - backoff.EARLY for moment in rests if moment)
    yield from (record.first_seen + STALE_AFTER for record in known.open_records)
    dates = {i.expires_at for i in known.listed} | {i.expires_at for i in _recorded(known)}
    for expires_at in filter(None, dates):
        yield expires_at
        for stage in _stages(known.policy):
            just_before = expires_at - stage - 2 * JITTER
            yield expires_at - stage
            yield stage_begins(expires_at, stage, known.policy)
            yield stage_begins(expires_at, stage, known.policy, just_before)


def _soon(known: Known, tick: datetime) -> Iterator[datetime]:
    """Yield when more is told of what has ended or is open again: seen twice, or a day later."""
    for record in known.open_records:
        answer = known.answers.get(record.invitation.id)
        if answer and answer.is_odd and record.ended_at is None:
            yield tick + timedelta.resolution
        if again := record.reopened:
            yield from (again.at + timedelta.resolution, again.at + A_DAY, again.ended_at + A_DAY)
            yield from (m for m in (again.before and again.before + A_DAY, record.end_seen) if m)
            if record.end_seen:
                yield record.end_seen + timedelta.resolution


def _stages(policy: Policy) -> Iterator[timedelta]:
    yield from policy.stages
    names = (DEFAULT_ROUTE, *(route.name for route in policy.routes))
    yield from (found.before for name in names if (found := policy.escalation_of(name)))


def _recorded(known: Known) -> Iterator[Invitation]:
    yield from (record.invitation for record in known.open_records)
    yield from (answer for answer in known.answers.values() if answer)

"""What one medium is due to hear of one invitation, by what it was last told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .model import (
    ACCEPTED,
    ANSWERED,
    EXPIRED,
    JITTER,
    REJECTED,
    UNKNOWN,
    Alert,
    Card,
    Kind,
    Record,
)
from .policy import Policy
from .records import A_DAY, STALE_AFTER

SOONER = timedelta(minutes=15)
"""Within a stage, a date that moves up by less is not said again."""

SLOWEST = timedelta(hours=1)
"""The slowest schedule."""

_CLOSURES = {
    ACCEPTED: Kind.CLOSED_ACCEPTED,
    REJECTED: Kind.CLOSED_REJECTED,
    EXPIRED: Kind.CLOSED_EXPIRED,
    UNKNOWN: Kind.CLOSED_EXPIRED,
}


def open_alert(medium: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    """Return what a medium is due to hear of an invitation that is pending."""
    told_at = record.told_at.get(medium)
    if told_at is None:
        return Alert(
            kind=Kind.NEW,
            invitation=record.invitation,
            reason=f"{medium} was never told",
            since=record.first_seen,
        )
    if _believes_it_ended(medium, record, told_at):
        return _reopened(medium, record, told_at, policy, now)
    expires_at = record.invitation.expires_at
    if expires_at is None:
        return None
    if expires_at <= now:
        if not record.undated or told_at >= expires_at:
            return None
        reason = "past its last known date, and still pending"
        return _word(Kind.MOVED, medium, record, policy, since=expires_at, reason=reason)
    view = _View(medium, record, policy, now, told_at, expires_at)
    return view.reminder() or view.moved_later()


def _word(
    kind: Kind, medium: str, record: Record, policy: Policy, *, since: datetime, reason: str
) -> Alert:
    """Return an alert about a change to an invitation that a medium was told of."""
    return Alert(
        kind=kind,
        invitation=record.invitation,
        was_told=True,
        card=card_on(record, medium, policy),
        was_until=_was_until(medium, record),
        reason=reason,
        since=since,
    )


def _reopened(
    medium: str, record: Record, told_at: datetime, policy: Policy, now: datetime
) -> Alert | None:
    """Return what tells a medium, which heard of the end, that an invitation is open again.

    Within a day of that two runs have to see it, and people hear so once a day at most.
    """
    again = record.reopened
    if again is None:
        return None
    since = max(again.at, again.before + A_DAY) if again.before else again.at
    is_sure = now > again.at or now - told_at >= A_DAY
    if not is_sure or since > now:
        return None
    reason = f"open again since {_stamp(again.at)}"
    return _word(Kind.REOPENED, medium, record, policy, since=since, reason=reason)


@dataclass(frozen=True, slots=True)
class _View:
    """An open invitation with a date, as a medium sees it that was told of it."""

    medium: str
    record: Record
    policy: Policy
    now: datetime
    told_at: datetime
    expires_at: datetime

    @property
    def believed(self) -> datetime | None:
        return self.record.believed(self.medium)

    def reminder(self) -> Alert | None:
        """Return the most urgent stage that is due."""
        begins = {stage: self._begins(stage, self.expires_at) for stage in self.policy.stages}
        begun = {stage: at for stage, at in begins.items() if at <= self.now}
        known = {stage for stage in begun if self._was_within(stage)}
        due = [s for s, at in begun.items() if self._is_due(at, is_known=s in known)]
        if not due:
            return None
        stage = min(due)
        is_last = stage == min(self.policy.stages)
        is_fresh = self.told_at + JITTER < begun[stage]
        pings = is_last and (is_fresh or stage not in known)
        told = f"{self.medium} was last told {_stamp(self.told_at)}"
        return Alert(
            kind=Kind.EXPIRING,
            invitation=self.record.invitation,
            stage=stage,
            last=is_last,
            was_told=True,
            was_until=_was_until(self.medium, self.record),
            card=card_on(self.record, self.medium, self.policy),
            mention=self.policy.mention_of(self.record.route) if pings else None,
            reason=f"under {_hours(stage)} h to expiry; {told}",
            since=begun[stage] if is_fresh else self.now,
        )

    def moved_later(self) -> Alert | None:
        """Return what tells of a date that moved by a day or more after the last reminder."""
        believed, stages = self.believed, self.policy.stages
        if believed is None or self.expires_at - believed < A_DAY or not stages:
            return None
        if not self._was_within(min(stages)):
            return None
        told = f"{self.medium} was last told {_stamp(self.told_at)}"
        reason = f"its date moved by a day or more; {told}"
        return _word(
            Kind.MOVED, self.medium, self.record, self.policy, since=self.now, reason=reason
        )

    def _is_due(self, begin: datetime, *, is_known: bool) -> bool:
        """Say whether a stage that has begun is due, by the date that the medium believes in.

        It is once it begins; and if the date has moved up so that it has begun before. What people
        know to be within the stage is due again only if the date moved later by a day or more, or
        so much earlier that less than half of the time is left that they count on.
        """
        begins_now, believed = self.told_at + JITTER < begin, self.believed
        if believed is None:
            return begins_now or self._may_speak()
        earlier = believed - self.expires_at
        if not is_known:
            return begins_now or (earlier > JITTER and self._may_speak())
        if earlier <= -A_DAY:
            return begins_now
        is_half = self.expires_at - self.now < (believed - self.now) / 2
        return earlier >= SOONER and is_half and self._may_speak()

    def _begins(self, stage: timedelta, expires_at: datetime) -> datetime:
        news_at = self.record.last_news(self.medium)
        return stage_begins(expires_at, stage, self.policy, news_at)

    def _was_within(self, stage: timedelta) -> bool:
        """Say whether the medium was last told within a stage, by the date that it was told."""
        believed = self.believed
        return believed is not None and self._begins(stage, believed) <= self.told_at + JITTER

    def _may_speak(self) -> bool:
        """Say whether people read now, or will not before the invitation expires."""
        hours = self.policy.working_hours
        next_hours = hours.put_off(self.now) if hours else self.now
        return next_hours == self.now or next_hours >= self.expires_at


def _was_until(medium: str, record: Record) -> datetime | None:
    """Return the date that a medium believes in, if it is another one."""
    believed, expires_at = record.believed(medium), record.invitation.expires_at
    if believed is None or expires_at is None or abs(believed - expires_at) <= JITTER:
        return None
    return believed


def escalated(medium: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    """Return the one reminder that goes also to whoever it escalates to.

    It comes once more only if the date moved later by a day or more.
    """
    escalation, expires_at = policy.escalation_of(record.route), record.invitation.expires_at
    if escalation is None or expires_at is None or expires_at <= now:
        return None
    begins, told_at = stage_begins(expires_at, escalation.before, policy), record.told_at
    if begins > now:
        return None
    if medium in told_at:
        believed = record.believed(medium) or expires_at
        if expires_at - believed < A_DAY or begins <= told_at[medium] + JITTER:
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


def closed_alert(medium: str, record: Record, policy: Policy, now: datetime) -> Alert | None:
    """Return the closure that a medium is due: of what it knew, or of what nobody knew."""
    ended_at = record.ended_at
    if ended_at is None or now - ended_at > STALE_AFTER or end_waits(record, now):
        return None
    kind = closure(record)
    told_at = record.told_at.get(medium)
    if told_at is None:
        # While it was open nobody was told, on any medium: somebody has to know.
        told = (*record.told_at.values(), record.first_told)
        known = any(at is not None and at < ended_at for at in told)
        is_due = kind not in ANSWERED and not known
        reason = f"ended {_stamp(ended_at)} before anybody was told"
    else:
        is_known = _believes_it_ended(medium, record, told_at) and _was_brief(record)
        is_wanted = kind not in ANSWERED and not is_known
        is_due = told_at < ended_at and (is_wanted or kind in ANSWERED & _answers(medium, policy))
        reason = f"ended {_stamp(ended_at)}; {medium} was last told {_stamp(told_at)}"
    if not is_due:
        return None
    return Alert(
        kind=kind,
        invitation=record.invitation,
        ended_at=ended_at,
        was_told=told_at is not None,
        card=card_on(record, medium, policy),
        reason=reason,
        since=ended_at,
    )


def _answers(medium: str, policy: Policy) -> frozenset[Kind]:
    return ANSWERED if medium in policy.answers_to else frozenset()


def _believes_it_ended(medium: str, record: Record, told_at: datetime) -> bool:
    """Say whether what a medium heard last is that the invitation is over, and it was reopened.

    What it was told after its end may have been something else.
    """
    again, news_at = record.reopened, record.news_at.get(medium)
    return again is not None and again.ended_at <= told_at < again.at and told_at != news_at


def _was_brief(record: Record) -> bool:
    """Say whether an invitation was open again for so short a time that no run told of it."""
    again, seen = record.reopened, record.end_seen
    return again is not None and seen is not None and seen - again.at < SLOWEST


def end_waits(record: Record, now: datetime) -> bool:
    """Say whether an end is not told yet: soon after a reopening two runs have to see it.

    And people hear of an end once a day at most.
    """
    again = record.reopened
    if again is None or record.ended_at is None:
        return False
    is_soon = now - again.at < A_DAY and record.end_seen == now
    return is_soon or now - again.ended_at < A_DAY


def closure(record: Record) -> Kind:
    """Return how an invitation ended, as an alert says it."""
    return _CLOSURES.get(record.invitation.status or UNKNOWN, Kind.CLOSED_OTHER)


def card_on(record: Record, medium: str, policy: Policy) -> Card | None:
    return record.card if medium == policy.cards_on else None


def _hours(stage: timedelta) -> int:
    return int(stage / timedelta(hours=1))


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"

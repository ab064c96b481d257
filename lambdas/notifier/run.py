"""One run: lease, list, read, resolve, plan, observe, deliver, close.

It is level-triggered: it looks at the whole present state and does what is due, whatever
started it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .budget import WRITE_SIZE, Budget
from .core.model import Invitation, Kind, Policy, Record, State
from .core.plan import Plan, missed, next_expiry, plan, unresolved
from .core.ports import (
    Channel,
    InvitationSource,
    Ledger,
    LedgerError,
    ListingError,
    LookupFailed,
)
from .deliver import Turn
from .enrich import Enricher
from .report import ChannelReport

GAP = timedelta(days=1)
"""After so long without a complete run, what expired meanwhile is looked for and told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one run saw and did; the handler logs it and turns it into metrics.

    `held` means that another run had the lease and nothing was done. `complete` means that
    everything was listed, read and planned: only then is the heartbeat sent. `overdue` is for how
    long the oldest delivery has been due that was left undelivered; `next_expiry` is how long
    until one of the listed invitations expires, None if none will.
    """

    held: bool = False
    complete: bool = False
    listed: int = 0
    new: int = 0
    expiring: int = 0
    missed: int = 0
    closed: int = 0
    unresolved: int = 0
    details_missing: int = 0
    overdue: timedelta = timedelta(0)
    next_expiry: timedelta | None = None
    channels: tuple[ChannelReport, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Notifier:
    """The parts of a run, and the run itself.

    `channels` maps each channel's name to what builds it, in the order of their turns; a channel
    with nothing due is not built.
    """

    source: InvitationSource
    ledger: Ledger
    channels: Mapping[str, Callable[[], Channel]]
    policy: Policy
    catalog: str
    budget: Budget
    _unanswered: int = field(default=0, init=False)
    _blind_spots: list[str] = field(default_factory=list, init=False)

    def run(self, now: datetime) -> Summary:
        """Do what is due at `now` (UTC). Raises ListingError or LedgerError when blind."""
        state = self.ledger.acquire(now)
        if state is None:
            return Summary(held=True)
        try:
            summary = self._run(state, now)
        except Exception:
            with suppress(LedgerError):  # The lease runs out by itself; what failed is the news.
                self.ledger.release(completed_at=None)
            raise
        try:
            self.ledger.release(completed_at=now if summary.complete else None)
        except LedgerError as error:
            return replace(summary, errors=(*summary.errors, str(error)))
        return summary

    def _run(self, state: State, now: datetime) -> Summary:
        listed, due = self._look(state, now)
        for start in range(0, len(due.observe), WRITE_SIZE):
            if not self.budget.fits_write():
                raise LedgerError("out of time while recording what was seen; nothing was sent")
            self.ledger.observe(due.observe[start : start + WRITE_SIZE])
        enricher = Enricher(self.source)
        reports = self._deliver(state, due, enricher, pending=len(listed), now=now)
        errors = self._blind_spots + [error for report in reports for error in report.errors]
        closed: Sequence[Record] = ()
        if not any(report.ledger_failed for report in reports):
            try:
                closed = self._close(due, reports, now)
            except LedgerError as error:
                errors.append(str(error))
        return Summary(
            complete=not self._blind_spots,
            listed=len(listed),
            new=due.count(Kind.NEW),
            expiring=due.count(Kind.EXPIRING),
            missed=due.count(Kind.CLOSED_EXPIRED),
            closed=len(closed),
            unresolved=self._unanswered,
            details_missing=enricher.missing,
            overdue=due.overdue(settled=_settled(reports), off=_off(reports), now=now),
            next_expiry=next_expiry(listed, now),
            channels=tuple(reports),
            errors=tuple(errors),
        )

    def _look(self, state: State, now: datetime) -> tuple[Sequence[Invitation], Plan]:
        listed = list({i.id: i for i in self.source.pending()}.values())
        open_records = self.ledger.open_records()
        known = {record.invitation.id for record in open_records}
        unknown = {i.id for i in listed if i.is_answerable} - known
        closed_records = self.ledger.closed_records(unknown) if unknown else ()
        return listed, plan(
            listed=listed,
            open_records=open_records,
            closed_records=closed_records,
            answers=self._ask(unresolved(listed, open_records)),
            missed=self._missed(state, known | {i.id for i in listed}, now),
            channels=tuple(self.channels),
            policy=self.policy,
            now=now,
        )

    def _ask(self, ids: Sequence[str]) -> dict[str, Invitation | None]:
        """Ask for the status of what left the list, in half of the time that is left.

        The other half is for telling, and for closing what was answered: so the next run has
        fewer to ask for. What was not asked for stays as it is.
        """
        answers: dict[str, Invitation | None] = {}
        time_for_more = self.budget.half()
        for id_ in ids:
            if not time_for_more():
                break
            try:
                answers[id_] = self.source.details(id_).invitation
            except LookupFailed:
                answers[id_] = None
                self._unanswered += 1
        return answers

    def _missed(self, state: State, known: set[str], now: datetime) -> list[Invitation]:
        if state.completed_at is None or now - state.completed_at < GAP:
            return []
        try:
            expired = self.source.expired()
        except ListingError as error:
            # What is pending is told all the same; the gap stays open for the next run.
            self._blind_spots.append(str(error))
            return []
        found = missed(expired, known, since=state.completed_at, now=now)
        told = {
            record.invitation.id for record in self.ledger.closed_records([i.id for i in found])
        }
        return [invitation for invitation in found if invitation.id not in told]

    def _deliver(
        self, state: State, due: Plan, enricher: Enricher, *, pending: int, now: datetime
    ) -> list[ChannelReport]:
        reports: list[ChannelReport] = []
        for name, build in self.channels.items():
            turn = Turn(
                name=name,
                build=build,
                alerts=due.on(name),
                state=state.channel(name),
                ledger=self.ledger,
                enricher=enricher,
                policy=self.policy,
                catalog=self.catalog,
                pending=pending,
                budget=self.budget,
                now=now,
            )
            reports.append(turn.take())
            if reports[-1].ledger_failed:
                break  # What cannot be recorded must not be sent: no channel goes on.
        return reports

    def _close(
        self, due: Plan, reports: Sequence[ChannelReport], now: datetime
    ) -> Sequence[Record]:
        told = {(report.name, id_) for report in reports for id_ in report.told_ids}
        closed = due.closable(told=told, off=_off(reports), now=now)
        for start in range(0, len(closed), WRITE_SIZE):
            if not self.budget.fits_closing():
                return closed[:start]
            self.ledger.close(closed[start : start + WRITE_SIZE], now)
        return closed


def _settled(reports: Sequence[ChannelReport]) -> set[tuple[str, str]]:
    return {pair for report in reports for pair in report.settled}


def _off(reports: Sequence[ChannelReport]) -> set[str]:
    return {report.name for report in reports if report.off}

"""One run: lease, list, read, resolve, plan, observe, deliver, close.

It is level-triggered: it looks at the whole present state and does what is due, whatever
started it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..core.model import Invitation, Kind, Policy, Record, Search, State
from ..core.plan import Plan, missed, next_expiry, plan, unresolved
from ..core.ports import (
    Channel,
    InvitationSource,
    Ledger,
    LedgerError,
    LookupFailed,
    NotifierError,
)
from . import gap
from .budget import WRITE_SIZE, Budget
from .deliver import Turn, where
from .details import Enricher
from .gap import Findings
from .report import ChannelReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one run saw and did; the handler logs it and turns it into metrics.

    `held` means that another run had the lease and nothing was done. `complete` means that
    everything was listed, read and planned: only then is the heartbeat sent. `overdue` is for how
    long the oldest delivery has been due that was left undelivered; `next_expiry` is how long
    until one of the listed invitations expires, None if none will. `gap_open` means that the next
    run goes on looking for what expired in a gap; `asked_again` that an event came meanwhile, so
    that another look is due.
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
    gap_open: bool = False
    asked_again: bool = False
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
    _gap: Findings = field(default_factory=Findings, init=False)

    def run(self, now: datetime, *, insist: bool = False) -> Summary:
        """Do what is due at `now` (UTC); whatever goes wrong is in the summary.

        If another run holds the lease nothing is done; `insist` makes that one look once more.
        """
        try:
            state = self._acquire(now, insist=insist)
        except LedgerError as error:
            return Summary(errors=(str(error),))
        if state is None:
            return Summary(held=True)
        search = state.search  # What a run that fails may have found is looked for again.
        try:
            summary = self._run(state, now)
            search = self._gap.search
        except NotifierError as error:
            summary = Summary(errors=(str(error),))
        except Exception as error:  # noqa: BLE001  (the lease is given back, whatever it was)
            summary = Summary(errors=(f"nobody foresaw this: {where(error)}",))
        return self._release(summary, search, now)

    def _acquire(self, now: datetime, *, insist: bool) -> State | None:
        state = self.ledger.acquire(now)
        if state is None and insist and not self.ledger.ask_again():
            return self.ledger.acquire(now)  # It was given back in between.
        return state

    def _release(self, summary: Summary, search: Search | None, now: datetime) -> Summary:
        completed_at = now if summary.complete else None
        try:
            asked = self.ledger.release(completed_at=completed_at, search=search)
        except LedgerError as error:
            if summary.errors:  # The lease runs out by itself; what failed first is the news.
                return summary
            return replace(summary, errors=(str(error),))
        return replace(summary, asked_again=asked)

    def _run(self, state: State, now: datetime) -> Summary:
        listed, due = self._look(state, now)
        for start in range(0, len(due.observe), WRITE_SIZE):
            if not self.budget.fits_write():
                raise LedgerError("out of time while recording what was seen; nothing was sent")
            self.ledger.observe(due.observe[start : start + WRITE_SIZE])
        enricher = Enricher(self.source)
        reports = self._deliver(state, due, enricher, pending=len(listed), now=now)
        errors = [self._gap.error] if self._gap.error else []
        errors += [error for report in reports for error in report.errors]
        closed: Sequence[Record] = ()
        if not any(report.ledger_failed for report in reports):
            try:
                closed = self._close(due, reports, now)
            except LedgerError as error:
                errors.append(str(error))
        return Summary(
            complete=self._gap.is_whole,
            listed=len(listed),
            new=due.count(Kind.NEW),
            expiring=due.count(Kind.EXPIRING),
            missed=due.count(Kind.CLOSED_EXPIRED),
            closed=len(closed),
            unresolved=self._unanswered,
            details_missing=enricher.missing,
            overdue=due.overdue(settled=_settled(reports), off=_off(reports), now=now),
            next_expiry=next_expiry(listed, now),
            gap_open=not self._gap.is_whole,
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
        """Return what came and expired in a gap; what fails leaves it open for the next run."""
        self._gap = gap.look(self.source, state, now, self.budget.half())
        if state.completed_at is None or not self._gap.expired:
            return []
        found = missed(self._gap.expired, known, since=state.completed_at, now=now)
        told = {
            record.invitation.id for record in self.ledger.closed_records([i.id for i in found])
        }
        return [invitation for invitation in found if invitation.id not in told]

    def _deliver(
        self, state: State, due: Plan, enricher: Enricher, *, pending: int, now: datetime
    ) -> list[ChannelReport]:
        turns: list[Turn] = []
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
                look=_is_new_day(state.completed_at, now),
                now=now,
            )
            turns.append(turn)
            if turn.take().ledger_failed:
                break  # What cannot be recorded must not be sent: no channel goes on.
        else:
            _warn(turns, now)
        return [turn.report for turn in turns]

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


def _is_new_day(completed_at: datetime | None, now: datetime) -> bool:
    """Say whether this is a day's first complete run, which looks whether anybody listens."""
    return completed_at is None or completed_at.date() != now.date()


def _warn(turns: Sequence[Turn], now: datetime) -> None:
    """Say on the channels that work which others nobody listens on, once a day."""
    for silent in turns:
        about = silent.report.not_connected
        warn_at = silent.state.warn_at
        if about is None or warn_at is None or now < warn_at:
            continue
        said = [turn.warn(about) for turn in turns if turn is not silent]
        if any(turn.report.ledger_failed for turn in turns):
            return
        if any(said):
            silent.warned()

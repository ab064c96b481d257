"""One run: lease, list, read, resolve, plan, observe, deliver, close, and say how things stand.

It is level-triggered: it looks at the whole present state and does what is due, whatever
started it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..core.backoff import Fate
from ..core.model import (
    LEASE,
    PENDING,
    Details,
    Invitation,
    Kind,
    Search,
    State,
)
from ..core.plan import Plan, missed, next_expiry, plan, unresolved
from ..core.policy import ALARMS, SLACK, SNS, Policy
from ..core.ports import (
    Channel,
    InvitationSource,
    Ledger,
    LedgerError,
    LookupFailed,
    NotifierError,
)
from . import alarms, gap, trust
from .attempt import where
from .budget import Budget
from .deliver import Turn
from .details import DetailsCache
from .ends import Ends
from .gap import Findings
from .history import NOTHING, History, history
from .report import ChannelReport, done
from .routing import Routing, choose_routes
from .shared import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one run saw and did; the handler logs it and turns it into metrics.

    `held` means that another run had the lease and nothing was done. `complete` means that
    everything was listed, read and planned: only then is the heartbeat sent. `unread` counts listed
    entries that could not be read at all, `left_out` what the listing does not show though Partner
    Central, asked, calls it pending or does not say, `odd_status` what has a status that nobody
    here knows. `unrouted` counts invitations that took the
    default route for lack of details, `unrouted_yet` those that the next run goes on with,
    `held_back` alerts that wait for more of them, for minutes. `overdue` is for how long the oldest
    delivery has been due that was left undelivered; `next_expiry` is how long until one of the
    listed invitations expires, None if none will. `gap_open` means that the next run goes on
    looking for what expired in a gap; `asked_again` that an event came meanwhile, so that another
    look is due. `doubted` has a line for each attribute of the ledger that could not be read or
    believed.
    """

    held: bool = False
    complete: bool = False
    listed: int = 0
    new: int = 0
    expiring: int = 0
    missed: int = 0
    closed: int = 0
    unresolved: int = 0
    unread: int = 0
    left_out: int = 0
    odd_status: int = 0
    details_missing: int = 0
    unrouted: int = 0
    unrouted_yet: int = 0
    held_back: int = 0
    history: History = NOTHING
    overdue: timedelta = timedelta(0)
    next_expiry: timedelta | None = None
    gap_open: bool = False
    asked_again: bool = False
    channels: tuple[ChannelReport, ...] = ()
    doubted: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a run is made of.

    `channels` maps each channel's name to what builds it, in the order of their turns; a channel
    with nothing due is not built. `payload_types` are those that are listed, all if there are none.
    `alarms` builds what says who hears the alarms, if that is known.
    """

    source: InvitationSource
    ledger: Ledger
    channels: Mapping[str, Callable[[], Channel]]
    policy: Policy
    catalog: str
    budget: Budget
    payload_types: Collection[str] = ()
    alarms: Callable[[], Channel] | None = None


def run(parts: Parts, now: datetime, *, insist: bool = False) -> Summary:
    """Do what is due at `now` (UTC); whatever goes wrong is in the summary.

    If another run holds the lease nothing is done; `insist` makes that one look once more.
    """
    try:
        state = _acquire(parts.ledger, now, insist=insist)
    except LedgerError as error:
        return Summary(errors=(str(error),))
    if state is None:
        return Summary(held=True)
    this = _Run(parts=parts, state=trust.state(state, now), now=now)
    search = this.state.search  # What a run that fails may have found is looked for again.
    try:
        summary = this.summary()
        search = this.gap.search
    except NotifierError as error:
        summary = Summary(errors=(str(error),))
    except Exception as error:  # noqa: BLE001  (the lease is given back, whatever it was)
        summary = Summary(errors=(f"unexpected error: {where(error)}",))
    summary = replace(summary, doubted=this.doubted)
    return _released(parts.ledger, summary, search, now)


def _acquire(ledger: Ledger, now: datetime, *, insist: bool) -> State | None:
    state = ledger.acquire(now)
    if state is None and insist and not ledger.ask_again():
        return ledger.acquire(now)  # It was given back in between.
    return state


def _released(ledger: Ledger, summary: Summary, search: Search | None, now: datetime) -> Summary:
    completed_at = now if summary.complete else None
    try:
        asked = ledger.release(completed_at=completed_at, search=search)
    except LedgerError as error:
        if summary.errors:  # The lease runs out by itself; what failed first is the news.
            return summary
        return replace(summary, errors=(str(error),))
    return replace(summary, asked_again=asked)


@dataclass(slots=True, kw_only=True)
class _Run:
    """What one run, which holds the lease, has come to know."""

    parts: Parts
    state: State
    now: datetime
    unread: int = field(default=0, init=False)
    gap: Findings = field(default_factory=Findings, init=False)
    answers: dict[str, Invitation | None] = field(default_factory=dict, init=False)
    details: DetailsCache = field(init=False)
    reads: trust.Reads = field(init=False)
    routing: Routing = field(default_factory=Routing, init=False)

    def __post_init__(self) -> None:
        self.details = DetailsCache(self.parts.source, shown=self.parts.policy.details)
        self.reads = trust.Reads(self.parts.ledger, self.now)

    @property
    def doubted(self) -> tuple[str, ...]:
        """Return a line for each attribute of the ledger that was not believed."""
        return (*trust.named(LEASE, self.state.flaws), *self.reads.doubted)

    def summary(self) -> Summary:
        """Do all of it; raise NotifierError where nothing more can be done."""
        listed, due = self._look()
        if not self.parts.ledger.observe(due.observe, time_left=self.parts.budget.fits_write):
            raise LedgerError("out of time while recording what was seen; nothing was sent")
        for name, state in trust.to_mend(self.state).items():
            self.parts.ledger.save_channel(name, state)
        ends = Ends(plan=due, ledger=self.parts.ledger, now=self.now)
        turns = self._deliver(due, ends, pending=len(listed))
        reports = ends.reports
        unclosed: list[str] = []
        if not any(report.ledger_failed for report in reports):
            try:
                ends.finish(self.parts.budget.fits_write)
                self._contradicted(reports)
                self._stand(turns)  # It counts what is written: last of all.
            except LedgerError as error:
                unclosed.append(str(error))
        errors = [error for error in (_unread(self.unread), self.gap.error) if error]
        errors += [error for report in reports for error in report.errors] + unclosed
        return Summary(
            complete=self.gap.is_whole and not self.unread,
            listed=len(listed),
            new=due.count(Kind.NEW),
            expiring=due.count(Kind.EXPIRING),
            missed=due.count(Kind.CLOSED_EXPIRED),
            closed=len(ends.closed),
            unresolved=sum(answer is None for answer in self.answers.values()),
            unread=self.parts.source.unread,
            left_out=sum(map(self._is_left_out, self.answers.values())),
            odd_status=len({i.id for i in (*listed, *self.answers.values()) if i and i.is_odd}),
            details_missing=self.details.missing,
            unrouted=self.routing.unknown,
            unrouted_yet=len(self.routing.waiting),
            held_back=len(due.held),
            history=history(due.observe, ends.closed, self.now),
            overdue=due.overdue(done(reports), self.now),
            next_expiry=next_expiry(listed, self.now),
            gap_open=not self.gap.is_whole,
            channels=tuple(reports),
            errors=tuple(errors),
        )

    def _look(self) -> tuple[Sequence[Invitation], Plan]:
        source, ledger = self.parts.source, self.reads
        listed = list({i.id: i for i in source.pending()}.values())
        self.unread = source.unread
        open_records = ledger.open_records()
        known = {record.invitation.id for record in open_records}
        unknown = {i.id for i in listed if i.is_answerable} - known
        closed_records = ledger.closed_records(unknown) if unknown else ()
        answers = self._ask(unresolved(listed, open_records))
        missed_ = self._missed(known | {i.id for i in listed})
        waited = {r.invitation.id for r in open_records if r.unrouted and not r.told_at}
        new = unknown - {record.invitation.id for record in closed_records}
        unrouted = (i for i in (*listed, *answers.values()) if i and i.id in new | waited)
        self._choose_routes([*unrouted, *missed_], waited)
        return listed, plan(
            listed=listed,
            open_records=open_records,
            closed_records=closed_records,
            answers=answers,
            missed=missed_,
            channels=tuple(self.parts.channels),
            policy=self.parts.policy,
            now=self.now,
            routes=self.routing.chosen,
            unrouted=self.routing.waiting,
        )

    def _choose_routes(self, new: Sequence[Invitation], waited: Collection[str]) -> None:
        """Choose for what has no record yet, or no route, in half of the time that is left."""
        if routes := self.parts.policy.routes:
            time_left = self.parts.budget.half()
            self.routing = choose_routes(
                new, routes, self.details, waited=waited, time_left=time_left, now=self.now
            )

    def _ask(self, ids: Sequence[str]) -> Mapping[str, Invitation | None]:
        """Ask for the status of what left the list, in half of the time that is left.

        The other half is for telling, and for closing what was answered: so the next run has
        fewer to ask for. What was not asked for stays as it is.
        """
        time_for_more = self.parts.budget.half()
        for id_ in ids:
            if not time_for_more():
                break
            details: Details | None = None
            try:
                details = self.parts.source.details(id_)
                self.answers[id_] = details.invitation
            except LookupFailed:
                self.answers[id_] = None
            self.details.keep(id_, details)
        return self.answers

    def _is_left_out(self, answer: Invitation | None) -> bool:
        """Say whether the listing should have shown what this answer is about, for all we know.

        Nobody says of what cannot be asked for that it has ended, and nobody is reminded of it.
        """
        if answer is None or answer.status != PENDING:
            return answer is None
        return not self.parts.payload_types or answer.payload_type in self.parts.payload_types

    def _missed(self, known: set[str]) -> list[Invitation]:
        """Return what came and expired in a gap; what fails leaves it open for the next run."""
        parts, since = self.parts, self.state.completed_at
        self.gap = gap.look(parts.source, self.state, self.now, parts.budget.half())
        if since is None or not self.gap.expired:
            return []
        found = missed(self.gap.expired, known, since=since, now=self.now)
        closed = self.reads.closed_records([invitation.id for invitation in found])
        told = {record.invitation.id for record in closed}
        return [invitation for invitation in found if invitation.id not in told]

    def _deliver(self, due: Plan, ends: Ends, *, pending: int) -> list[Turn]:
        """Let each channel take its turn, unless the ledger fails."""
        parts = self.parts
        shared = Shared(
            ledger=parts.ledger,
            reads=self.reads,
            ends=ends,
            details=self.details,
            policy=parts.policy,
            catalog=parts.catalog,
            budget=parts.budget,
            pending=pending,
            now=self.now,
            must_connect=_is_new_day(self.state.completed_at, self.now),
        )
        turns: list[Turn] = []
        for name, build in parts.channels.items():
            handed = [t.handed for t in turns if parts.policy.takes_over(t.name) == name]
            turn = Turn(
                name=name,
                build=build,
                alerts=(*due.on(name), *(alert for h in handed for alert in h.alerts)),
                updates=(*due.updates_on(name), *(alert for h in handed for alert in h.updates)),
                state=self.state.channel(name),
                shared=shared,
            )
            turns.append(turn)
            ends.reports.append(turn.report)
            if turn.take().ledger_failed:
                break  # What cannot be recorded must not be sent: no channel goes on.
        else:
            people = [turn for turn in turns if turn.name in (SNS, SLACK)]
            _warn(people, self.now)
            if parts.alarms and shared.must_connect and not _failed(people):
                alarms.look(people, parts.alarms, self.state.channel(ALARMS))
        return turns

    def _contradicted(self, reports: Sequence[ChannelReport]) -> None:
        """Keep what was not told because its details contradict the listing: once only."""
        ids = {id_ for report in reports for _, id_ in report.stale}
        if ids and self.parts.budget.fits_write():
            self.parts.ledger.record_contradicted(ids, now=self.now)

    def _stand(self, turns: Sequence[Turn]) -> None:
        """Let each channel say how things stand, unless the ledger fails."""
        if self.parts.policy.standing is None:
            return
        from .standing import Standings  # noqa: PLC0415  (few runs have a digest to make)

        standings = Standings(shared=turns[0].shared, states=self.state.channels)
        ready = [turn for turn in turns if turn.may_stand(standings)]
        if ready:
            standings.read()  # What cannot be counted is no channel's fault.
        for turn in ready:
            if _failed(turns):
                break
            turn.stand(standings)


def _unread(count: int) -> str | None:
    """Say what keeps a run from having seen everything, though all else was told."""
    if not count:
        return None
    entries = "1 entry has" if count == 1 else f"{count} entries have"
    return f"ListEngagementInvitations: {entries} no id; look for what they are in Partner Central"


def _is_new_day(completed_at: datetime | None, now: datetime) -> bool:
    """Say whether this is a day's first complete run, which looks whether emails reach anybody."""
    return completed_at is None or completed_at.date() != now.date()


def _failed(turns: Sequence[Turn]) -> bool:
    """Say whether the ledger failed: what cannot be recorded must not be sent."""
    return any(turn.report.ledger_failed for turn in turns)


def _warn(turns: Sequence[Turn], now: datetime) -> None:
    """Say on the channels that work which others reach nobody, once a day."""
    for silent in turns:
        about = silent.report.not_connected
        warn_at = silent.state.warn_at
        if about is None or warn_at is None or now < warn_at:
            continue
        fates = set[Fate | None]().union(*(t.warn(about) for t in turns if t is not silent))
        if _failed(turns):
            return
        if not fates.isdisjoint({None, Fate.UNKNOWN}):  # An alarm says it too, if it is in doubt.
            silent.warned()

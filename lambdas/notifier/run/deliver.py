"""One channel's turn in a run: connect, then send and record message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ..core import backoff
from ..core.backoff import HOPELESS, Fate, Tried, Verdict
from ..core.message import Message, apart, audible, grouped, halved
from ..core.model import (
    ANSWERED,
    DEFAULT_ROUTE,
    REMINDERS,
    Alert,
    ChannelState,
    Kind,
    NotConnected,
)
from ..core.policy import ESCALATION, SLACK, SNS, medium
from ..core.ports import Channel, Connected, Elsewhere, Failed, LedgerError, Off, Sent
from . import attempt
from .cards import CardUpdates
from .report import ChannelReport
from .shared import Shared

if TYPE_CHECKING:
    from .standing import Standings

WARN_AFTER = timedelta(hours=1)
"""How long a channel may reach nobody before the others say so: whoever deploys has so long."""

WARN_AGAIN_AFTER = timedelta(days=1)

HAND_OVER_AFTER = timedelta(hours=1)
"""How long a channel may confirm nothing before another one takes what is due on it."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What one channel leaves to another."""

    alerts: Sequence[Alert] = ()
    updates: Sequence[Alert] = ()


@dataclass(slots=True, kw_only=True)
class Turn:
    """One channel's turn: its due alerts become as few messages as they should, one by one.

    `updates` are alerts whose cards have to be updated. `state` is the channel's, as it stands in
    the ledger. `handed` is what another channel has to take, if there is one that does.
    """

    name: str
    build: Callable[[], Channel]
    alerts: Sequence[Alert]
    updates: Sequence[Alert]
    state: ChannelState
    shared: Shared
    report: ChannelReport = field(init=False)
    handed: Handed = field(default=Handed(), init=False)
    _before: ChannelState = field(init=False)
    _tried: list[Tried] = field(default_factory=list, init=False)
    _channel: Channel | None = field(default=None, init=False)
    _is_asked: bool = field(default=False, init=False)
    _has_no_place: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.report = ChannelReport(
            name=self.name,
            transport=SLACK if self.shared.policy.is_in_slack(self.name) else SNS,
            due=len(self.alerts),
            untrue=len(self.updates),
        )
        self._before = self.state

    def take(self) -> ChannelReport:
        """Do what can be done, and report it; raises nothing that another channel would feel."""
        self._guarded(self._take)
        return self.report

    def warn(self, about: NotConnected) -> set[Fate | None]:
        """Say here that something reaches nobody; return what became of that, as in `Tried`."""
        before = len(self._tried)
        self._guarded(lambda: self._warn(about))
        return {tried.fate for tried in self._tried[before:]}

    def warned(self) -> None:
        """Keep that the other channels said that this one reaches nobody."""
        later = replace(self.state, warn_at=self.shared.now + WARN_AGAIN_AFTER)
        self._guarded(lambda: self._keep(later))

    def may_stand(self, standings: Standings) -> bool:
        """Say whether a digest is due that can be sent; with no place to send it to, it is done."""
        if not standings.due(self.name, self.state):
            return False
        if backoff.rests(self._before, self.shared.now) or not self._verdict().goes_on:
            return False
        self._guarded(self._connected)
        if self._channel and self._is_home_heard and self.shared.budget.fits_message(1):
            return not self.report.ledger_failed
        self._guarded(lambda: self._stood(standings, is_done=False))
        return False

    def stand(self, standings: Standings) -> None:
        """Send the digest that is due."""
        self._guarded(lambda: self._stand(standings))

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            step()
        except LedgerError as error:
            self.report.ledger_failed = True
            self.report.errors.append(str(error))
            self._rest_unrecorded()
        except Exception as error:  # noqa: BLE001  (a dead channel must not stop the other one)
            self.report.failed += self.report.left
            self.report.errors.append(f"{self.name}: {attempt.where(error)}")

    def _take(self) -> None:
        has_work = self.alerts or self.updates
        is_quiet = not has_work and self.state.contacted_at and not self.state.warn_at
        if is_quiet and not self.shared.must_connect:
            return
        if backoff.rests(self.state, self.shared.now):
            self.report.resting = True
            self.report.failed = len(self.alerts)
        elif self._opened():
            self._tell()
        self._hand_over()

    def _tell(self) -> None:
        went_well = all(self._deliver(message) for message in self._messages())
        if went_well and self.state.contacted_at is None and self._is_home_heard:
            self._deliver(self._message())
        if self._channel and (not self._tried or self._tried[-1].fate not in HOPELESS):
            # Not even a message that is always in doubt holds them up.
            cards = CardUpdates(channel=self._channel, shared=self.shared, report=self.report)
            cards.make(self.updates)

    def _hand_over(self) -> None:
        """Leave to another channel what could not be told here for too long."""
        if not self._is_taken_over or not self._is_given_up():
            return
        done = {id_ for _, id_ in (*self.report.told, *self.report.stale)}
        done |= {i for t in self._tried if t.fate is Fate.MESSAGE_REFUSED for i in t.ids}
        self._hand([alert for alert in self.alerts if alert.invitation.id not in done])

    def _hand(self, alerts: Sequence[Alert]) -> None:
        diverted = [replace(alert, diverted=True) for alert in alerts]
        self.handed = Handed((*self.handed.alerts, *diverted))
        self.report.handed += len(diverted)

    @property
    def _is_taken_over(self) -> bool:
        return self.shared.policy.takes_over(self.name) is not None

    @property
    def _fails_for_long(self) -> bool:
        since = self.state.failing_since
        return since is not None and self.shared.now + backoff.EARLY - since >= HAND_OVER_AFTER

    def _is_given_up(self) -> bool:
        """Say whether nothing more is to be expected here: at once, or after a while."""
        if self._tried and self._tried[-1].fate is Fate.PLACE_REFUSED:
            return True
        return self.report.failed > 0 and self._fails_for_long

    @property
    def _is_home_heard(self) -> bool:
        """Say whether people hear what is about no invitation, and so for the channel's own."""
        lacking = self.report.not_connected
        return lacking is None or lacking.diverted or DEFAULT_ROUTE not in lacking.routes

    def _warn(self, about: NotConnected) -> None:
        is_able = not backoff.rests(self._before, self.shared.now) and self._connected()
        is_greeted = self.state.contacted_at is not None and self._is_home_heard
        if is_able and is_greeted and self._verdict().goes_on:
            self._deliver(replace(self._message(), not_connected=about))

    def _stand(self, standings: Standings) -> None:
        if self._channel is not None:
            message = standings.message(self.name, self.state, self._channel)
            is_done = message is None or (self._deliver(message) and self._tried[-1].fate is None)
            self._stood(standings, is_done=is_done)

    def _stood(self, standings: Standings, *, is_done: bool) -> None:
        """Keep that a digest is done: where there is no place for it, none is missed.

        Nor is it where another channel takes over: its own digest is about these invitations too.
        """
        is_taken_over = self._is_taken_over and (self._fails_for_long or self._is_given_up())
        if is_done or is_taken_over or self._has_no_place:
            self._keep(standings.done(self.name, self.state))

    def _opened(self) -> bool:
        """Find out whether anybody is reached, unless what is due is for no person."""
        if self._is_for_programs:
            self._channel = self.build()
            return True
        return self._connected()

    @property
    def _is_for_programs(self) -> bool:
        is_settled = self.state.contacted_at is not None and self.state.warn_at is None
        is_theirs = self.name == SNS and all(alert.kind in ANSWERED for alert in self.alerts)
        return is_theirs and is_settled and not self.shared.must_connect

    def _connected(self) -> bool:
        """Find out once whether anybody is reached, and remember if nobody is."""
        if self._is_asked:
            return self._channel is not None
        self._is_asked = True
        self._channel = None
        channel = self.build()
        found = channel.connect()
        if isinstance(found, Failed):
            self.report.failed += self.report.left
            self.report.errors.append(f"{self.name}: {found.reason}")
        else:
            lacking = found.lacking if isinstance(found, Connected) else None
            self._lacks(found if isinstance(found, NotConnected) else lacking)
            if isinstance(found, NotConnected):
                self.report.waiting = self.report.due
            else:
                self._found(found, channel)
        return self._channel is not None

    def _lacks(self, lacking: NotConnected | None) -> None:
        """Leave alone what nobody hears, and remember since when that is so.

        What a route's people do not hear goes to the default route's, if any of them do.
        """
        warn_at = (self.state.warn_at or self.shared.now + WARN_AFTER) if lacking else None
        self._keep(replace(self.state, warn_at=warn_at))
        self.report.not_connected = lacking
        self.alerts, unheard = audible(self.alerts, lacking, is_default=self.name == SNS)
        self.report.unheard = self.report.waiting = len(unheard)
        if self._is_taken_over and self.report.transport == SNS:
            self._hand(unheard)

    def _found(self, found: Connected | Elsewhere | Off, channel: Channel) -> None:
        self.report.off = isinstance(found, Off)
        self._has_no_place = isinstance(found, Off | Elsewhere)
        if isinstance(found, Connected):
            self.report.unconfirmed = found.unconfirmed
            self._channel = channel
        if isinstance(found, Elsewhere):
            alerts = [replace(alert, diverted=found.diverted) for alert in self.alerts]
            self.handed = Handed(alerts, self.updates)
            self.report.due = self.report.untrue = 0
        greets = isinstance(found, Connected) and found.greets
        if not greets and not self.report.off and self.state.contacted_at is None:
            self._keep(replace(self.state, contacted_at=self.shared.now))

    def _messages(self) -> Iterator[Message]:
        deferred, digest_above = self.state.deferred, self.shared.policy.digest_above
        for some in apart(self.alerts):
            for alerts in grouped(some, deferred=deferred, digest_above=digest_above):
                yield from self._greeting(alerts)
                yield from self._together(alerts)

    def _greeting(self, alerts: tuple[Alert, ...]) -> Iterator[Message]:
        """Yield a greeting of its own, where the first alerts reach others than those to greet."""
        message = self._message(alerts)
        is_first = self.state.contacted_at is None and self._is_home_heard
        if is_first and self.name == SNS and message.route != message.home:
            yield self._message()

    def _together(self, alerts: tuple[Alert, ...]) -> Iterator[Message]:
        """Yield a digest in as many parts as it needs; one alert alone comes with its details."""
        if len(alerts) == 1 and alerts[0].kind not in ANSWERED:
            if message := self._fresh(alerts[0]):
                yield message
        elif self._channel is not None:
            parts = self._channel.split(alerts)
            for number, part in enumerate(parts, start=1):
                message = replace(self._message(part), part=number, parts=len(parts))
                yield replace(message, all_alerts=alerts)

    def _fresh(self, alert: Alert) -> Message | None:
        """Return the alert's message with details; None if they say that it was answered.

        They are believed for one run. If the listing goes on to call it pending, people decide.
        """
        details = self.shared.details.get(alert.invitation.id)
        is_open = not alert.kind.is_closure
        is_answered = details is not None and not details.invitation.is_answerable
        if is_open and is_answered and not alert.contradicted:
            self.report.stale.append((self._medium(alert), alert.invitation.id))
            return None
        return replace(self._message((alert,)), details=details)

    def _message(self, alerts: Sequence[Alert] = ()) -> Message:
        return self.shared.message(self.name, alerts)

    def _medium(self, alert: Alert) -> str:
        """Return what an alert is told on, though another channel than its own may tell it."""
        return ESCALATION if alert.kind is Kind.ESCALATED else medium(self.name)

    def _deliver(self, message: Message) -> bool:
        """Send and record one message; return whether the turn goes on."""
        if self.state.contacted_at is None and self._is_home_heard:
            message = replace(message, welcome=self.shared.pending)
        outcome = self._send(message)
        if outcome is None:
            self.report.waiting = self.report.left + self.report.unheard
            return False
        if isinstance(outcome, Sent):
            self._record(message, outcome)
        elif outcome.fate is Fate.MESSAGE_REFUSED and len(message.alerts) > 1:
            return self._deliver_apart(message.alerts)
        else:
            self.report.failed += len(message.alerts)
            self.report.errors.append(f"{self.name}: {outcome.reason}")
            self._tried.append(Tried(message.ids, outcome.fate))
        verdict = self._verdict()
        self._keep(verdict.state)  # At once: a pause must outlive this run, however it ends.
        if not verdict.goes_on:
            self.report.failed += self.report.left
        return verdict.goes_on

    def _deliver_apart(self, alerts: tuple[Alert, ...]) -> bool:
        """Deliver in halves what was refused in both forms, until what is at fault stands alone."""
        self._tried.append(Tried((), Fate.MESSAGE_REFUSED))
        messages = (message for half in halved(alerts) for message in self._together(half))
        return all(self._deliver(message) for message in messages)

    def _send(self, message: Message) -> Sent | Failed | None:
        """Send a message, once more in plain form if it is at fault; None if time is too short."""
        writes = self.shared.ledger.writes(len(message.alerts))
        if self._channel is None or not self.shared.budget.fits_message(writes):
            return None
        outcome = attempt.send(self._channel, message)
        refused = isinstance(outcome, Failed) and outcome.fate is Fate.MESSAGE_REFUSED
        if refused and self.shared.budget.fits_message(writes):
            return attempt.send(self._channel, replace(message, plain=True))
        return outcome

    def _record(self, message: Message, sent: Sent) -> None:
        self._tried.append(Tried((), None))  # Confirmed, whatever becomes of its record.
        if ids := message.ids:
            first = message.alerts[0]
            told_on = self._medium(first)
            is_diverted = first.diverted and told_on == SLACK
            self.report.told += [(told_on, id_) for id_ in ids]
            self.report.diverted.update(ids if is_diverted else ())
            if sent.card is not None:  # It is another card now, and says the truth.
                self.report.cards |= dict.fromkeys(ids, sent.card)
            ended = {alert.invitation.id for alert in message.alerts if alert.kind.is_closure}
            if open_ := [id_ for id_ in ids if id_ not in ended]:
                news = {a.invitation.id for a in message.alerts if a.kind not in REMINDERS}
                said = {a.invitation.id: a.invitation.expires_at for a in message.alerts}
                self.shared.ledger.record_told(
                    told_on,
                    {id_: said[id_] for id_ in open_},
                    now=self.shared.now,
                    card=sent.card,
                    news=news,
                    diverted=is_diverted,
                )
            if ended:
                self.shared.ends.told(ended)
        self._tried.append(Tried(ids, None))

    def _verdict(self) -> Verdict:
        """Judge the turn so far; what became of a warning is kept as it is."""
        verdict = backoff.judge(self._before, self._tried, self.shared.now)
        kept = self.state
        state = replace(
            verdict.state,
            warn_at=kept.warn_at,
            digest_at=kept.digest_at,
            digest_before=kept.digest_before,
        )
        if self._is_taken_over:
            state = replace(
                state,
                failing_since=backoff.failing_since(
                    self._before, self._tried, ended=not verdict.goes_on, now=self.shared.now
                ),
            )
        return replace(verdict, state=state)

    def _rest_unrecorded(self) -> None:
        """Leave the channel alone for a while, as if it had been in doubt.

        What was sent and could not be recorded is due again: at every tick, if the table takes
        the lease and no records.
        """
        self._tried.append(Tried((), Fate.UNKNOWN))
        with suppress(LedgerError):
            self._keep(self._verdict().state)

    def _keep(self, state: ChannelState) -> None:
        if state != self.state:
            # Before the write: if its answer is lost, what it said must not be taken back.
            self.state = state
            self.shared.ledger.save_channel(self.name, state)

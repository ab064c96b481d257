"""One channel's turn in a run: connect, then send and record message by message."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..core import backoff
from ..core.backoff import Fate, Tried, Verdict
from ..core.message import Message, grouped, halved
from ..core.model import ANSWERED, Alert, Card, ChannelState, NotConnected
from ..core.policy import Policy
from ..core.ports import Channel, Connected, Failed, Gone, Ledger, LedgerError, Off, Sent
from .budget import Budget
from .details import DetailsCache
from .report import ChannelReport
from .standing import Standings

WARN_AFTER = timedelta(hours=1)
"""How long a channel may reach nobody before the others say so: whoever deploys has so long."""

WARN_AGAIN_AFTER = timedelta(days=1)

_HOPELESS = (Fate.NOT_SENT, Fate.SENDER_REFUSED)
"""What became of a message where a card's update would fare no better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the turns of one run have in common.

    `pending` counts what is listed. `must_connect` asks for a look at whether anybody is reached,
    though nothing is due.
    """

    ledger: Ledger
    details: DetailsCache
    policy: Policy
    catalog: str
    budget: Budget
    pending: int
    now: datetime
    must_connect: bool


@dataclass(slots=True, kw_only=True)
class Turn:
    """One channel's turn: its due alerts become as few messages as they should, one by one.

    `updates` are alerts whose cards have to be updated. `state` is the channel's, as it stands in
    the ledger.
    """

    name: str
    build: Callable[[], Channel]
    alerts: Sequence[Alert]
    updates: Sequence[Alert]
    state: ChannelState
    shared: Shared
    report: ChannelReport = field(init=False)
    _before: ChannelState = field(init=False)
    _tried: list[Tried] = field(default_factory=list, init=False)
    _channel: Channel | None = field(default=None, init=False)
    _is_asked: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.report = ChannelReport(name=self.name, due=len(self.alerts), untrue=len(self.updates))
        self._before = self.state

    def take(self) -> ChannelReport:
        """Do what can be done, and report it; raises nothing that another channel would feel."""
        self._guarded(self._take)
        return self.report

    def warn(self, about: NotConnected) -> bool:
        """Say here that another channel reaches nobody; return whether that was said.

        So it was if nobody knows: an alarm says it too, and once a day is enough.
        """
        before = len(self._tried)
        self._guarded(lambda: self._warn(about))
        said = (None, Fate.UNKNOWN)
        return any(tried.fate in said for tried in self._tried[before:])

    def warned(self) -> None:
        """Keep that the other channels said that this one reaches nobody."""
        later = replace(self.state, warn_at=self.shared.now + WARN_AGAIN_AFTER)
        self._guarded(lambda: self._keep(later))

    def stand(self, standings: Standings) -> None:
        """Say here how things stand, if that is due."""
        if standings.due(self.name, self.state):
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
            self.report.errors.append(f"{self.name}: {where(error)}")

    def _take(self) -> None:
        has_work = self.alerts or self.updates
        is_quiet = not has_work and self.state.contacted_at and not self.state.warn_at
        if is_quiet and not self.shared.must_connect:
            return
        if backoff.rests(self.state, self.shared.now):
            self.report.resting = True
            self.report.failed = len(self.alerts)
            return
        if not self._connected():
            return
        went_well = all(self._deliver(message) for message in self._messages())
        if went_well and self.state.contacted_at is None:
            self._deliver(self._message(()))
        if not self._tried or self._tried[-1].fate not in _HOPELESS:
            self._update_cards()  # Not even a message that is always in doubt holds them up.

    def _warn(self, about: NotConnected) -> None:
        is_able = not backoff.rests(self._before, self.shared.now) and self._connected()
        is_greeted = self.state.contacted_at is not None
        if is_able and is_greeted and self._verdict().goes_on:
            self._deliver(replace(self._message(()), not_connected=about))

    def _stand(self, standings: Standings) -> None:
        if backoff.rests(self._before, self.shared.now) or not self._verdict().goes_on:
            return
        is_able = self._connected() and self.shared.budget.fits_message(1)
        message = None
        if is_able and self._channel is not None:
            message = standings.message(self.name, self.state, self._channel)
            is_done = message is None or (self._deliver(message) and self._tried[-1].fate is None)
        else:
            is_done = self.report.off
        if is_done:
            self._keep(standings.done(self.name, self.state))

    def _connected(self) -> bool:
        """Find out once whether anybody is reached, and remember if nobody is."""
        if self._is_asked:
            return self._channel is not None
        self._is_asked = True
        channel = self.build()
        found = channel.connect()
        if isinstance(found, Failed):
            self.report.failed = len(self.alerts)
            self.report.errors.append(f"{self.name}: {found.reason}")
            return False
        if isinstance(found, NotConnected):
            self.report.not_connected = found
            self.report.waiting = len(self.alerts)
            if self.state.warn_at is None:
                self._keep(replace(self.state, warn_at=self.shared.now + WARN_AFTER))
            return False
        self._keep(replace(self.state, warn_at=None))
        self.report.off = isinstance(found, Off)
        if isinstance(found, Connected):
            self.report.unconfirmed = found.unconfirmed
            self._channel = channel
        return self._channel is not None

    def _messages(self) -> Iterator[Message]:
        deferred, digest_above = self.state.deferred, self.shared.policy.digest_above
        for alerts in grouped(self.alerts, deferred=deferred, digest_above=digest_above):
            yield from self._together(alerts)

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
        """Return the alert's message with details; None if they say that it was answered."""
        details = self.shared.details.get(alert.invitation.id)
        is_open = not alert.kind.is_closure
        if is_open and details is not None and not details.invitation.is_answerable:
            self.report.stale_ids.append(alert.invitation.id)
            return None
        return replace(self._message((alert,)), details=details)

    def _message(self, alerts: tuple[Alert, ...]) -> Message:
        policy = self.shared.policy
        return Message(
            catalog=self.shared.catalog,
            now=self.shared.now,
            alerts=alerts,
            details_off=not policy.details,
            working_hours=policy.working_hours,
        )

    def _deliver(self, message: Message) -> bool:
        """Send and record one message; return whether the turn goes on."""
        if self.state.contacted_at is None:
            message = replace(message, welcome=self.shared.pending)
        outcome = self._send(message)
        if outcome is None:
            self.report.waiting = self.report.left
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
        outcome = _attempt(self._channel, message)
        refused = isinstance(outcome, Failed) and outcome.fate is Fate.MESSAGE_REFUSED
        if refused and self.shared.budget.fits_message(writes):
            return _attempt(self._channel, replace(message, plain=True))
        return outcome

    def _record(self, message: Message, sent: Sent) -> None:
        if ids := message.ids:
            self.shared.ledger.record_told(self.name, ids, now=self.shared.now, card=sent.card)
            self.report.told_ids += ids
            if sent.card is not None:  # It is another card now, and says the truth.
                self.report.cards |= dict.fromkeys(ids, sent.card)
        self._tried.append(Tried(ids, None))

    def _update_cards(self) -> None:
        """Update every card that shows what does not hold any more, and record what they show.

        An update may be repeated, so that a doubt asks for no pause; what fails is tried again by
        the next run. One card alone that always fails holds up no other.
        """
        shown: dict[str, Card | None] = {}
        doubts = 0
        for alert in self.updates:
            if alert.invitation.id in self.report.cards:
                continue
            writes = self.shared.ledger.writes(len(shown) + 1)
            if not self.shared.budget.fits_message(writes):
                break
            fate = self._update_card(alert, shown)
            doubts += fate is Fate.UNKNOWN
            if fate in _HOPELESS or doubts == backoff.UNKNOWN_LIMIT:
                break
        if shown:
            self.shared.ledger.record_cards(shown)
            self.report.cards |= shown
            self.report.updated = sum(card is not None for card in shown.values())
        self.report.untrue = len(self.updates) - len(
            [alert for alert in self.updates if alert.invitation.id in self.report.cards]
        )

    def _update_card(self, alert: Alert, shown: dict[str, Card | None]) -> Fate | None:
        """Update one card, or give it up; return the fate of what failed."""
        message, card = self._restated(alert), alert.card
        if message is None or self._channel is None or card is None:
            return None
        invitation = alert.invitation
        outcome = _attempt_update(self._channel, card, message)
        if isinstance(outcome, Failed) and outcome.fate is Fate.MESSAGE_REFUSED:
            outcome = _attempt_update(self._channel, card, replace(message, plain=True))
        if isinstance(outcome, Sent):
            status = invitation.status if alert.kind.is_closure else None
            shown[invitation.id] = replace(card, expires_at=invitation.expires_at, status=status)
            return None
        fate = outcome.fate if isinstance(outcome, Failed) else None
        if fate is not None:
            self.report.errors.append(f"{self.name}: {outcome.reason}")
        if fate in (None, Fate.MESSAGE_REFUSED):
            self.report.given_up.append(f"{invitation.id}: {outcome.reason}")
            shown[invitation.id] = None
        return fate

    def _restated(self, alert: Alert) -> Message | None:
        """Return what a card has to say now; None while its details cannot be had."""
        if alert.kind.is_closure:
            return replace(self._message((alert,)), settled=True)
        details = self.shared.details.get(alert.invitation.id)
        if details is None and self.shared.policy.details:
            return None
        return replace(self._message((alert,)), details=details)

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


def _attempt(channel: Channel, message: Message) -> Sent | Failed:
    """Send one message; what cannot even be composed is at fault, and stops no other."""
    try:
        return channel.send(message)
    except Exception as error:  # noqa: BLE001  (the channel's own errors come as a fate)
        return Failed(Fate.MESSAGE_REFUSED, where(error))


def _attempt_update(channel: Channel, card: Card, message: Message) -> Sent | Gone | Failed:
    """Update one card; what cannot even be composed is at fault, as with messages."""
    try:
        return channel.update(card, message)
    except Exception as error:  # noqa: BLE001  (the channel's own errors come as a fate)
        return Failed(Fate.MESSAGE_REFUSED, where(error))


def where(error: Exception) -> str:
    """Name an unexpected error and its place; its words may hold what must not be shown."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno}"

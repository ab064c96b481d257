"""One channel's turn in a run: connect, then send and record message by message."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .budget import Budget
from .core.message import Message
from .core.model import Alert, ChannelState, Kind, Policy
from .core.ports import (
    Channel,
    Connected,
    Failed,
    Fate,
    Ledger,
    LedgerError,
    NotConnected,
    Off,
    Sent,
)
from .enrich import Enricher
from .report import ChannelReport

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""How long a channel is left alone after turns in which nobody knows what it posted."""

EARLY = timedelta(seconds=30)
"""Ticks are not punctual: one this much early ends a pause all the same."""

UNKNOWN_LIMIT = 2
"""Messages of unknown fate in a row after which a channel's turn ends."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """One channel's turn: its due alerts become as few messages as they should, one by one."""

    name: str
    build: Callable[[], Channel]
    alerts: Sequence[Alert]
    state: ChannelState
    ledger: Ledger
    enricher: Enricher
    policy: Policy
    catalog: str
    pending: int
    budget: Budget
    now: datetime
    report: ChannelReport = field(init=False)
    _strikes_before: int = field(init=False)
    _in_doubt: int = field(default=0, init=False)
    _any_doubt: bool = field(default=False, init=False)
    _any_confirmed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.report = ChannelReport(name=self.name, due=len(self.alerts))
        self._strikes_before = self.state.strikes

    def take(self) -> ChannelReport:
        """Do what can be done, and report it; raises nothing that another channel would feel."""
        try:
            self._take()
        except LedgerError as error:
            self.report.ledger_failed = True
            self.report.errors.append(str(error))
            self._rest_unrecorded()
        except Exception as error:  # noqa: BLE001  (a dead channel must not stop the other one)
            self.report.failed += self.report.left
            self.report.errors.append(f"{self.name}: {_where(error)}")
        return self.report

    def _take(self) -> None:
        if not self.alerts and self.state.contacted_at is not None:
            return
        if self.state.retry_at is not None and self.now + EARLY < self.state.retry_at:
            self.report.resting = True
            self.report.failed = len(self.alerts)
            return
        channel = self._connected()
        if channel is None:
            return
        went_well = all(self._deliver(channel, message) for message in self._messages(channel))
        if went_well and self.state.contacted_at is None:
            self._deliver(channel, self._message(()))
        self._keep(self._after())

    def _rest_unrecorded(self) -> None:
        """Leave the channel alone for a while, as if it had been in doubt.

        What was sent and could not be recorded is due again: at every tick, if the table takes
        the lease and no records.
        """
        self._any_doubt = True
        with suppress(LedgerError):
            self._keep(self._after())

    def _connected(self) -> Channel | None:
        channel = self.build()
        found = channel.connect()
        if isinstance(found, Connected):
            return channel
        if isinstance(found, NotConnected):
            self.report.remedy = found.remedy
            self.report.waiting = len(self.alerts)
        elif isinstance(found, Off):
            self.report.off = True
        else:
            self.report.failed = len(self.alerts)
            self.report.errors.append(f"{self.name}: {found.reason}")
        return None

    def _messages(self, channel: Channel) -> Iterator[Message]:
        """Yield what is to be sent: a flood as one digest, else one message an alert.

        What has expired is no longer urgent: it comes last, and together.
        """
        if len(self.alerts) > self.policy.digest_above:
            yield from self._digest(channel, self.alerts)
            return
        late = [alert for alert in self.alerts if alert.kind is Kind.CLOSED_EXPIRED]
        for alert in self.alerts:
            if alert.kind is not Kind.CLOSED_EXPIRED and (message := self._fresh(alert)):
                yield message
        if late:
            yield from self._digest(channel, late)

    def _digest(self, channel: Channel, alerts: Sequence[Alert]) -> Iterator[Message]:
        parts = channel.split(alerts)
        for number, part in enumerate(parts, start=1):
            yield replace(self._message(part), part=number, parts=len(parts))

    def _fresh(self, alert: Alert) -> Message | None:
        """Return the alert's message with details; None if they say that it was answered."""
        details = self.enricher.details(alert.invitation.id)
        if details is not None and not details.invitation.is_answerable:
            self.report.stale_ids.append(alert.invitation.id)
            return None
        return replace(self._message((alert,)), details=details)

    def _message(self, alerts: tuple[Alert, ...]) -> Message:
        return Message(catalog=self.catalog, now=self.now, alerts=alerts)

    def _deliver(self, channel: Channel, message: Message) -> bool:
        """Send and record one message; return whether the turn goes on."""
        if self.state.contacted_at is None:
            message = replace(message, welcome=self.pending)
        outcome = self._send(channel, message)
        if outcome is None:
            self.report.waiting = self.report.left
            return False
        if isinstance(outcome, Sent):
            self._record(message, outcome)
            return True
        self.report.failed += len(message.alerts)
        self.report.errors.append(f"{self.name}: {outcome.reason}")
        return self._goes_on(outcome)

    def _send(self, channel: Channel, message: Message) -> Sent | Failed | None:
        """Send a message, once more in plain form if it is at fault; None if time is too short."""
        if not self.budget.fits_message(len(message.alerts)):
            return None
        outcome = _attempt(channel, message)
        refused = isinstance(outcome, Failed) and outcome.fate is Fate.MESSAGE_REFUSED
        if refused and self.budget.fits_message(len(message.alerts)):
            return _attempt(channel, replace(message, plain=True))
        return outcome

    def _record(self, message: Message, sent: Sent) -> None:
        self._in_doubt = 0
        self._any_confirmed = True
        ids = [alert.invitation.id for alert in message.alerts]
        if ids:
            post = sent.post if message.single else None
            self.ledger.record_told(self.name, ids, now=self.now, post=post)
            self.report.told_ids += ids
        self._keep(replace(self.state, contacted_at=self.state.contacted_at or self.now))

    def _goes_on(self, failed: Failed) -> bool:
        """Say whether to try the next message: not where it would surely fare no better."""
        if failed.fate is Fate.MESSAGE_REFUSED:
            return True
        if failed.fate is Fate.UNKNOWN:
            self._any_doubt = True
            self._in_doubt += 1
            self._keep(self._after())  # At once: the pause must outlive this run, however it ends.
            # A channel that was in doubt before is asked with one message, not with two.
            if self._in_doubt < UNKNOWN_LIMIT and not self._strikes_before:
                return True
        self.report.failed += self.report.left
        return False

    def _after(self) -> ChannelState:
        """Return the channel's state after its turn: in doubt, it is left alone for a while."""
        if not self._any_doubt:
            well = self._any_confirmed
            return replace(self.state, strikes=0, retry_at=None) if well else self.state
        strikes = self._strikes_before + 1
        pause = BACK_OFF[min(strikes, len(BACK_OFF)) - 1]
        return replace(self.state, strikes=strikes, retry_at=self.now + pause)

    def _keep(self, state: ChannelState) -> None:
        if state != self.state:
            # Before the write: if its answer is lost, what it said must not be taken back.
            self.state = state
            self.ledger.save_channel(self.name, state)


def _attempt(channel: Channel, message: Message) -> Sent | Failed:
    """Send one message; what cannot even be composed is at fault, and stops no other."""
    try:
        return channel.send(message)
    except Exception as error:  # noqa: BLE001  (the channel's own errors come as a fate)
        return Failed(Fate.MESSAGE_REFUSED, _where(error))


def _where(error: Exception) -> str:
    """Name an error nobody foresaw and its place; its words may hold what must not be shown."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename.rpartition('/')[2]}:{frame.lineno}"

"""Update the cards that show what does not hold any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..core import backoff
from ..core.backoff import HOPELESS, Fate
from ..core.message import Message
from ..core.model import Alert, Card
from ..core.ports import Channel, Failed, Sent
from . import attempt
from .report import ChannelReport
from .shared import Shared


@dataclass(slots=True, kw_only=True)
class CardUpdates:
    """One channel's updates in a run.

    An update may be repeated, so that a doubt asks for no pause; what fails is tried again by the
    next run.
    """

    channel: Channel
    shared: Shared
    report: ChannelReport
    _shown: dict[str, Card | None] = field(default_factory=dict, init=False)

    def make(self, updates: Sequence[Alert]) -> None:
        """Make every update that can be made, and record what the cards show.

        One card alone that always fails holds up no other.
        """
        doubts = 0
        for alert in updates:
            if alert.invitation.id in self.report.cards:
                continue
            writes = self.shared.ledger.writes(len(self._shown) + 1)
            if not self.shared.budget.fits_message(writes):
                break
            fate = self._update(alert)
            doubts += fate is Fate.UNKNOWN
            if fate in HOPELESS or doubts == backoff.UNKNOWN_LIMIT:
                break
        if self._shown:
            self.report.cards |= self._shown
            ended = {u.invitation.id for u in updates if u.kind.is_closure}
            # One that ended is recorded with the rest of its end.
            if shown := {i: card for i, card in self._shown.items() if i not in ended}:
                self.shared.ledger.record_cards(shown)
            self.report.updated = sum(card is not None for card in self._shown.values())
        self.report.untrue = len([u for u in updates if u.invitation.id not in self.report.cards])

    def _update(self, alert: Alert) -> Fate | None:
        """Update one card, or give it up; return the fate of what failed."""
        message, card, invitation = self._restated(alert), alert.card, alert.invitation
        if message is None or card is None:
            return None
        outcome = attempt.update(self.channel, card, message)
        if isinstance(outcome, Failed) and outcome.fate is Fate.MESSAGE_REFUSED:
            outcome = attempt.update(self.channel, card, replace(message, plain=True))
        if isinstance(outcome, Sent):
            status = invitation.status if alert.kind.is_closure else None
            shown = replace(card, expires_at=invitation.expires_at, status=status)
            self._shown[invitation.id] = shown
            return None
        fate = outcome.fate if isinstance(outcome, Failed) else None
        if fate is not None:
            self.report.errors.append(f"{self.report.name}: {outcome.reason}")
        if fate in (None, Fate.MESSAGE_REFUSED):
            self.report.given_up.append(f"{invitation.id}: {outcome.reason}")
            self._shown[invitation.id] = None
        return fate

    def _restated(self, alert: Alert) -> Message | None:
        """Return what a card has to say now; None while its details cannot be had."""
        message = self.shared.message(self.report.name, (alert,))
        if alert.kind.is_closure:
            return replace(message, settled=True)
        details = self.shared.details.get(alert.invitation.id)
        if details is None and self.shared.policy.details:
            return None
        return replace(message, details=details)

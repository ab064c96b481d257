"""Make an alert due again on one channel: forget when the channel was told, and nothing else.

One conditional write, made only while no run holds the lease: either a run comes first and this
waits for it, or this comes first and the run reads what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING

from . import account, output
from .asked import Asked, StopError, invitation_id

if TYPE_CHECKING:
    from notifier.adapters.ledger import DynamoLedger
    from notifier.core.model import Record

PATIENCE = timedelta(minutes=4)
"""Longer than a lease lasts: 150 seconds."""

PAUSE = 2.0
"""Seconds between two tries while a run holds the lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was forgotten: of which invitation, on which channel, told when."""

    invitation: str
    channel: str
    told_at: datetime

    def as_json(self) -> dict[str, str]:
        return {
            "invitation": self.invitation,
            "channel": self.channel,
            "was_told_at": self.told_at.isoformat(),
        }


def run(asked: Asked, *, invitation: str, channel: str, yes: bool, as_json: bool) -> int:
    from notifier.run.trust import Reads

    from .deployed import channels, settings
    from .deployed import ledger as deployed_ledger

    found = account.writing(asked)
    deployed = settings(found)
    if channel not in channels(deployed):
        raise StopError(f"channel {channel} is not deployed; allowed: {channels(deployed)[0]}")
    ledger, id_ = deployed_ledger(found, deployed), invitation_id(invitation)
    reads = Reads(ledger, datetime.now(UTC))
    told_at = _told_at(reads.open_records(), reads.closed_records([id_]), id_, channel)
    question = (
        f"{channel} was told of {id_} at {told_at:%Y-%m-%d %H:%M} UTC. Make it due there again? "
        "The next run then sends it as new."
    )
    if not output.ask(question, yes=yes):
        output.line("nothing was changed", stderr=True)
        return StopError.code
    _forget(ledger, channel, id_, told_at)
    forgotten = Forgotten(invitation=id_, channel=channel, told_at=told_at)
    if as_json:
        output.print_json(forgotten.as_json())
    else:
        output.line(f"{id_} is due again on {channel}: the next run tells it.")
    return 0


def _told_at(opened: list[Record], closed: list[Record], id_: str, channel: str) -> datetime:
    """Return when the channel was told; raise StopError if nothing can be made due again."""
    record = next((record for record in opened if record.invitation.id == id_), None)
    if record is None:
        ended = f"{id_} has ended, and ended invitations are not told of again" if closed else ""
        raise StopError(ended or f"{id_} is not in the ledger; `status` lists what is")
    if record.ended_at is not None:
        raise StopError(f"{id_} has ended, and ended invitations are not told of again")
    told_at = record.told_at.get(channel)
    if told_at is None:
        raise StopError(f"{id_} is due on {channel} already: it was never told there")
    return told_at


def _forget(ledger: DynamoLedger, channel: str, id_: str, told_at: datetime) -> None:
    """Try until no run holds the lease; raise StopError if one always does."""
    until = datetime.now(UTC) + PATIENCE
    with output.progress("Waiting for the run that is under way ..."):
        while not _forgets(ledger, channel, id_, told_at):
            if datetime.now(UTC) > until:
                raise StopError("a run held the lease all the time; nothing was changed: try again")
            sleep(PAUSE)


def _forgets(ledger: DynamoLedger, channel: str, id_: str, told_at: datetime) -> bool:
    """Try once; what is forgotten by now was forgotten by us, though the answer was lost."""
    from notifier.core.ports import LedgerError

    try:
        return ledger.forget_told(channel, id_, told_at=told_at)
    except LedgerError:
        found = [r for r in ledger.open_records() if r.invitation.id == id_]
        if found and channel not in found[0].told_at:
            return True
        raise

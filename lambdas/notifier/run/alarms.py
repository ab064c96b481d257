"""Look once a day whether anybody hears the alarms; if nobody does, say so where people read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ..core.backoff import Fate
from ..core.model import ChannelState, NotConnected
from ..core.policy import ALARMS
from ..core.ports import Channel, Connected, Failed, LedgerError

if TYPE_CHECKING:
    from .deliver import Turn

GRACE = timedelta(days=1)
"""How long whoever deploys has to confirm."""

AGAIN_AFTER = timedelta(days=7)

ABOUT = NotConnected(
    channel=ALARMS,
    remedy="if it failed, nobody would know: set ops_emails and deploy again, or subscribe to the "
    "topic in the stack's output OpsTopicArn, and follow the link in the mail",
)


def look(turns: Sequence[Turn], watch: Callable[[], Channel], state: ChannelState) -> None:
    """Ask who hears the alarms; `state` is what was kept when they were last looked at."""
    report = turns[0].report
    try:
        found = watch().connect()
        if isinstance(found, Failed):
            report.errors.append(f"{ALARMS}: {found.reason}")
        else:
            _keep(turns, state, is_heard=isinstance(found, Connected))
    except LedgerError as error:
        report.ledger_failed = True
        report.errors.append(str(error))


def _keep(turns: Sequence[Turn], state: ChannelState, *, is_heard: bool) -> None:
    shared = turns[0].shared
    warn_at = None if is_heard else state.warn_at or shared.now + GRACE
    if warn_at and warn_at.date() <= shared.now.date():
        fates = set[Fate | None]()
        for turn in turns:
            fates |= turn.warn(ABOUT)
            if turn.report.ledger_failed:
                return  # What cannot be recorded must not be sent.
        if None in fates:  # What is in doubt is said again tomorrow.
            warn_at = shared.now + AGAIN_AFTER
    if warn_at != state.warn_at:
        shared.ledger.save_channel(ALARMS, ChannelState(warn_at=warn_at))

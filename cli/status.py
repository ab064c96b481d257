"""Say what is pending, what was told to whom and when, and what is due next, when, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import account, output
from .asked import Asked, invitation_id

if TYPE_CHECKING:
    from notifier.settings import Settings

    from .account import Account
    from .standing import Seen

EVERY = 30.0
"""Seconds between two looks of `--watch`: each costs a few reads of the quota."""


def run(asked: Asked, *, invitation: str | None, watch: bool, as_json: bool) -> int:
    from .deployed import settings
    from .standing import show

    found = account.read_only(asked)
    deployed = settings(found)
    while True:
        with output.progress("Reading the listing and the ledger ..."):
            seen = _look(found, deployed, invitation)
        if watch and not as_json:
            output.console().clear()
        show(seen, invitation, as_json=as_json)
        if not watch:
            return 0
        sleep(EVERY)


def _look(found: Account, settings: Settings, invitation: str | None) -> Seen:
    from notifier.adapters.partner_central import PartnerCentral
    from notifier.bootstrap import policy

    from . import deployed
    from .forecast import Ticks, forecast
    from .look import look
    from .standing import Seen

    now = datetime.now(UTC)
    ledger = deployed.ledger(found, settings)
    silent, off = _unheard(found, settings)
    source = PartnerCentral(
        found.partner_central(), catalog=settings.catalog, payload_types=settings.payload_types
    )
    known = look(
        source,
        ledger,
        channels=deployed.channels(settings),
        policy=policy(settings),
        now=now,
        silent=silent,
        off=off,
    )
    in_slack = filter(known.policy.is_in_slack, known.channels)
    silent |= {name for name in in_slack if known.state.channel(name).warn_at} - off
    known = known.hearing(silent)
    period = timedelta(minutes=found.config.schedule_minutes)
    closed = ledger.closed_records([invitation_id(invitation)]) if invitation else []
    return Seen(
        now=now,
        zone=ZoneInfo(settings.timezone),
        known=known,
        coming=forecast(known, now, Ticks(known.state.completed_at, period)),
        period=period,
        closed=next(iter(closed), None),
    )


def _unheard(found: Account, settings: Settings) -> tuple[set[str], set[str]]:
    """Return the channels that reach nobody though they should, and those that need not.

    The secret is not read for this: of Slack the ledger says whether it was connected.
    """
    from notifier.core.model import NotConnected
    from notifier.core.ports import Off

    from . import deployed

    said = deployed.topic(settings, lambda: found.client("sns")).connect()
    return (
        {"sns"} if isinstance(said, NotConnected) else set(),
        {"sns"} if isinstance(said, Off) else set(),
    )

"""Say what is pending, what was told to whom and when, and what is due next, when, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from . import account, output
from .asked import Asked, StopError

if TYPE_CHECKING:
    from notifier.adapters.ledger import DynamoLedger
    from notifier.core.model import Alert, Card, Invitation, Record
    from notifier.settings import Settings

    from .account import Account
    from .forecast import Coming, Known

EVERY = 30.0
"""Seconds between two looks of `--watch`: each costs a few reads of the quota."""

SHOWN = 60
"""Rows of a table; `--json` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look found; `closed` is the record of the invitation that was asked for."""

    now: datetime
    zone: ZoneInfo
    known: Known
    coming: Sequence[Coming]
    closed: Record | None = None

    def time(self, moment: datetime | None) -> str:
        """Return a moment by the deployment's own clock."""
        return "-" if moment is None else f"{moment.astimezone(self.zone):%a %d %b %H:%M}"


def run(asked: Asked, *, invitation: str | None, watch: bool, as_json: bool) -> int:
    from .deployed import settings

    found = account.read_only(asked)
    deployed = settings(found)
    while True:
        with output.progress("Reading the listing and the ledger ..."):
            seen = _look(found, deployed, invitation)
        if watch and not as_json:
            output.console().clear()
        _show(seen, invitation, as_json=as_json)
        if not watch:
            return 0
        sleep(EVERY)


def _look(found: Account, settings: Settings, invitation: str | None) -> Seen:
    from notifier.adapters.partner_central import PartnerCentral, short_id
    from notifier.bootstrap import policy

    from .forecast import Ticks, forecast
    from .look import look

    now = datetime.now(UTC)
    ledger = deployed_ledger(found, settings)
    silent, off = _unheard(found, settings)
    source = PartnerCentral(
        found.partner_central(), catalog=settings.catalog, payload_types=settings.payload_types
    )
    known = look(
        source,
        ledger,
        channels=channels(settings),
        policy=policy(settings),
        now=now,
        silent=silent,
        off=off,
    )
    silent |= {name for name in known.channels if known.state.channel(name).warn_at} - off
    known = known.hearing(silent)
    ticks = Ticks(known.state.completed_at, timedelta(minutes=found.config.schedule_minutes))
    closed = ledger.closed_records([short_id(invitation)]) if invitation else []
    return Seen(
        now=now,
        zone=ZoneInfo(settings.timezone),
        known=known,
        coming=forecast(known, now, ticks),
        closed=next(iter(closed), None),
    )


def deployed_ledger(found: Account, settings: Settings) -> DynamoLedger:
    """Return the ledger of what is deployed."""
    from notifier.adapters.ledger import DynamoLedger

    return DynamoLedger(
        found.client("dynamodb"),
        table=settings.table_name,
        catalog=settings.catalog,
        channels=channels(settings),
    )


def channels(settings: Settings) -> tuple[str, ...]:
    """Return the deployed channels, as the function names them."""
    return ("sns", "slack") if settings.slack_secret_arn else ("sns",)


def _unheard(found: Account, settings: Settings) -> tuple[set[str], set[str]]:
    """Return the channels that reach nobody though they should, and those that need not.

    The secret is not read for this: of Slack the ledger says whether it was connected.
    """
    from notifier.adapters.sns.channel import SnsChannel
    from notifier.core.model import NotConnected
    from notifier.core.ports import Off

    topic = SnsChannel(
        lambda: found.client("sns"),
        topic_arn=settings.topic_arn,
        emails_expected=settings.emails_expected,
        zone=ZoneInfo(settings.timezone),
        url=settings.partner_central_url,
    )
    said = topic.connect()
    return (
        {"sns"} if isinstance(said, NotConnected) else set(),
        {"sns"} if isinstance(said, Off) else set(),
    )


def _show(seen: Seen, invitation: str | None, *, as_json: bool) -> None:
    if invitation is not None:
        record, listed = _one(seen, invitation)
        if as_json:
            output.print_json(_entry(seen, listed, record))
        else:
            _show_history(seen, listed, record)
    elif as_json:
        output.print_json(_everything(seen))
    else:
        _show_all(seen)


def _pending(seen: Seen) -> dict[str, tuple[Invitation, Record | None]]:
    """Return what is open, the first to expire first: as listed, or else as recorded."""
    records = {record.invitation.id: record for record in seen.known.open_records}
    listed = {i.id: i for i in seen.known.listed} | {i.id: i for i in seen.known.missed}
    found = {id_: record.invitation for id_, record in records.items()} | listed
    last = datetime.max.replace(tzinfo=UTC)
    order = sorted(found.values(), key=lambda i: (i.expires_at or last, i.id))
    return {i.id: (i, records.get(i.id)) for i in order}


def _one(seen: Seen, invitation: str) -> tuple[Record | None, Invitation]:
    from notifier.adapters.partner_central import short_id

    id_ = short_id(invitation)
    listed, record = _pending(seen).get(id_, (None, None))
    record = record or seen.closed
    found = listed or (record.invitation if record else None)
    if found is None:
        raise StopError(f"{id_} is neither listed nor in the ledger; allowed: an id, engi-…")
    return record, found


def _show_all(seen: Seen) -> None:
    state, pending = seen.known.state, _pending(seen)
    output.line(f"{len(seen.known.listed)} pending. Last successful run: {_last(seen)}.")
    for name in seen.known.channels:
        if words := _trouble(seen, name):
            output.line(f"{name}: {words}", style="yellow")
    if not pending and not seen.coming:
        output.line("Nothing is due.")
        return
    rows = [_row(seen, *both) for both in pending.values()]
    output.table(["Invitation", "Expires", "Told", "Next", "Why"], rows[:SHOWN])
    if len(rows) > SHOWN:
        output.line(f"and {len(rows) - SHOWN} more; --json has them all")
    if state.search:
        output.line("The search for what expired in an outage goes on in the next run.")


def _row(seen: Seen, invitation: Invitation, record: Record | None) -> list[str]:
    told = record.told_at if record else {}
    coming = _of(seen, invitation.id)
    next_, why = "-", "nothing is left to tell"
    if coming:
        alert = coming[0].alert
        next_, why = f"{_when(seen, coming[0])}\n{coming[0].channel}: {named(alert)}", alert.reason
    return [
        f"{invitation.title or '(no title)'}\n{invitation.id}",
        seen.time(invitation.expires_at),
        "\n".join(f"{name} {seen.time(told.get(name))}" for name in seen.known.channels),
        next_,
        why,
    ]


def _show_history(seen: Seen, invitation: Invitation, record: Record | None) -> None:
    output.line(f"{invitation.title or '(no title)'}  {invitation.id}", style="bold")
    events = sorted(_events(invitation, record), key=lambda event: event[0])
    rows = [[seen.time(moment), words] for moment, words in events]
    rows += [
        [_when(seen, c), f"due on {c.channel}: {named(c.alert)} ({c.alert.reason})"]
        for c in _of(seen, invitation.id)
    ]
    if not _of(seen, invitation.id):
        rows.append(["-", "nothing is left to tell"])
    output.table(["When", "What"], rows)
    output.line("Of each channel the ledger keeps when it was told last; the log has the rest.")


def _events(invitation: Invitation, record: Record | None) -> Iterator[tuple[datetime, str]]:
    if invitation.invited_at:
        yield invitation.invited_at, f"invited by {invitation.sender_name or 'an unknown sender'}"
    if record is None:
        return
    yield record.first_seen, "first seen by a run"
    if record.card and (posted_at := record.card.posted_at):
        yield posted_at, f"card posted in Slack channel {record.card.channel}"
    for channel, moment in record.told_at.items():
        yield moment, f"{channel} was last told"
    if record.ended_at:
        yield record.ended_at, f"ended: {record.invitation.status or 'nobody knows how'}"


def _of(seen: Seen, id_: str) -> list[Coming]:
    return [coming for coming in seen.coming if coming.alert.invitation.id == id_]


def _when(seen: Seen, coming: Coming) -> str:
    if coming.at is None:
        return "once somebody hears it"
    late = " (due now)" if coming.alert.since <= seen.now else ""
    return seen.time(coming.at) + late


def named(alert: Alert) -> str:
    """Return what an alert is, in a few words."""
    return str(alert.kind) if alert.stage_hours is None else f"{alert.kind} {alert.stage_hours} h"


def _last(seen: Seen) -> str:
    completed_at = seen.known.state.completed_at
    if completed_at is None:
        return "never"
    minutes = int((seen.now - completed_at) / timedelta(minutes=1))
    return f"{seen.time(completed_at)}, {minutes} min ago"


def _trouble(seen: Seen, name: str) -> str | None:
    state = seen.known.state.channel(name)
    if name in seen.known.silent:
        return "reaches nobody; `doctor` says what to do"
    if name in seen.known.off:
        return "nobody is subscribed, and nobody needs to be"
    if state.retry_at and state.retry_at > seen.now:
        return f"in doubt {state.doubts} times; left alone until {seen.time(state.retry_at)}"
    return None


def _everything(seen: Seen) -> dict[str, Any]:
    return {
        "now": seen.now.isoformat(),
        "last_run": _iso(seen.known.state.completed_at),
        "pending": len(seen.known.listed),
        "channels": {
            name: {
                "contacted_at": _iso(seen.known.state.channel(name).contacted_at),
                "trouble": _trouble(seen, name),
            }
            for name in seen.known.channels
        },
        "invitations": [_entry(seen, *both) for both in _pending(seen).values()],
    }


def _entry(seen: Seen, invitation: Invitation, record: Record | None) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "title": invitation.title,
        "status": record.invitation.status if record and record.ended_at else invitation.status,
        "invited_at": _iso(invitation.invited_at),
        "expires_at": _iso(invitation.expires_at),
        "first_seen": _iso(record.first_seen) if record else None,
        "told_at": {n: at.isoformat() for n, at in record.told_at.items()} if record else {},
        "ended_at": _iso(record.ended_at) if record else None,
        "card": _card(record.card if record else None),
        "coming": [
            {
                "channel": one.channel,
                "alert": one.alert.alert_id,
                "due_since": one.alert.since.isoformat(),
                "told_by_run_at": _iso(one.at),
                "reason": one.alert.reason,
            }
            for one in _of(seen, invitation.id)
        ],
    }


def _card(card: Card | None) -> dict[str, str] | None:
    return None if card is None else {"channel": card.channel, "ts": card.ts}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

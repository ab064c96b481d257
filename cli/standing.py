"""How the deployment stands, as people and programs read it: what was told, and what is coming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from . import output
from .asked import StopError, invitation_id

if TYPE_CHECKING:
    from notifier.core.model import Alert, Card, Invitation, Record

    from .forecast import Coming, Known

SHOWN = 60
"""Rows of a table; `--json` has them all."""

SILENT_PERIODS = 3
"""After so many without a successful run, as of the alarm, nothing that is foretold can be relied
on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look found; `closed` is the record of the invitation that was asked for."""

    now: datetime
    zone: ZoneInfo
    known: Known
    coming: Sequence[Coming]
    period: timedelta
    closed: Record | None = None

    @property
    def media(self) -> Sequence[str]:
        """What an invitation is told on, whichever route it takes."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.known.channels))

    @property
    def has_stopped(self) -> bool:
        """Whether no run has succeeded for so long that none can be counted on."""
        last = self.known.state.completed_at
        if "completed_at" in self.known.state.flaws:
            return False  # Nobody can say.
        return last is None or self.now - last > SILENT_PERIODS * self.period

    def time(self, moment: datetime | None) -> str:
        """Return a moment by the deployment's own clock."""
        return "-" if moment is None else f"{moment.astimezone(self.zone):%a %d %b %H:%M}"


def show(seen: Seen, invitation: str | None, *, as_json: bool) -> None:
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
    id_ = invitation_id(invitation)
    listed, record = _pending(seen).get(id_, (None, None))
    record = record or seen.closed
    found = listed or (record.invitation if record else None)
    if found is None:
        raise StopError(f"{id_} is neither listed nor in the ledger; allowed: an id, engi-…")
    return record, found


def _show_all(seen: Seen) -> None:
    state, pending = seen.known.state, _pending(seen)
    output.line(f"{len(seen.known.listed)} pending. Last successful run: {_last(seen)}.")
    if seen.has_stopped:
        output.line("Runs have stopped: nothing is told until one succeeds.", style="red")
    for line in seen.known.doubted:
        output.line(f"{line}; the next run mends it.", style="yellow")
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
        "\n".join(f"{name} {seen.time(told.get(name))}" for name in seen.media),
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
    output.line(
        "What is due assumes that nobody answers. The ledger keeps only when each channel was "
        "told last."
    )


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
    if "completed_at" in seen.known.state.flaws:
        return "nobody can say"
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
    if state.warn_at:
        return "not every route's readers hear it; `doctor` says what to do"
    if state.retry_at and state.retry_at > seen.now:
        return f"in doubt {state.doubts} times; left alone until {seen.time(state.retry_at)}"
    return None


def _everything(seen: Seen) -> dict[str, Any]:
    return {
        "now": seen.now.isoformat(),
        "last_run": _iso(seen.known.state.completed_at),
        "has_stopped": seen.has_stopped,
        "doubted": list(seen.known.doubted),
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

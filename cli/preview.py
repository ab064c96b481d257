"""Show the messages that would be sent about the pending invitations, and send none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from demo.page import Mail, Post, Tick, render
from infra.deploy.account import Caller, caller
from notifier.adapters.partner_central import PartnerCentral
from notifier.core.model import Invitation
from notifier.core.ports import InvitationSource
from notifier.core.text import one_line
from notifier.settings import Choices

from . import account as accounts
from . import as_text, output
from .asked import Asked, StopError, UsageError
from .examples import Examples
from .rehearsal import READS, SLACK_CHANNEL, Rehearsal, Sent, Unwritten, rehearse

PAGE = Path("build", "preview.html")

PLACES = {"sns": "Email", "slack": "Slack"}

FOOTER = (
    "Nothing was sent. The notifier itself ran, unmodified, up to where a message would leave this "
    "machine; every message above is drawn from what would have been sent. The page folds long "
    "messages; the channels would receive them in full."
)


@dataclass(frozen=True, slots=True)
class _Preview:
    """A rehearsal, and whose invitations it is about."""

    choices: Choices
    rehearsal: Rehearsal
    deployed: bool
    example: bool
    caller: Caller | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.choices.timezone)


def run(asked: Asked, *, deployed: bool, example: bool, as_json: bool) -> int:
    """Rehearse a run and show it: in the terminal, and as a page."""
    if deployed and example:
        raise UsageError("--deployed and --example exclude each other: examples have no ledger")
    account = accounts.read_only(asked)
    found = _rehearsed(account, deployed=deployed, example=example)
    if errors := found.rehearsal.summary.errors:
        # It is the caller who was refused here.
        raise StopError("; ".join(errors).replace("the function's role", "your credentials"))
    _draw(found)
    if as_json:
        output.print_json(_fields(found))
    else:
        _tell(found)
    return 0


def _rehearsed(account: accounts.Account, *, deployed: bool, example: bool) -> _Preview:
    now = datetime.now(UTC)
    choices: Choices = account.config
    slack, ledger = account.config.slack, None
    with output.progress("Listing the pending invitations ...") as say:
        # First, because it says best what is wrong with credentials.
        found = None if example else caller(account.session)
        if deployed:
            choices, slack, ledger = _deployed(account)
        rehearsal = rehearse(
            choices,
            Examples(choices.catalog, now) if example else _source(account, choices),
            now=now,
            slack=slack,
            ledger=ledger,
            read=lambda number: say(f"Reading details ({number}, at most {READS}) ..."),
        )
    return _Preview(choices, rehearsal, deployed, example, found)


def _source(account: accounts.Account, choices: Choices) -> InvitationSource:
    return PartnerCentral(
        account.partner_central(), catalog=choices.catalog, payload_types=choices.payload_types
    )


def _deployed(account: accounts.Account) -> tuple[Choices, bool, Unwritten]:
    """Return what the function runs with, and its ledger as it stands."""
    from . import deployed

    settings = deployed.settings(account)
    slack = settings.slack_secret_arn is not None
    ledger = deployed.ledger(account, settings)
    held = Unwritten(
        state=ledger.state(),
        opened=ledger.open_records(),
        closed=ledger.closed_records,
        closed_since=ledger.closed_since,
    )
    return settings, slack, held


def _tell(found: _Preview) -> None:
    rehearsal, catalog = found.rehearsal, found.choices.catalog
    whose = "Examples" if found.example else "Pending invitations"
    output.line(f"{whose} in the {catalog} catalog: {len(rehearsal.invitations)}", style="bold")
    if found.caller:
        output.line(f"Account {found.caller.account}, read as {found.caller.arn}")
    if rehearsal.invitations:
        rows = (_row(invitation, found.zone) for invitation in rehearsal.invitations)
        output.table(("Expires", "Title", "From", "Id"), rows)
    for note in _notes(found):
        output.line(note)
    for number, sent in enumerate(rehearsal.sent, start=1):
        output.line()
        count = f"{number} of {len(rehearsal.sent)}"
        output.line(f"── {_place(sent)}, message {count} ──", style="bold cyan")
        for words in as_text.lines(sent, found.zone):
            output.line(words)
    output.line()
    output.line(f"Nothing was sent. As people would see it: {PAGE}", style="bold")


def _notes(found: _Preview) -> Iterator[str]:
    rehearsal = found.rehearsal
    if not rehearsal.invitations:
        yield (
            "Nothing is pending, so there is nothing to tell but that the notifier is connected. "
            "To see what invitations would look like: make preview ARGS=--example"
        )
    if not rehearsal.sent:
        yield "The next run sends nothing."
    if rehearsal.unread:
        yield (
            f"{rehearsal.unread} messages lack their details here: a preview reads {READS} at "
            "most, to leave the account's quota to others."
        )
    if rehearsal.summary.details_missing > rehearsal.unread:
        count = rehearsal.summary.details_missing - rehearsal.unread
        yield f"The details of {count} invitations could not be read; their messages say so."
    for report in rehearsal.summary.channels:
        if report.resting:
            yield f"{PLACES[report.transport]} is left alone for a while, after a send in doubt."


def _row(invitation: Invitation, zone: ZoneInfo) -> tuple[str, str, str, str]:
    from notifier.core.words import local_time

    expires = local_time(invitation.expires_at, zone) if invitation.expires_at else "no date"
    title = one_line(invitation.title or "no title", 80)
    return expires, title, one_line(invitation.sender_name or "unknown", 40), invitation.id


def _place(sent: Sent) -> str:
    is_update = sent.call == "chat.update"
    under = ", in a thread" if sent.payload.get("thread_ts") else ""
    id_ = sent.payload.get("channel", SLACK_CHANNEL)
    where = "" if id_ == SLACK_CHANNEL else f" {id_}"
    return f"{PLACES[sent.channel]}{where}{', a card updated' if is_update else under}"


def _draw(found: _Preview) -> None:
    rehearsal = found.rehearsal
    counts = {"listed": rehearsal.summary.listed, "messages": len(rehearsal.sent)}
    ledger = "the deployed ledger" if found.deployed else "an empty ledger, as on the first run"
    tick = Tick(
        at=rehearsal.now,
        title="What the next run would send" if found.deployed else "What would be sent",
        note=f"Planned from {ledger}. " + " ".join(_notes(found)),
        posts=tuple(_posts(rehearsal)),
        mails=tuple(_mails(rehearsal)),
        summary=counts,
    )
    heading = "Made-up invitations" if found.example else "Your pending invitations"
    page = render(
        [tick], zone=found.zone, heading=heading, catalog=found.choices.catalog, footer=FOOTER
    )
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")


def _posts(rehearsal: Rehearsal) -> Iterator[Post]:
    second = int(rehearsal.now.timestamp())
    ids = {sent.payload["channel"] for sent in rehearsal.sent if sent.channel == "slack"}
    names = {id_: id_ for id_ in ids} | {SLACK_CHANNEL: "the channel of the secret"}
    for number, sent in enumerate(rehearsal.sent):
        if sent.channel == "slack":
            ts = sent.payload.get("ts") or f"{second}.{number:06}"
            body = json.dumps(sent.payload).encode()
            name = names[sent.payload["channel"]] if len(ids) > 1 else None
            yield Post(ts=ts, body=body, channel=name)


def _mails(rehearsal: Rehearsal) -> Iterator[Mail]:
    for sent in rehearsal.sent:
        if sent.channel == "sns":
            text = json.loads(sent.payload["Message"])["email"]
            yield Mail(subject=sent.payload["Subject"], text=text)


def _fields(found: _Preview) -> dict[str, Any]:
    rehearsal = found.rehearsal
    return {
        "catalog": found.choices.catalog,
        "account": found.caller.account if found.caller else None,
        "now": rehearsal.now.isoformat(),
        "example": found.example,
        "deployed": found.deployed,
        "invitations": [_invitation(invitation) for invitation in rehearsal.invitations],
        "messages": [
            {"channel": sent.channel, "call": sent.call, "payload": dict(sent.payload)}
            for sent in rehearsal.sent
        ],
        "notes": list(_notes(found)),
        "page": str(PAGE),
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    expires = invitation.expires_at
    return {
        "id": invitation.id,
        "title": invitation.title,
        "sender": invitation.sender_name,
        "payload_type": invitation.payload_type,
        "status": invitation.status,
        "expires_at": expires.isoformat() if expires else None,
    }


def send_test(asked: Asked, *, channel: str, yes: bool, as_json: bool) -> int:
    from . import sample

    return sample.send(asked, channel=channel, yes=yes, as_json=as_json)

"""Make a first real invitation in the Sandbox catalog, and follow it to its alert.

It is made with the caller's own credentials, never with the function's role, which could not.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from infra.deploy.account import caller
from notifier.adapters import aws
from notifier.adapters.ledger import DynamoLedger
from notifier.adapters.partner_central import PartnerCentral
from notifier.bootstrap import deployed_policy
from notifier.core.model import Invitation
from notifier.core.policy import SNS
from notifier.core.words import local_time
from notifier.settings import Settings

from . import account as accounts
from . import deployed, output
from .account import SANDBOX
from .asked import Asked, StopError, UsageError

LOOK_EVERY = 10.0
"""Seconds between two looks, each of one read: the quota is shared."""

TITLE = "Invitation Notifier test"
WHY_REJECTED = "Other"
"""One of the reasons that the API's description of RejectionReason lists."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Sandbox:
    """The Sandbox catalog of one account, and how long to wait for what comes there."""

    account: accounts.Account
    client: Any
    patience: timedelta

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.config.timezone)

    def pending(self) -> Sequence[Invitation]:
        return PartnerCentral(self.client, catalog=SANDBOX).pending()


def run(asked: Asked, *, reject: bool, patience: int, yes: bool, as_json: bool) -> int:
    """Make the invitation, follow it, and offer to reject it; return 1 if it did not get so far."""
    account = _account(asked)
    found = caller(account.session)
    client = aws.selling(account.session, per_second=accounts.READS_PER_SECOND)
    sandbox = _Sandbox(account, client, timedelta(minutes=patience))
    request = opportunity(datetime.now(UTC))
    output.line("CreateOpportunity:", style="bold", stderr=True)
    output.print_json(request, stderr=True)
    question = f"Create this in the {SANDBOX} catalog of account {found.account}, as {found.arn}?"
    if not output.ask(question, yes=yes):
        output.line("Nothing was created.", stderr=True)
        return 1
    invitation, opportunity_id = _made(sandbox, request)
    told, missing = _told(sandbox, invitation)
    rejected = _rejected(sandbox, invitation, reject=reject, yes=yes)
    if as_json:
        output.print_json(
            {
                "opportunity": opportunity_id,
                "invitation": invitation.id,
                "told": told,
                "rejected": rejected,
            }
        )
    return int(bool(missing))


_CUSTOMER = {
    "CompanyName": "Example Customer (test)",
    "Industry": "Software and Internet",
    "WebsiteUrl": "https://www.example.com",
    "Address": {
        "City": "Seattle",
        "CountryCode": "US",
        "PostalCode": "98101",
        "StateOrRegion": "Washington",
    },
}
_SPEND = {
    "Amount": "100.00",
    "CurrencyCode": "USD",
    "Frequency": "Monthly",
    "TargetCompany": "AWS",
}


def opportunity(now: datetime) -> dict[str, Any]:
    """Return a request for an opportunity that, in the Sandbox, comes back as an invitation."""
    closes = now + timedelta(days=90)
    return {
        "Catalog": SANDBOX,
        "ClientToken": str(uuid.uuid4()),
        "Origin": "AWS Referral",
        "PrimaryNeedsFromAws": ["Co-Sell - Architectural Validation"],
        "OpportunityType": "Net New Business",
        "Customer": {"Account": _CUSTOMER},
        "Project": {
            "Title": f"{TITLE} {now:%H%M%S}",
            "CustomerBusinessProblem": "A test of the invitation notifier; there is no customer.",
            "CustomerUseCase": "Business Applications & Contact Center",
            "DeliveryModels": ["SaaS or PaaS"],
            "ExpectedCustomerSpend": [_SPEND],
            "SalesActivities": ["Initialized discussions with customer"],
        },
        "LifeCycle": {"Stage": "Prospect", "TargetCloseDate": f"{closes:%Y-%m-%d}"},
    }


def _account(asked: Asked) -> accounts.Account:
    """Return an account that may be changed in the Sandbox alone, whatever is configured."""
    account = accounts.sandbox_only(asked)
    given = account.config.catalog
    if account.context.get("catalog") is not None and given != SANDBOX:
        raise UsageError(f"catalog is {given}; allowed: {SANDBOX}, the only one for tests")
    return replace(account, config=replace(account.config, catalog=SANDBOX))


def _made(sandbox: _Sandbox, request: dict[str, Any]) -> tuple[Invitation, str]:
    """Create the opportunity and wait for its invitation; raise StopError if none comes."""
    before = {invitation.id for invitation in sandbox.pending()}
    made = sandbox.client.create_opportunity(**request)["Id"]
    output.line(f"Created opportunity {made}.", stderr=True)
    title = request["Project"]["Title"]

    def look() -> Invitation | None:
        new = [invitation for invitation in sandbox.pending() if invitation.id not in before]
        new.sort(key=lambda invitation: invitation.title != title)
        return new[0] if new else None

    words = "Waiting for its invitation; how long that takes is not documented"
    found = _waited(look, words, sandbox.patience)
    if found is None:
        raise StopError(
            f"no invitation came within {_minutes(sandbox.patience)}; opportunity {made} stays in "
            'the Sandbox. Look again later: make preview ARGS="-c catalog=Sandbox"'
        )
    until = local_time(found.expires_at, sandbox.zone) if found.expires_at else "no date"
    output.line(f"Invitation {found.id} came: {found.title}; expires: {until}.", stderr=True)
    return found, made


def _told(sandbox: _Sandbox, invitation: Invitation) -> tuple[dict[str, str], list[str]]:
    """Wait until the deployed notifier has told every channel that somebody is to hear.

    Return when it did, by channel, and the channels that are missing: none without a deployment.
    """
    try:
        settings = deployed.settings(sandbox.account)
    except StopError as error:
        output.line(f"It cannot be followed to its alert: {error}.", stderr=True)
        output.line('See its alert: make preview ARGS="-c catalog=Sandbox"', stderr=True)
        return {}, []
    people = deployed_policy(settings).audience(SNS).configured
    wanted = {"sns": bool(people), "slack": settings.slack_secret_arn is not None}
    channels = [name for name, is_wanted in wanted.items() if is_wanted]
    ledger = _ledger(sandbox, settings, channels)
    seen: dict[str, str] = {}

    def look() -> dict[str, str] | None:
        records = (r for r in ledger.open_records() if r.invitation.id == invitation.id)
        for record in records:
            for channel, moment in record.told_at.items():
                if channel not in seen:
                    seen[channel] = moment.isoformat()
                    when = local_time(moment, sandbox.zone)
                    output.line(f"Told on {channel}: {when}.", stderr=True)
        return seen if set(channels) <= set(seen) else None

    _waited(look, "Waiting for the notifier to tell it; runs are minutes apart", sandbox.patience)
    if missing := [channel for channel in channels if channel not in seen]:
        output.line(
            f"Not told within {_minutes(sandbox.patience)}: {', '.join(missing)}. "
            'Ask why: make doctor ARGS="-c catalog=Sandbox"',
            stderr=True,
        )
    return seen, missing


def _ledger(sandbox: _Sandbox, settings: Settings, channels: Sequence[str]) -> DynamoLedger:
    return DynamoLedger(
        sandbox.account.client("dynamodb"),
        table=settings.table_name,
        catalog=SANDBOX,
        channels=channels,
    )


def _rejected(sandbox: _Sandbox, invitation: Invitation, *, reject: bool, yes: bool) -> bool:
    """Reject the invitation if that is wanted, which takes it out of the inbox."""
    question = f"Reject {invitation.id}, which cleans up? Nothing there can be deleted."
    # --yes agrees to making it; with nobody to ask, it stays unless --reject says otherwise.
    if not reject and (yes or not output.ask(question)):
        output.line(f"{invitation.id} stays pending, until it is answered or expires.", stderr=True)
        return False
    sandbox.client.reject_engagement_invitation(
        Catalog=SANDBOX, Identifier=invitation.id, RejectionReason=WHY_REJECTED
    )
    output.line(f"Rejected {invitation.id}.", stderr=True)
    return True


def _waited(look: Callable[[], T | None], words: str, patience: timedelta) -> T | None:
    """Look again and again until something is found or patience ends."""
    began = time.monotonic()
    with output.progress(words) as say:
        while True:
            found = look()
            waited = timedelta(seconds=time.monotonic() - began)
            if found is not None or waited >= patience:
                return found
            say(f"{words} ({round(waited.total_seconds())} s, at most {_minutes(patience)}) ...")
            time.sleep(LOOK_EVERY)


def _minutes(span: timedelta) -> str:
    count = round(span.total_seconds() / 60)
    return "1 minute" if count == 1 else f"{count} minutes"

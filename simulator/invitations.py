"""Makes believable invitations in the API's own JSON, and reads what a test wrote into one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .companies import Company

RECEIVER_ACCOUNT = "123456789012"
RECEIVER = {"Account": {"Alias": "Fernwerk Cloud", "AwsAccountId": RECEIVER_ACCOUNT}}
SENDER_ACCOUNTS = {"AWS": "aws"}
PARTNER_ACCOUNT = "210987654321"

_CONTACT = {
    "Email": "mara.lindqvist@sender.example",
    "FirstName": "Mara",
    "LastName": "Lindqvist",
    "BusinessTitle": "Partner Development Manager",
    "Phone": "+12065550142",
}

Json = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """One invitation of the account: JSON as the API answers it, and its place in time.

    A `raw` entry is answered exactly as given. `summary["Status"]` is what people made of it;
    that a pending one has expired is seen from its date.
    """

    number: int
    summary: Json
    details: Json
    raw: bool = False

    @property
    def id(self) -> str | None:
        return bare_id(self.summary.get("Id"))

    def status(self, now: datetime) -> Any:
        """Return the status at `now`; what has none is pending."""
        status = self.summary.get("Status") or "PENDING"
        expiry = read_date(self.summary.get("ExpirationDate"))
        if status == "PENDING" and not self.raw and expiry and expiry <= now:
            return "EXPIRED"
        return status

    def shown_in_list(self, now: datetime) -> Json:
        return self.summary if self.raw else self.summary | {"Status": self.status(now)}

    def shown_in_full(self, now: datetime) -> Json:
        if self.raw:
            return self.details
        # GetEngagementInvitation's answer has every member of the summary except this one.
        summary = {k: v for k, v in self.shown_in_list(now).items() if k != "ParticipantType"}
        return summary | self.details


def make_summary(
    *,
    invitation_id: str,
    kind: str,
    title: str,
    catalog: str,
    sender: str,
    invited_at: datetime,
    expires_in: timedelta | None,
) -> Json:
    expires = {} if expires_in is None else {"ExpirationDate": date_text(invited_at + expires_in)}
    return {
        "Id": invitation_id,
        "Arn": f"arn:aws:partnercentral:us-east-1::catalog/{catalog}/engagement-invitation/"
        f"{invitation_id}",
        "EngagementId": f"eng-{invitation_id.removeprefix('engi-')}0",
        "EngagementTitle": title,
        "PayloadType": kind,
        "Status": "PENDING",
        "InvitationDate": date_text(invited_at),
        **expires,
        "SenderAwsAccountId": SENDER_ACCOUNTS.get(sender, PARTNER_ACCOUNT),
        "SenderCompanyName": sender,
        "Receiver": RECEIVER,
        "Catalog": catalog,
        "ParticipantType": "RECEIVER",
    }


def make_details(company: Company, *, kind: str, sender: str, invited_at: datetime) -> Json:
    """Return what the full answer has beyond the summary."""
    payloads = {
        "OpportunityInvitation": lambda: _opportunity(company, sender, invited_at),
        "LeadInvitation": lambda: _lead(company),
        "AccountPlanningInvitation": lambda: _account_plan(company),
    }
    if kind not in payloads:
        raise ValueError(f"kind is {kind!r}; allowed: {', '.join(payloads)}")
    is_plan = kind == "AccountPlanningInvitation"
    return {
        "Payload": {kind: payloads[kind]()},
        "InvitationMessage": f"We would like to plan the next year at {company.name} with you."
        if is_plan
        else f"{company.name} is looking for a partner for this project. Could your team take it "
        "on?",
        "EngagementDescription": f"{'Account plan' if is_plan else company.project} for "
        f"{company.name}",
        "ExistingMembers": [{"CompanyName": sender, "WebsiteUrl": "https://sender.example"}],
    }


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """Return `base` with `changes` laid over it, structure by structure; None removes."""
    result = dict(base)
    for name, value in changes.items():
        present = result.get(name)
        if isinstance(value, dict) and isinstance(present, dict):
            result[name] = merged(present, value)
        else:
            result[name] = value
    return {name: value for name, value in result.items() if value is not None}


def bare_id(value: Any) -> str | None:
    """Return `engi-…` from an id or an ARN."""
    return value.rsplit("/", 1)[-1] if isinstance(value, str) else None


def date_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_date(value: Any) -> datetime | None:
    """Return the moment in a member, which in a raw entry may be anything."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _opportunity(company: Company, sender: str, invited_at: datetime) -> Json:
    return {
        "SenderContacts": [_CONTACT],
        "ReceiverResponsibilities": ["Services Partner", "Reseller"],
        "OpportunityType": "Net New Business",
        "Customer": _customer(company),
        "Project": {
            "Title": company.project,
            "BusinessProblem": company.problem,
            "TargetCompletionDate": f"{invited_at + timedelta(days=150):%Y-%m-%d}",
            "ExpectedCustomerSpend": [
                {
                    "Amount": f"{company.monthly_spend}.00",
                    "CurrencyCode": "USD",
                    "Frequency": "Monthly",
                    "TargetCompany": sender,
                }
            ],
        },
    }


def _lead(company: Company) -> Json:
    return {
        "Customer": _customer(company)
        | {"AwsMaturity": "Evaluating", "MarketSegment": "Mid-Market"},
        "Interaction": {
            "SourceType": "Event",
            "SourceName": company.source,
            "Usecase": company.use_case,
            "ContactBusinessTitle": company.contact_title,
        },
    }


def _account_plan(company: Company) -> Json:
    return {
        "AccountIdentifier": f"cust-acc-{hashlib.sha256(company.name.encode()).hexdigest()[:13]}",
        "Customer": _customer(company),
        "SenderContacts": [_CONTACT],
        "PreferredContact": {"Window": "MORNING", "Timezone": "America/Chicago"},
    }


def _customer(company: Company) -> Json:
    return {
        "CompanyName": company.name,
        "Industry": company.industry,
        "CountryCode": company.country,
        "WebsiteUrl": company.website,
    }

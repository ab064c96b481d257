"""The invitations of the gallery's examples, read as Partner Central answers them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo.cast import backlog
from notifier.adapters.partner_central import parse_details
from notifier.core.model import ACCOUNT_PLAN, LEAD, OPPORTUNITY, Details, Invitation
from simulator.companies import COMPANIES
from simulator.invitations import make_details, merged

BERLIN = ZoneInfo("Europe/Berlin")
INVITED = datetime(2026, 3, 3, 10, 12, tzinfo=BERLIN)
EXPIRES = datetime(2026, 3, 9, 11, 0, tzinfo=BERLIN)

_WORDS = "The warehouse system of each site runs on hardware that is out of support by then, and "


def full() -> Details:
    """Return an opportunity as most of them are."""
    return _details(OPPORTUNITY, company=0)


def lead() -> Details:
    """Return a lead with everything that AWS may add to rate it."""
    enrichment = {
        "LeadInsights": {
            "LeadReadinessScore": "High",
            "ChannelRecommendation": {
                "RecommendedChannel": "CALL",
                "BestOutreachWindows": [
                    {"Day": "TUESDAY", "StartTimeUtc": "14:00", "EndTimeUtc": "16:00"},
                    {"Day": "THURSDAY", "StartTimeUtc": "09:30", "EndTimeUtc": "11:00"},
                ],
            },
        },
        "ProspectingResultAws": {
            "Insights": {
                "MarketplaceEngagementScore": "Medium",
                "SolutionScore": "High",
                "SolutionCategory": "Analytics",
                "SolutionSubCategory": "Data lakes",
            },
            "Customer": {
                "EligiblePrograms": ["Migration Acceleration Program", "Activate"],
                "Segment": "SMB",
                "CompanySize": "201-500",
                "SubIndustry": "Providers",
                "Geo": "AMER",
                "Region": "US West",
                "PublicProfileSummary": "A regional group of eleven clinics.",
            },
        },
    }
    return _details(LEAD, company=1, EnrichmentContext=enrichment)


def account_plan() -> Details:
    """Return an invitation to plan a customer's account together."""
    return _details(ACCOUNT_PLAN, company=6, EngagementTitle="Ilmari: account plan for 2027")


def unknown() -> Details:
    """Return an invitation of a type that came up after this was written."""
    return _read("CoSellInvitation", "Montara: joint go-to-market", {"Payload": {}} | _SAID)


def empty() -> Details:
    """Return an invitation of which only the id is known."""
    return parse_details({"Id": "engi-2emptyempty22"}, "AWS")


def long() -> Details:
    """Return an opportunity in which everything is as long as the API allows, or longer."""
    contact = {
        "FirstName": _text(80),
        "LastName": _text(80),
        "BusinessTitle": _text(80),
        "Email": f"{'x' * 60}@{'y' * 60}.example",
        "Phone": "+4912345678901234567",
    }
    spend = {
        "Amount": "9" * 31,
        "CurrencyCode": "USD",
        "Frequency": "Monthly",
        "TargetCompany": _text(80),
    }
    offer = {
        "SenderContacts": [contact] * 3,
        "ReceiverResponsibilities": ["Hardware Partner", "Facilitator"] * 4,
        "Customer": {
            "CompanyName": _text(120),
            "Industry": _text(120),
            "CountryCode": "GS",
            "WebsiteUrl": f"https://{'w' * 60}.example/{'p' * 180}",
        },
        "Project": {
            "Title": _text(255),
            "BusinessProblem": _text(2000),
            "TargetCompletionDate": "2026-12-31",
            "ExpectedCustomerSpend": [spend] * 10,
        },
    }
    profile = {"Customer": {"PublicProfileSummary": _text(2000), "SubIndustry": _text(255)}}
    answer = {
        "Payload": {OPPORTUNITY: offer},
        "InvitationMessage": _text(255),
        "EngagementDescription": _text(1000),
        "ExistingMembers": [{"CompanyName": _text(120)}] * 10,
        "EnrichmentContext": {"ProspectingResultAws": profile},
    }
    return _read(OPPORTUNITY, "W" * 40, answer, SenderCompanyName=_text(120))


def brief(count: int) -> tuple[Invitation, ...]:
    """Return so many invitations as the listing shows them, by expiry, the last without a date."""
    waiting = backlog()
    step = timedelta(days=14) / count
    return tuple(
        Invitation(
            id=f"engi-{number:013}",
            catalog="AWS",
            title=waiting[number % len(waiting)].title,
            payload_type=waiting[number % len(waiting)].kind,
            sender_name=waiting[number % len(waiting)].sender,
            status="PENDING",
            invited_at=INVITED,
            expires_at=INVITED + step * number + timedelta(hours=3) if number < count - 1 else None,
        )
        for number in range(count)
    )


_SAID = {
    "InvitationMessage": "We would like to take this to market together with you.",
    "EngagementDescription": "A joint offer for food manufacturers.",
}


def _details(kind: str, *, company: int, **more: Any) -> Details:
    chosen = COMPANIES[company]
    answer = make_details(chosen, kind=kind, sender="AWS", invited_at=INVITED)
    return _read(kind, chosen.title, merged(answer, more))


def _read(kind: str, title: str, answer: dict[str, Any], **summary: Any) -> Details:
    named = {
        "Id": "engi-0a1b2c3d4e5f6",
        "Catalog": "AWS",
        "EngagementTitle": title,
        "PayloadType": kind,
        "Status": "PENDING",
        "InvitationDate": INVITED,
        "ExpirationDate": EXPIRES,
        "SenderCompanyName": "AWS",
    }
    return parse_details(named | answer | summary, "AWS")


def _text(length: int) -> str:
    """Return words of exactly this length."""
    return (_WORDS * (length // len(_WORDS) + 1))[: length - 1].rstrip().ljust(length, "x")

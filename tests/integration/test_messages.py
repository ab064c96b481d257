"""What a message says: enough to decide from, in the reader's time, and no more than is wanted."""

from __future__ import annotations

import json
from datetime import date, timedelta

from simulator.account import PartnerAccount
from tests.deployed import Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)

ENRICHED = {
    "EnrichmentContext": {
        "ProspectingResultAws": {
            "Customer": {"EligiblePrograms": ["MAP", "ISV Accelerate"], "Segment": "Enterprise"},
            "Insights": {"MarketplaceEngagementScore": "High", "SolutionScore": "82"},
        },
        "LeadInsights": {"LeadReadinessScore": "Ready to talk"},
    },
    "ExistingMembers": [{"CompanyName": "Halvorsen Data"}],
}


def mail(notifier: Notifier) -> str:
    """Return the latest email on one line, without the marks of what it quotes."""
    lines = (line.removeprefix("> ") for line in notifier.mails[-1].email.splitlines())
    return " ".join(" ".join(lines).split())


def post(notifier: Notifier) -> str:
    """Return all that the latest post shows."""
    return json.dumps(notifier.posts[-1].payload, ensure_ascii=False)


def test_an_opportunity_is_told_with_what_decides_it(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Customer, country, contact, problem and message; what AWS rates stands near the top."""
    id_ = account.partner_central.invite(title="Move", expires_in=5 * DAY, details=ENRICHED)
    full = account.partner_central.get(id_)
    payload = full["Payload"]["OpportunityInvitation"]
    connected.tick()
    for said in (mail(connected), post(connected)):
        for word in (
            payload["Customer"]["CompanyName"],
            payload["Customer"]["Industry"],
            "Germany",
            payload["Project"]["BusinessProblem"],
            f"{date.fromisoformat(payload['Project']['TargetCompletionDate']):%d %b %Y}",
            payload["SenderContacts"][0]["Email"],
            payload["ReceiverResponsibilities"][0],
            full["InvitationMessage"],
            "Halvorsen Data",
        ):
            assert word in said
        for word in ("Ready to talk", "High", "MAP, ISV Accelerate", "Enterprise"):
            assert said.index("Expected spend") < said.index(word) < said.index("Industry")
    (alert,) = json.loads(connected.mails[-1].default)["alerts"]
    assert alert["details"]["triage"]["Engagement score"] == "High"


def test_nothing_from_the_details_is_stored(account: PartnerAccount, connected: Notifier) -> None:
    """Customer, contacts and texts are fetched when a message needs them, and never kept."""
    id_ = account.partner_central.invite(title="Move", expires_in=5 * DAY, details=ENRICHED)
    customer = account.partner_central.get(id_)["Payload"]["OpportunityInvitation"]["Customer"]
    connected.tick()
    stored = str(account.aws.items())
    assert "Move" in stored
    for word in (customer["CompanyName"], "Halvorsen Data", "Ready to talk"):
        assert word in mail(connected)
        assert word not in stored


def test_without_details_nothing_that_partner_central_keeps_back_leaves_it(
    account: PartnerAccount, connected: Notifier
) -> None:
    """`details=none` asks for none, and says where they are."""
    connected.configure(details="none")
    id_ = account.partner_central.invite(title="Move", expires_in=5 * DAY, details=ENRICHED)
    full = account.partner_central.get(id_)
    connected.tick()
    assert ("partnercentral", "GetEngagementInvitation") not in account.wire.count()
    assert "The details are in Partner Central." in mail(connected)
    account.partner_central.expire(id_)
    connected.tick(after=TICK)
    assert "Expired unanswered" in post(connected)
    said = b"".join(call.body for call in account.wire.calls if call.service in ("sns", "slack"))
    customer = full["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"]
    for secret in (customer, full["InvitationMessage"][:20], "Ready to talk"):
        assert secret.encode() not in said


def test_the_catalog_the_zone_and_the_working_hours_show(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Nobody takes a test invitation for a customer; START is a Monday, 10:00 in Berlin."""
    account.partner_central.invite(title="Try it", expires_in=7 * DAY, catalog="Sandbox")
    account.partner_central.invite(title="The real thing", expires_in=5 * DAY, catalog="AWS")
    hours = "Mon-Fri 09:00-17:00"
    notifier.configure(catalog="Sandbox", timezone="Europe/Berlin", working_hours=hours)
    notifier.tick()
    assert [mail.subject for mail in notifier.mails] == ["[Sandbox] New opportunity: Try it"]
    assert mail(notifier).startswith("Connected to the Sandbox catalog: 1 invitation pending.")
    assert "09 Mar 2026, 10:00 CET (09:00 UTC) 7 days left, 5 working days left" in mail(notifier)
    assert "[Sandbox] New opportunity: Try it" in post(notifier)
    assert "(5 working days left)" in post(notifier)

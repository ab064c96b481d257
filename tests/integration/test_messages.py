"""What a message says: enough to decide from, in the reader's time, and no more than is wanted."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from simulator.account import PartnerAccount
from simulator.wire import Call
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
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
    """Return the latest email on one line."""
    return " ".join(notifier.mails[-1].email.split())


def post(notifier: Notifier) -> str:
    """Return all that the latest post shows."""
    return json.dumps(notifier.posts[-1].payload, ensure_ascii=False)


def operations(calls: list[Call]) -> Counter[str]:
    return Counter(call.operation for call in calls)


def test_what_aws_adds_for_triage_is_near_the_top(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Scores and programs stand before industry and country, in words."""
    account.partner_central.invite(expires_in=5 * DAY, details=ENRICHED)
    connected.tick()
    for said in (mail(connected), post(connected)):
        for word in ("Ready to talk", "High", "MAP, ISV Accelerate", "Enterprise"):
            assert said.index("Expected spend") < said.index(word) < said.index("Industry")
        assert "Halvorsen Data" in said
    (alert,) = json.loads(connected.mails[-1].default)["alerts"]
    assert alert["details"]["triage"]["Engagement score"] == "High"


def test_without_details_nothing_that_partner_central_keeps_back_leaves_it(
    account: PartnerAccount, connected: Notifier
) -> None:
    """`details=none` asks for none, and says where they are."""
    connected.configure(details="none")
    id_ = account.partner_central.invite(title="Move", expires_in=5 * DAY, details=ENRICHED)
    full = account.partner_central.get(id_)
    connected.tick()
    assert "GetEngagementInvitation" not in operations(account.wire.calls)
    assert "The details are in Partner Central." in mail(connected)
    account.partner_central.expire(id_)
    connected.tick(after=TICK)
    said = b"".join(call.body for call in account.wire.calls if call.service in ("sns", "slack"))
    customer = full["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"]
    assert b"Expired unanswered" in said or b"Expired+unanswered" in said
    for secret in (customer, full["InvitationMessage"][:20], "Ready to talk"):
        assert secret.encode() not in said


def test_respond_by_tells_the_working_time_left(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """On the team's clock, beside the date; START is a Monday, 10:00 in Berlin."""
    notifier.configure(timezone="Europe/Berlin", working_hours="Mon-Fri 09:00-17:00")
    notifier.tick()
    account.partner_central.invite(title="Move", expires_in=7 * DAY)
    notifier.tick()
    assert "09 Mar 2026, 10:00 CET (09:00 UTC) 7 days left, 5 working days left" in mail(notifier)
    assert "(5 working days left)" in post(notifier)


def test_a_sundays_reminder_is_sent_on_friday(account: PartnerAccount, notifier: Notifier) -> None:
    """It tells the time that is really left, and nothing follows on Sunday."""
    notifier.configure(timezone="Europe/Berlin", working_hours="Mon-Fri 09:00-17:00")
    notifier.tick()
    account.partner_central.invite(title="Move", expires_in=7 * DAY + 5 * HOUR)
    notifier.tick()
    sent: list[tuple[str, str | None]] = []
    for _ in range(8 * 24):
        notifier.tick(after=HOUR)
        if len(notifier.mails) > 2 + len(sent):
            sent.append((f"{notifier.now:%a %H:%M}", notifier.mails[-1].subject))
    assert sent == [
        ("Fri 14:00", "Under 3 days left: Move"),
        ("Fri 16:00", "2 days 22 hours left: Move"),
        ("Mon 10:00", "Under 4 hours left: Move"),
        ("Mon 14:00", "Expired unanswered: Move"),
    ]


def test_who_lost_an_invitation_learns_whom_to_ask(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A link opens an email to the sender's contact, with all that they need in it."""
    account.partner_central.invite(title="Move & more", expires_in=5 * DAY)
    connected.tick()
    connected.tick(after=5 * DAY + TICK)
    assert "Ask Mara Lindqvist for a new invitation: mara.lindqvist@sender.example" in (
        mail(connected)
    )
    assert "mailto:mara.lindqvist@sender.example?subject=Expired%20engagement%20invitation" in (
        post(connected)
    )
    assert "Move%20%26%20more" in post(connected)


def test_formatting_characters_in_titles_show_as_they_are(
    account: PartnerAccount, connected: Notifier
) -> None:
    """In a digest too, where the rest is markup."""
    for number in range(6):
        account.partner_central.invite(title=f"*Big* _deal_ ~{number}~ `now`", expires_in=5 * DAY)
    connected.tick()
    (digest,) = [block for block in connected.posts[-1].payload["blocks"] if _is_rich(block)]
    texts = [line["elements"][0] for line in digest["elements"][1]["elements"]]
    assert {text["type"] for text in texts} == {"text"}
    assert {text["text"].partition(" · ")[0] for text in texts} == {
        f"*Big* _deal_ ~{number}~ `now`" for number in range(6)
    }


def _is_rich(block: dict[str, Any]) -> bool:
    return bool(block["type"] == "rich_text")

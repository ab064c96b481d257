"""What the sales team receives from the first contact to the last reminder."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from simulator.account import PartnerAccount
from tests.deployed import START, Notifier

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(minutes=5)


def subjects(notifier: Notifier) -> list[str]:
    return [mail.subject or "" for mail in notifier.mails]


def headers(notifier: Notifier) -> list[str]:
    """Return each Slack message's header without its sign, or its first words."""
    found = []
    for post in notifier.posts:
        texts = [b["text"]["text"] for b in post.payload.get("blocks", ()) if b["type"] == "header"]
        found.append(texts[0].partition(" ")[2] if texts else post.payload["text"])
    return found


def test_an_empty_inbox_is_greeted_once(notifier: Notifier) -> None:
    """Each channel says once that it works, and then nothing."""
    for _ in range(3):
        notifier.tick(after=TICK)
    hello = "Connected to the AWS catalog: 0 invitations pending."
    assert subjects(notifier) == [hello]
    assert headers(notifier) == [hello]


def test_first_contact_stands_on_top_of_the_first_message(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """With something due, the greeting is part of the first message."""
    account.partner_central.invite(title="Move to cloud", expires_in=5 * DAY)
    notifier.tick()
    assert subjects(notifier) == ["New opportunity: Move to cloud"]
    hello = "Connected to the AWS catalog: 1 invitation pending."
    assert notifier.mails[0].email.startswith(hello)
    assert hello in str(notifier.posts[0].payload["blocks"][0])
    assert notifier.told() == {"mails": 1, "posts": 1}


def test_a_full_inbox_is_one_digest_on_each_channel(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Forty-one invitations at first sight are one mail and one post."""
    for number in range(41):
        account.partner_central.invite(title=f"Project {number}", expires_in=5 * DAY)
    summary = notifier.tick().summary
    assert summary["channels"]["sns"]["told"] == summary["channels"]["slack"]["told"] == 41
    assert notifier.told() == {"mails": 1, "posts": 1}
    assert subjects(notifier) == ["41 new invitations"]
    for number in range(41):
        assert f"Project {number}\n" in notifier.mails[0].email
        assert f"Project {number} · " in str(json.loads(notifier.posts[0].raw)["blocks"])
    assert account.wire.count()[("partnercentral", "GetEngagementInvitation")] == 0


def test_an_opportunity_is_told_with_what_decides_it(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A single alert carries customer, country, spend, contact, problem and message."""
    id_ = account.partner_central.invite(title="Move to cloud", expires_in=5 * DAY)
    payload = account.partner_central.get(id_)["Payload"]["OpportunityInvitation"]
    connected.tick()
    mail, post = connected.mails[-1].email, connected.posts[-1].raw.decode()
    for word in (
        payload["Customer"]["CompanyName"],
        payload["Customer"]["Industry"],
        "Germany",
        payload["Project"]["BusinessProblem"],
        f"{date.fromisoformat(payload['Project']['TargetCompletionDate']):%d %b %Y}",
        payload["SenderContacts"][0]["Email"],
        payload["ReceiverResponsibilities"][0],
        account.partner_central.get(id_)["InvitationMessage"],
    ):
        assert word in " ".join(mail.split())
        assert word in post
    assert "a month" in mail


def test_a_lead_is_told_with_what_decides_it(account: PartnerAccount, connected: Notifier) -> None:
    """A lead's alert carries customer, use case, source and the contact's title."""
    id_ = account.partner_central.invite(
        kind="LeadInvitation", title="Analytics lead", expires_in=5 * DAY
    )
    payload = account.partner_central.get(id_)["Payload"]["LeadInvitation"]
    connected.tick()
    assert subjects(connected) == ["New lead: Analytics lead"]
    for word in (
        payload["Customer"]["CompanyName"],
        payload["Interaction"]["Usecase"],
        payload["Interaction"]["SourceName"],
        payload["Interaction"]["ContactBusinessTitle"],
    ):
        assert word in " ".join(connected.mails[-1].email.split())
        assert word in connected.posts[-1].raw.decode()


def test_the_three_reminders_come_once_each(account: PartnerAccount, connected: Notifier) -> None:
    """At 72, 24 and 4 hours before expiry, however often the schedule ticks."""
    account.partner_central.invite(title="Move to cloud", expires_in=4 * DAY)
    for _ in range(4 * 24 + 2):
        connected.tick(after=HOUR)
    assert subjects(connected) == headers(connected)
    assert subjects(connected) == [
        "New opportunity: Move to cloud",
        "Under 3 days left: Move to cloud",
        "Under 24 hours left: Move to cloud",
        "Under 4 hours left: Move to cloud",
        "Expired unanswered: Move to cloud",
    ]


def test_an_outage_over_several_stages_makes_one_reminder(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Only the most urgent of the stages that were missed is told."""
    account.partner_central.invite(title="Move to cloud", expires_in=5 * DAY)
    connected.tick()
    connected.tick(after=5 * DAY - HOUR)
    assert subjects(connected)[1:] == ["Under 4 hours left: Move to cloud"]


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_an_answer_stops_the_reminders(
    account: PartnerAccount, connected: Notifier, answer: str
) -> None:
    """What a person answered is never spoken of again, and its record is closed."""
    id_ = account.partner_central.invite(title="Move to cloud", expires_in=4 * DAY)
    connected.tick()
    getattr(account.partner_central, answer)(id_)
    assert connected.tick(after=HOUR).summary["closed"] == 1
    for _ in range(4):
        connected.tick(after=DAY - TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_an_invitation_that_expires_is_asked_for_and_closed(
    account: PartnerAccount, connected: Notifier
) -> None:
    """It leaves the list, its status is asked for once, and its loss is told once."""
    account.partner_central.invite(title="Move to cloud", expires_in=4 * HOUR + TICK)
    connected.tick()
    connected.tick(after=2 * TICK)
    assert connected.tick(after=5 * HOUR).summary["closed"] == 1
    account.wire.clear()
    connected.tick(after=TICK)
    assert account.wire.count()[("partnercentral", "GetEngagementInvitation")] == 0
    assert subjects(connected)[2:] == ["Expired unanswered: Move to cloud"]
    assert connected.told() == {"mails": 3, "posts": 3}


def test_an_expiry_that_is_moved_arms_its_reminders_again(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The stages follow the date that Partner Central gives now."""
    id_ = account.partner_central.invite(title="Move to cloud", expires_in=20 * HOUR)
    connected.tick()
    account.partner_central.move_expiry(id_, START + 2 * DAY)
    connected.tick(after=TICK)
    assert len(subjects(connected)) == 1
    connected.tick(after=DAY + HOUR)
    assert subjects(connected)[1:] == ["Under 24 hours left: Move to cloud"]


def test_a_title_can_neither_ping_nor_fake_a_link(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Markup in a title is shown as the words that it is, alone and in a digest."""
    hostile = "<!channel> & <https://evil.example|ok>"
    account.partner_central.invite(title=hostile, expires_in=5 * DAY)
    connected.tick()
    for number in range(6):
        account.partner_central.invite(title=f"{hostile}{number}", expires_in=5 * DAY)
    connected.tick()
    single, digest = connected.posts
    assert "<!channel>" not in single.payload["text"]
    for post in (single, digest):
        texts = [
            text["text"]
            for block in post.payload["blocks"]
            for text in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
            if text and text["type"] == "mrkdwn"
        ]
        assert not [text for text in texts if "<!channel>" in text or "<https://evil" in text]
    # In rich text a text is a text, whatever it holds.
    texts = [
        line["elements"][0]
        for block in digest.payload["blocks"]
        if block["type"] == "rich_text"
        for line in block["elements"][1]["elements"]
    ]
    assert {text["type"] for text in texts} == {"text"}
    assert sum(text["text"].startswith(f"{hostile}3 · ") for text in texts) == 1


def test_what_expired_in_a_gap_is_told_in_one_digest(
    account: PartnerAccount, connected: Notifier
) -> None:
    """After a day without a complete run, what came and went is listed too."""
    for number in range(3):
        account.partner_central.invite(title=f"Missed {number}", expires_in=5 * HOUR)
    connected.tick(after=2 * DAY)
    assert subjects(connected) == ["3 invitations expired unanswered"]
    assert headers(connected) == ["3 invitations expired unanswered"]
    connected.tick(after=TICK)
    connected.tick(after=2 * DAY)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_the_sandbox_is_marked_as_such(account: PartnerAccount, notifier: Notifier) -> None:
    """Nobody takes a test invitation for a customer."""
    account.partner_central.invite(title="Try it", expires_in=5 * DAY, catalog="Sandbox")
    account.partner_central.invite(title="The real thing", expires_in=5 * DAY, catalog="AWS")
    notifier.configure(catalog="Sandbox")
    notifier.tick()
    assert subjects(notifier) == ["[Sandbox] New opportunity: Try it"]
    assert headers(notifier) == ["[Sandbox] New opportunity: Try it"]


def test_mails_tell_the_time_of_the_configured_zone(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """An expiry is shown on the team's own clock, with the zone's name and the time left."""
    account.partner_central.invite(title="Move to cloud", expires_in=3 * DAY + HOUR)
    notifier.configure(timezone="Europe/Berlin")
    notifier.tick()
    mail = " ".join(notifier.mails[0].email.split())
    assert "Respond by: Thu 05 Mar 2026, 11:00 CET (10:00 UTC) 3 days 1 hour left" in mail


def test_only_the_configured_payload_types_are_asked_for(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """`payload_types` narrows the listing on the server; by default nothing is sent."""
    account.partner_central.invite(title="Opportunity", expires_in=5 * DAY)
    account.partner_central.invite(kind="LeadInvitation", title="Lead", expires_in=5 * DAY)
    notifier.configure(payload_types=("LeadInvitation",))
    assert notifier.tick().summary["listed"] == 1
    notifier.configure()
    assert notifier.tick().summary["listed"] == 2
    lists = [c.body for c in account.wire.calls if c.operation == "ListEngagementInvitations"]
    assert b"PayloadType" in lists[0]
    assert b"PayloadType" not in lists[1]

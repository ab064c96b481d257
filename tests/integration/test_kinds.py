"""Every kind of invitation over the wire, and one that came up after the service's model."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from notifier.core.routes import Route
from simulator.account import PartnerAccount
from tests.deployed import Notifier

DAY = timedelta(days=1)

PLAN = "AccountPlanningInvitation"
KINDS = {"OpportunityInvitation": "opportunity", "LeadInvitation": "lead", PLAN: "account plan"}
PLANS = Route(name="plans", when={"payload_type": (PLAN,)}, slack_channel="C0PLANS")
FINNISH = Route(
    name="finnish", when={"country": ("Finland",), "industry": ("gaming",)}, slack_channel="C0FIN"
)
CUSTOMER = {"CompanyName": "Ilmari Games", "CountryCode": "FI", "Industry": "Gaming"}

SUMMARY = {
    "Id": "engi-0123456789abc",
    "Arn": "arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/engi-0123456789abc",
    "Catalog": "AWS",
    "EngagementId": "eng-0123456789abcd",
    "EngagementTitle": "Something new",
    "PayloadType": "JointMarketingInvitation",
    "Status": "PENDING",
    "InvitationDate": "2026-03-02T08:00:00Z",
    "ExpirationDate": "2026-03-07T09:00:00Z",
    "SenderAwsAccountId": "aws",
    "SenderCompanyName": "AWS",
    "Receiver": {"Account": {"Alias": "Fernwerk", "AwsAccountId": "123456789012"}},
    "ParticipantType": "RECEIVER",
}
DETAILS = SUMMARY | {
    "Payload": {"JointMarketingInvitation": {"Budget": "10"}},
    "InvitationMessage": "Are you in?",
    "EngagementDescription": "A private offer",
}


def told(notifier: Notifier) -> tuple[str, str]:
    """Return the latest email and the latest post, each on one line."""
    mail, post = notifier.mails[-1], notifier.posts[-1]
    said = json.dumps(post.payload, ensure_ascii=False)
    return " ".join(f"{mail.subject} {mail.email}".split()), said


def alert(notifier: Notifier) -> dict[str, Any]:
    (found,) = json.loads(notifier.mails[-1].default)["alerts"]
    return dict(found)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_called_by_its_name(
    account: PartnerAccount, connected: Notifier, kind: str
) -> None:
    """Alone, and in a digest."""
    account.partner_central.invite(kind=kind, title="One", expires_in=5 * DAY)
    connected.tick()
    assert connected.mails[-1].subject == f"New {KINDS[kind]}: One"
    for number in range(6):
        account.partner_central.invite(kind=kind, title=f"Of many {number}", expires_in=5 * DAY)
    connected.tick()
    about = f"{KINDS[kind].capitalize()} from AWS"
    assert [said.count(about) for said in told(connected)] == [6, 6]


def test_an_account_plan_is_told_with_what_decides_it(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Whose account it is, and whom to call when; programs get it as Partner Central says it."""
    id_ = account.partner_central.invite(kind=PLAN, expires_in=5 * DAY)
    payload = account.partner_central.get(id_)["Payload"][PLAN]
    connected.tick()
    for said in told(connected):
        assert payload["Customer"]["CompanyName"] in said
        assert payload["AccountIdentifier"] in said
        assert payload["SenderContacts"][0]["Phone"] in said
        assert "in the morning, America/Chicago time (UTC\N{MINUS SIGN}06:00)" in said
    assert alert(connected)["invitation"]["payload_type"] == PLAN
    assert alert(connected)["details"]["account_plan"] == {
        "account": payload["AccountIdentifier"],
        "preferred_time": {"window": "MORNING", "timezone": "America/Chicago"},
    }


@pytest.mark.parametrize(
    ("preferred", "words"),
    [
        ({"Window": "EVENING"}, "Preferred time: in the evening Respond by"),
        ({"Timezone": "Asia/Kolkata"}, "Preferred time: Asia/Kolkata time (UTC+05:30) Respond"),
        ({"Window": "NOON", "Timezone": "Mars/Base"}, "Preferred time: noon, Mars/Base time Resp"),
        (None, "+12065550142, mara.lindqvist@sender.example Respond by"),
    ],
)
def test_a_preferred_time_is_said_as_far_as_it_is_known(
    account: PartnerAccount, connected: Notifier, preferred: dict[str, str] | None, words: str
) -> None:
    """Either half may be missing; a window or a zone that nobody knows is told as it is."""
    id_ = account.partner_central.invite(kind=PLAN, expires_in=5 * DAY)
    full = account.partner_central.get(id_)
    account.partner_central.vanish(id_)
    payload = full["Payload"][PLAN] | {"PreferredContact": preferred}
    account.partner_central.add_raw(full, full | {"Payload": {PLAN: payload}})
    connected.tick()
    assert words in told(connected)[0]


@pytest.mark.parametrize("route", [PLANS, FINNISH])
def test_routes_take_account_plans(
    account: PartnerAccount, notifier: Notifier, route: Route
) -> None:
    """By their type, by the customer's country and by its industry."""
    slack = account.slack
    account.aws.put_secret({"bot_token": slack.bot_token, "channel": slack.channel})
    place = slack.open(route.slack_channel or "")
    notifier.configure(routes=(route,))
    notifier.tick()
    details = {"Payload": {PLAN: {"Customer": CUSTOMER}}}
    account.partner_central.invite(kind=PLAN, title="Plan", expires_in=5 * DAY, details=details)
    notifier.tick()
    assert "New account plan: Plan" in str(slack.on(place)[-1].payload)


def test_a_type_that_no_model_has_is_told_in_its_own_words(
    account: PartnerAccount, connected: Notifier
) -> None:
    """With all of the summary, what any invitation may say, and where the rest is."""
    account.partner_central.add_raw(SUMMARY, DETAILS)
    connected.tick()
    for said in told(connected):
        assert "New joint marketing invitation: Something new" in said
        assert "Are you in?" in said
        assert "A private offer" in said
        assert "The details are in Partner Central." in said
    mail = told(connected)[0]
    for fact in ("07 Mar 2026, 09:00", "02 Mar 2026, 08:00", "Sender: AWS"):
        assert fact in mail
    invitation = alert(connected)["invitation"]
    assert None not in invitation.values()
    assert invitation["payload_type"] == "JointMarketingInvitation"
    assert None not in (invitation["receiver"] | invitation["sender"]).values()


@pytest.mark.parametrize("named", ["<!channel>", "1x", "", "A" * 65, "Ünvitation", 7])
def test_what_is_no_name_of_a_type_is_an_invitation(
    account: PartnerAccount, connected: Notifier, named: object
) -> None:
    """Nobody's words but those of a type's name stand in a headline."""
    account.partner_central.add_raw(SUMMARY | {"PayloadType": named})
    connected.tick()
    assert connected.mails[-1].subject == "New invitation: Something new"

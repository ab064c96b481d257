"""Routes over HTTP: all that is said of one invitation is said in one place, and none is lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.slack import Place, Post
from simulator.wire import Fault, aws_json_error
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(minutes=5)

DACH = Route(
    name="dach",
    when={"country": ("DE", "AT", "CH")},
    slack_channel="C0DACH",
    mention="S0DACH",
)
LEADS = Route(name="leads", when={"payload_type": ("LeadInvitation",)}, slack_channel="C0LEADS")
SAP = Route(name="sap", when={"title": ("SAP",)})
ROUTES = (DACH, LEADS, SAP)


def of_country(code: str) -> dict[str, Any]:
    return {"Payload": {"OpportunityInvitation": {"Customer": {"CountryCode": code}}}}


@pytest.fixture
def places(account: PartnerAccount) -> dict[str, Place]:
    """Return the places in Slack by the route that they belong to."""
    slack = account.slack
    account.aws.put_secret({"bot_token": slack.bot_token, "channel": slack.channel})
    return {"default": slack.place, "dach": slack.open("C0DACH"), "leads": slack.open("C0LEADS")}


@pytest.fixture
def routed(notifier: Notifier, places: dict[str, Place]) -> Notifier:
    """Return a notifier with three routes that has said hello everywhere."""
    del places  # They have to be there.
    notifier.configure(routes=ROUTES)
    notifier.tick()
    notifier.forget()
    return notifier


def said(account: PartnerAccount, place: Place, title: str) -> list[Post]:
    """Return what a place shows now about an invitation, cards as updated."""
    shown = [post for post in account.slack.shown() if post.channel == place.id]
    return [post for post in shown if title in json.dumps(post.payload, ensure_ascii=False)]


def test_each_place_is_greeted_once(
    account: PartnerAccount, notifier: Notifier, places: dict[str, Place]
) -> None:
    """A route's place says that it works; a route without a place of its own says nothing."""
    notifier.configure(routes=ROUTES)
    for _ in range(3):
        notifier.tick(after=TICK)
    assert [len(account.slack.on(place)) for place in places.values()] == [1, 1, 1]
    (hello,) = account.slack.on(places["dach"])
    assert "Connected to the AWS catalog, route dach." in hello.payload["text"]


def test_all_that_is_said_of_one_is_said_in_its_place(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """The alert, reminders, the card's last update, and that it expired."""
    inbox = account.partner_central
    titles = {"Weserbahn": "dach", "Lead of Lyon": "leads", "SAP in Oslo": "default"}
    ids = [
        inbox.invite(title="Weserbahn", details=of_country("DE"), expires_in=5 * DAY),
        inbox.invite(title="Lead of Lyon", kind="LeadInvitation", expires_in=5 * DAY),
        inbox.invite(title="SAP in Oslo", details=of_country("NO"), expires_in=5 * DAY),
        inbox.invite(title="Fjord", details=of_country("NO"), expires_in=5 * DAY),
    ]
    routed.tick(after=TICK)
    routed.tick(after=2 * DAY)
    inbox.accept(ids[1])
    routed.tick(after=2 * DAY)
    routed.tick(after=20 * HOUR)
    routed.tick(after=DAY)
    for title, route in {**titles, "Fjord": "default"}.items():
        counts = {name: len(said(account, place, title)) for name, place in places.items()}
        told = 2 if title == "Lead of Lyon" else 5
        assert counts == {**dict.fromkeys(places, 0), route: told}, title
    card = said(account, places["leads"], "Lead of Lyon")[0]
    assert "accepted" in json.dumps(card.payload["blocks"])
    assert not [item for item in account.aws.items() if item["sk"]["S"].startswith("pending#")]


def test_programs_filter_by_route(account: PartnerAccount, routed: Notifier) -> None:
    """Every message is about one route: eight of two are no flood for either."""
    for number in range(8):
        account.partner_central.invite(details=of_country("DE" if number % 2 else "FR"))
    before = len(account.aws.published)
    routed.tick(after=TICK)
    sent = account.aws.published[before:]
    assert Counter(message.attributes["route"] for message in sent) == {"dach": 4, "default": 4}
    for _ in range(6):
        account.partner_central.invite(details=of_country("CH"))
    routed.tick(after=TICK)
    (digest,) = account.aws.published[before + 8 :]
    assert (digest.attributes["route"], len(json.loads(digest.default)["alerts"])) == ("dach", 6)


def test_only_the_last_reminder_pings(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """Never the first alert, and never what a title says."""
    account.partner_central.invite(title="<!channel> @here", details=of_country("AT"))
    routed.tick(after=TICK)
    for after in (2 * DAY, 2 * DAY, 20 * HOUR, DAY):
        routed.tick(after=after)
    posts = account.slack.on(places["dach"])[1:]
    pinging = [post for post in posts if "<!subteam^S0DACH>" in json.dumps(post.payload)]
    assert [post.payload.get("reply_broadcast") for post in pinging] == [True]
    assert not any("<!channel>" in post.payload["text"] for post in posts)


@pytest.mark.parametrize(
    ("trouble", "waits"),
    [("is_archived", True), ("not_in_channel", False)],
)
def test_what_a_place_cannot_take_comes_to_the_default_one(
    account: PartnerAccount,
    routed: Notifier,
    places: dict[str, Place],
    trouble: str,
    *,
    waits: bool,
) -> None:
    """At once, or within the hour where somebody may mend it; then it goes on there."""
    dach = places["dach"]
    dach.is_archived, dach.is_member = trouble == "is_archived", trouble != "not_in_channel"
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"), expires_in=5 * DAY)
    account.partner_central.invite(title="Fjord", details=of_country("NO"), expires_in=5 * DAY)
    run = routed.tick(after=TICK, fails=True)
    assert trouble in str(run.error)
    assert said(account, places["default"], "Fjord")
    assert bool(said(account, places["default"], "Weserbahn")) is not waits
    for _ in range(12):
        routed.tick(after=TICK, fails=bool(not said(account, places["default"], "Weserbahn")))
    (card,) = said(account, places["default"], "Weserbahn")
    assert "Sent here because the Slack channel of route dach" in json.dumps(card.payload)
    dach.is_archived, dach.is_member = False, True
    routed.tick(after=2 * DAY)
    assert [post.thread_ts for post in said(account, places["default"], "Weserbahn")] == [
        None,
        card.ts,
    ]
    assert not said(account, dach, "Weserbahn")


def test_a_healed_place_takes_what_is_new(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """A person unarchived it: nothing has to be deployed."""
    places["dach"].is_archived = True
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"))
    routed.tick(fails=True)
    routed.tick(after=HOUR, fails=True)
    places["dach"].is_archived = False
    account.partner_central.invite(title="Elbwerk", details=of_country("DE"))
    routed.tick(after=TICK)
    assert len(said(account, places["dach"], "Elbwerk")) == 1
    assert not said(account, places["default"], "Elbwerk")
    places["dach"].is_archived = True
    account.partner_central.invite(title="Rheinmetall", details=of_country("DE"))
    routed.tick(after=TICK, fails=True)
    assert not said(account, places["default"], "Rheinmetall")  # The hour begins anew.


def test_a_removed_route_strands_nothing(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """Its open invitations go on in the default place, and are not told as new again."""
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"), expires_in=5 * DAY)
    routed.tick(after=TICK)
    routed.configure(routes=(LEADS,))
    routed.tick(after=TICK)
    assert not said(account, places["default"], "Weserbahn")
    routed.tick(after=2 * DAY)
    (reminder,) = said(account, places["default"], "Weserbahn")
    assert "Under 3 days left" in json.dumps(reminder.payload)
    routed.tick(after=3 * DAY)
    assert len(said(account, places["default"], "Weserbahn")) == 2


def test_a_route_is_chosen_once(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """Whatever the details say later, or a later configuration would say."""
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"), expires_in=5 * DAY)
    routed.tick(after=TICK)
    routed.configure(routes=(Route(name="all", when={"title": ("Weserbahn",)}), *ROUTES))
    routed.tick(after=2 * DAY)
    assert len(said(account, places["dach"], "Weserbahn")) == 2


def test_what_cannot_be_looked_up_takes_the_default_route(
    account: PartnerAccount, routed: Notifier, places: dict[str, Place]
) -> None:
    """And the log says so."""
    throttled = aws_json_error("ThrottlingException", "Rate exceeded")
    fault = Fault("partnercentral", throttled, operation="GetEngagementInvitation", times=None)
    account.wire.inject(fault)
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"))
    run = routed.tick(after=TICK)
    assert run.summary["unrouted"] == 1
    account.wire.heal_all()
    routed.tick(after=TICK)
    assert len(said(account, places["default"], "Weserbahn")) == 1
    assert not said(account, places["dach"], "Weserbahn")


def test_details_are_asked_for_only_if_a_route_needs_them(
    account: PartnerAccount, routed: Notifier
) -> None:
    """A flood of leads is one digest: nobody asks for the details of any."""
    routed.configure(routes=(LEADS, DACH))
    for _ in range(8):
        account.partner_central.invite(kind="LeadInvitation")
    account.wire.clear()
    routed.tick(after=TICK)
    assert "GetEngagementInvitation" not in {call.operation for call in account.wire.calls}


def test_webhooks_have_routes_too(account: PartnerAccount, notifier: Notifier) -> None:
    """A route without an address of its own uses the default one."""
    slack = account.slack
    dach = slack.open("C0DACH")
    account.aws.put_secret(
        {"webhook_url": slack.webhook_url, "routes": {"dach": slack.webhook_of(dach)}}
    )
    notifier.configure(routes=(DACH, SAP))
    account.partner_central.invite(title="Weserbahn", details=of_country("DE"))
    account.partner_central.invite(title="SAP in Oslo", details=of_country("NO"))
    notifier.tick()
    assert said(account, dach, "Weserbahn")
    assert not said(account, slack.place, "Weserbahn")
    assert said(account, slack.place, "SAP in Oslo")
    assert not said(account, dach, "SAP in Oslo")
    texts = [post.payload["text"] for post in slack.on(slack.place)]
    assert sum("Connected" in text for text in texts) == 1


def test_a_quiet_run_makes_the_same_calls(account: PartnerAccount, routed: Notifier) -> None:
    """However many places there are."""
    account.partner_central.invite(details=of_country("DE"))
    routed.tick(after=TICK)
    account.wire.clear()
    routed.tick(after=TICK)
    operations = [call.operation for call in account.wire.calls]
    assert operations == ["UpdateItem", "ListEngagementInvitations", "Query", "UpdateItem"]

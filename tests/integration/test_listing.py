"""What the listing and the details may hold, and what a run makes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Fault, Refuse, aws_json_error
from tests.deployed import Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
LIST = "ListEngagementInvitations"
GET = "GetEngagementInvitation"
JSON = ("Content-Type", "application/x-amz-json-1.0")

OPTIONAL = (
    "Arn",
    "EngagementTitle",
    "ExpirationDate",
    "InvitationDate",
    "PayloadType",
    "Receiver",
    "SenderAwsAccountId",
    "SenderCompanyName",
    "Status",
    "EngagementId",
)

BROKEN: dict[str, dict[str, Any]] = {
    "a date that is none": {"ExpirationDate": "not-a-date"},
    "an empty date": {"ExpirationDate": "", "InvitationDate": ""},
    "the year 10000": {"ExpirationDate": "10000-01-01T00:00:00Z"},
    "the year 1": {"ExpirationDate": "0001-01-01T00:00:00Z"},
    "a number for a date": {"ExpirationDate": 1e30},
    "a payload type nobody knows": {"PayloadType": "MarketplaceOfferInvitation"},
    "a receiver nobody knows": {"Receiver": {"Robot": {"Serial": "1"}}},
    "an ARN for an id": {"Id": "arn:aws:partnercentral:us-east-1::x/engi-abcdefghijklm"},
    "nothing but id and catalog": dict.fromkeys(OPTIONAL),
    "a title as long as a book": {"EngagementTitle": "word " * 100_000},
    "a title of control characters": {"EngagementTitle": "a\x00b\u2028c\u202ed\ud800e\r\nf"},
}  # fmt: skip


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_entry_is_told_and_stops_no_other(
    account: PartnerAccount, connected: Notifier, change: dict[str, Any]
) -> None:
    """Whatever a summary lacks or holds, it is alerted on, and so is the one beside it."""
    id_ = account.partner_central.invite(title="Broken", expires_in=5 * DAY)
    summary = {
        key: value
        for key, value in (account.partner_central.get(id_) | change).items()
        if value is not None
    }
    account.partner_central.vanish(id_)
    account.partner_central.add_raw({"Id": id_} | summary)
    account.partner_central.invite(expires_in=5 * DAY)
    summary = connected.tick().summary
    assert [channel["told"] for channel in summary["channels"].values()] == [2, 2]
    assert connected.tick(after=TICK).summary["new"] == 0


def test_what_the_listing_leaves_out_is_counted_while_it_is_pending(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Not what ended, and not what nobody asked the listing for."""
    inbox = account.partner_central
    kinds = ("OpportunityInvitation", "LeadInvitation")
    ended, *_ = (inbox.invite(kind=kind, expires_in=5 * DAY) for kind in (*kinds, kinds[0]))
    connected.tick()
    inbox.accept(ended)
    account.wire.inject(Fault("partnercentral", Refuse(200, b"{}", (JSON,)), LIST, times=None))
    run = connected.tick(after=TICK)
    assert (run.metrics["LeftOut"], run.summary["left_out"], run.summary["closed"]) == (2, 2, 1)
    connected.configure(payload_types=("LeadInvitation",))
    assert connected.tick(after=TICK).metrics["LeftOut"] == 1
    account.wire.heal_all()
    assert "LeftOut" not in connected.tick(after=TICK).metrics


NAMELESS: dict[str, Any] = {
    "nothing": {},
    "null": None,
    "a number": 7,
    "a text": "engi-abcdefghijklm",
    "a list": [{"Id": "engi-abcdefghijklm"}],
    "no id": {"EngagementTitle": "Nameless", "Catalog": "AWS"},
    "an id that is null": {"Id": None, "EngagementTitle": "Nameless"},
    "an empty id": {"Id": "", "Arn": ""},
    "a blank id": {"Id": " "},
    "a number for an id": {"Id": 7},
    "an object for an id": {"Id": {"Value": "engi-abcdefghijklm"}},
}


@pytest.mark.parametrize("entry", NAMELESS.values(), ids=NAMELESS.keys())
def test_an_entry_that_cannot_be_read_is_counted_and_is_no_heartbeat(
    account: PartnerAccount, connected: Notifier, entry: Any
) -> None:
    """What stands beside it is told; the run says what it could not read, and fails."""
    shown = account.partner_central.get(account.partner_central.invite(expires_in=5 * DAY))
    body = json.dumps({"EngagementInvitationSummaries": [entry, shown, entry]}).encode()
    account.wire.inject(Fault("partnercentral", Refuse(200, body, (JSON,)), LIST))
    run = connected.tick(fails=True)
    assert (run.metrics["Unread"], run.metrics["Blind"]) == (2, 1)
    assert run.summary["errors"] == [
        "ListEngagementInvitations: 2 entries have no id; look for what they are in Partner Central"
    ]
    assert connected.told() == {"mails": 1, "posts": 1}
    assert connected.tick(after=TICK).metrics["Heartbeat"] == 1


RECEIVERS: list[Any] = [
    *(7, "Robot", [], {}, {"Account": 7}, {"Account": {"Alias": "a"}, "Robot": {"Serial": "1"}}),
    {"Account": None},
    {"Account": {"Alias": 7}},
]


@pytest.mark.parametrize("receiver", RECEIVERS, ids=str)
def test_a_receiver_of_any_form_is_told(
    account: PartnerAccount, connected: Notifier, receiver: Any
) -> None:
    """The SDK refuses all of a page for one of these."""
    shown = account.partner_central.get(account.partner_central.invite(expires_in=5 * DAY))
    body = json.dumps({"EngagementInvitationSummaries": [{**shown, "Receiver": receiver}]})
    account.wire.inject(Fault("partnercentral", Refuse(200, body.encode(), (JSON,)), LIST))
    assert connected.tick().metrics["Heartbeat"] == 1
    assert connected.told() == {"mails": 1, "posts": 1}


def test_an_empty_object_is_an_empty_inbox(account: PartnerAccount, connected: Notifier) -> None:
    """The service's model requires no member of its answer."""
    account.wire.inject(Fault("partnercentral", Refuse(200, b"{}", (JSON,)), LIST))
    assert connected.tick().metrics == {"Heartbeat": 1, "Pending": 0}


def test_an_entry_that_two_pages_show_counts_once(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Of what is pending, and of what has expired in a gap."""
    names = ("Id", "Catalog", "EngagementTitle", "Status", "ExpirationDate")
    for status in ("PENDING", "EXPIRED"):
        id_ = account.partner_central.invite(expires_in=DAY if status == "EXPIRED" else 9 * DAY)
        connected.pass_time(2 * DAY if status == "EXPIRED" else TICK)
        shown = {name: account.partner_central.get(id_)[name] for name in names}
        body = json.dumps({"EngagementInvitationSummaries": [shown, shown]}).encode()
        twice = Refuse(200, body, (JSON,))
        account.wire.inject(Fault("partnercentral", twice, LIST, containing=status.encode()))
        summary = connected.tick().summary
        assert summary["channels"]["sns"]["told"] == 1, status
        assert summary["listed"] == 1


def test_passing_trouble_costs_a_second_try_and_no_run(
    account: PartnerAccount, connected: Notifier
) -> None:
    """As throttling and server errors are."""
    for code, status in (("ThrottlingException", 400), ("InternalServerException", 500)):
        trouble = aws_json_error(code, "passing", status)
        account.wire.inject(Fault("partnercentral", trouble, LIST, times=2))
        assert connected.tick().error is None


def test_a_refused_request_names_what_was_sent(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A validation error shows the parameters, in one line."""
    account.wire.inject(
        Fault("partnercentral", aws_json_error("ValidationException", "bad\nSort", 400))
    )
    (line,) = str(connected.tick(fails=True).error).splitlines()
    for word in ("Catalog=AWS", "ParticipantType=RECEIVER", "PENDING", "ASCENDING", "bad Sort"):
        assert word in line


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
    lists = [c.body for c in account.wire.calls if c.operation == LIST]
    assert b"PayloadType" in lists[0]
    assert b"PayloadType" not in lists[1]


def test_details_that_fail_cost_the_details_alone(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The alert goes out without them, says so, and a metric counts it."""
    account.partner_central.invite(expires_in=5 * DAY)
    denied = aws_json_error("AccessDeniedException", "no", 403)
    account.wire.inject(Fault("partnercentral", denied, GET, times=None))
    run = connected.tick()
    assert run.metrics["DetailsMissing"] == 1
    assert connected.told() == {"mails": 1, "posts": 1}
    assert "Details are temporarily unavailable; see Partner Central." in connected.mails[0].email


@pytest.mark.parametrize("answer", ["accept", "expire"])
def test_what_was_answered_meanwhile_is_not_sent(
    account: PartnerAccount, connected: Notifier, answer: str
) -> None:
    """Details that say it is no longer pending stop the message; the line counts it as stale."""
    id_ = account.partner_central.invite(expires_in=5 * DAY)
    shown = account.partner_central.get(id_)
    getattr(account.partner_central, answer)(id_)
    account.partner_central.add_raw(
        {**shown, "Status": "PENDING"}, account.partner_central.get(id_)
    )
    summary = connected.tick().summary
    assert summary["channels"]["sns"] == {
        "due": 1, "told": 0, "failed": 0, "stale": 1, "waiting": 0,
    }  # fmt: skip
    assert connected.told() == {"mails": 0, "posts": 0}


@pytest.mark.parametrize(("answer", "status"), [("accept", "ACCEPTED"), ("expire", "EXPIRED")])
def test_what_the_listing_goes_on_to_show_is_told_though_its_details_say_otherwise(
    account: PartnerAccount, connected: Notifier, answer: str, status: str
) -> None:
    """Once, with a line that says so; the next reminder waits for a run, too."""
    inbox = account.partner_central
    id_ = inbox.invite(title="Doubtful", expires_in=5 * DAY)
    shown = inbox.get(id_)
    getattr(inbox, answer)(id_)
    inbox.add_raw({**shown, "Status": "PENDING"}, inbox.get(id_))
    line = f"lists it as pending, but its details say {status}: look there before you act."
    for later, count in ((TICK, 0), (TICK, 1), (TICK, 0), (2 * DAY + TICK, 0), (TICK, 1)):
        connected.forget()
        connected.tick(after=later)
        assert connected.told() == {"mails": count, "posts": count}
        assert all(line in " ".join(mail.email.split()) for mail in connected.mails)
        assert all(line in str(post.payload) for post in connected.posts)

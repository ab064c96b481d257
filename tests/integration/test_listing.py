"""All pages or nothing: what the listing and the details may do, and what a run makes of it."""

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


def invite(account: PartnerAccount, number: int) -> list[str]:
    return [
        account.partner_central.invite(title=f"Project {n}", expires_in=5 * DAY)
        for n in range(number)
    ]


def listing(*summaries: dict[str, Any]) -> Refuse:
    """Return a page that shows these summaries, whatever is there."""
    body = json.dumps({"EngagementInvitationSummaries": summaries}).encode()
    return Refuse(200, body, (JSON,))


def calls(account: PartnerAccount, operation: str) -> int:
    return account.wire.count()[("partnercentral", operation)]


def test_every_page_is_read(account: PartnerAccount, connected: Notifier) -> None:
    """Two hundred and fifty invitations are three pages and all of them are told."""
    invite(account, 250)
    summary = connected.tick().summary
    assert (summary["listed"], calls(account, LIST)) == (250, 3)
    assert summary["channels"]["slack"]["told"] == 250


@pytest.mark.parametrize(
    ("page", "code", "status"),
    [
        (0, "AccessDeniedException", 403),
        (1, "ValidationException", 400),
        (2, "ResourceNotFoundException", 404),
    ],
)
def test_an_error_on_any_page_fails_the_whole_listing(
    account: PartnerAccount, connected: Notifier, page: int, code: str, status: int
) -> None:
    """A half-read listing leads to no alert, no closure, no record and no heartbeat."""
    connected.list_by(10)
    known = invite(account, 2)
    connected.tick()
    connected.forget()
    account.partner_central.accept(known[0])
    invite(account, 21)
    account.wire.inject(
        Fault("partnercentral", aws_json_error(code, "no", status), operation=LIST, skip=page)
    )
    failed = connected.tick(after=TICK, fails=True)
    assert "Heartbeat" not in failed.metrics
    assert not failed.summary["complete"]
    assert connected.told() == {"mails": 0, "posts": 0}
    written = {op for (service, op) in account.wire.count() if service == "dynamodb"}
    assert written == {"UpdateItem"}  # The lease, taken and given back.
    assert connected.tick(after=TICK).summary["new"] == 21


@pytest.mark.parametrize(
    "fault",
    [
        aws_json_error("ThrottlingException", "slow down", 400),
        aws_json_error("InternalServerException", "oops", 500),
    ],
)
def test_passing_trouble_is_retried(
    account: PartnerAccount, connected: Notifier, fault: Refuse
) -> None:
    """Throttling and server errors that pass cost a second try and no run."""
    invite(account, 1)
    account.wire.inject(Fault("partnercentral", fault, operation=LIST, times=2))
    assert connected.tick().summary["new"] == 1


def test_trouble_that_stays_fails_the_run(account: PartnerAccount, connected: Notifier) -> None:
    """Throttled to the end, the run fails with nothing told, and the next one makes it good."""
    invite(account, 1)
    fault = account.wire.inject(
        Fault("partnercentral", aws_json_error("ThrottlingException", "", 400), times=None)
    )
    failed = connected.tick(fails=True)
    assert str(failed.error) == f"{LIST} (catalog AWS): ThrottlingException"
    assert connected.told() == {"mails": 0, "posts": 0}
    account.wire.heal(fault)
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_access_denied_names_the_action_and_the_catalog(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The engineer reads in one line what to grant, and where."""
    account.wire.inject(Fault("partnercentral", aws_json_error("AccessDeniedException", "no", 403)))
    (line,) = str(connected.tick(fails=True).error).splitlines()
    assert line.startswith(f"AccessDenied: partnercentral:{LIST} is not allowed in catalog AWS")


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


@pytest.mark.parametrize(
    "answer",
    [
        Refuse(200, b"<html>maintenance</html>", (("Content-Type", "text/html"),)),
        Refuse(
            200, b'{"EngagementInvitationSummaries": 7}', (("Content-Type", "application/json"),)
        ),
        Refuse(200, b"[]", (("Content-Type", "application/json"),)),
    ],
)
def test_an_answer_that_is_no_listing_is_not_an_empty_inbox(
    account: PartnerAccount, connected: Notifier, answer: Refuse
) -> None:
    """What cannot be read fails the run: it never looks like no invitations."""
    account.wire.inject(Fault("partnercentral", answer, times=None))
    failed = connected.tick(fails=True)
    assert "Heartbeat" not in failed.metrics
    assert "Pending" not in failed.metrics


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
    invite(account, 1)
    summary = connected.tick().summary
    assert [channel["told"] for channel in summary["channels"].values()] == [2, 2]
    assert connected.tick(after=TICK).summary["new"] == 0


@pytest.mark.parametrize(
    ("status", "told"), [("ESCALATED", 1), ("ACCEPTED", 0), ("EXPIRED", 0), ("PENDING", 1)]
)
def test_an_entry_listed_with_another_status(
    account: PartnerAccount, connected: Notifier, status: str, told: int
) -> None:
    """A status nobody knows is alerted on; a known one other than PENDING is not."""
    (id_,) = invite(account, 1)
    page = listing({"Id": id_, "Catalog": "AWS", "Status": status})
    account.wire.inject(Fault("partnercentral", page, operation=LIST))
    assert connected.tick().summary["channels"]["sns"]["told"] == told


def test_without_a_readable_expiry_there_is_no_reminder(
    account: PartnerAccount, connected: Notifier
) -> None:
    """An invitation without a date is told once and never as expiring."""
    account.partner_central.invite(title="Undated", expires_in=None)
    for _ in range(10):
        connected.tick(after=DAY - TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_details_that_fail_cost_the_details_alone(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The alert goes out without them, says so, and a metric counts it."""
    invite(account, 1)
    account.wire.inject(
        Fault(
            "partnercentral",
            aws_json_error("AccessDeniedException", "no", 403),
            operation=GET,
            times=None,
        )
    )
    run = connected.tick()
    assert run.metrics["DetailsMissing"] == 1
    assert connected.told() == {"mails": 1, "posts": 1}
    assert "Details are temporarily unavailable; see Partner Central." in connected.mails[0].email


def test_details_are_fetched_once_for_both_channels(
    account: PartnerAccount, connected: Notifier
) -> None:
    """One invitation is one GetEngagementInvitation, however many channels tell of it."""
    invite(account, 1)
    connected.tick()
    assert calls(account, GET) == 1


@pytest.mark.parametrize("answer", ["accept", "reject", "expire"])
def test_what_was_answered_meanwhile_is_not_sent(
    account: PartnerAccount, connected: Notifier, answer: str
) -> None:
    """Details that say it is no longer pending stop the message; nothing counts as told."""
    (id_,) = invite(account, 1)
    account.wire.clear()
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


def test_absent_is_asked_for_and_still_pending_is_reminded_of(
    account: PartnerAccount, connected: Notifier
) -> None:
    """An invitation that the list leaves out while it is pending keeps its reminders."""
    invite(account, 1)
    connected.tick()
    connected.forget()
    account.wire.inject(Fault("partnercentral", listing(), operation=LIST, times=None))
    connected.tick(after=2 * DAY + TICK)
    assert connected.mails[0].subject == "Under 3 days left: Project 0"


def test_a_question_that_fails_changes_nothing_until_the_expiry(
    account: PartnerAccount, connected: Notifier
) -> None:
    """What vanished is asked for at every tick, counted, and told as expired past its expiry."""
    (id_,) = invite(account, 1)
    connected.tick()
    account.partner_central.vanish(id_)
    run = connected.tick(after=DAY)
    assert (run.metrics["Unresolved"], run.summary["closed"]) == (1, 0)
    run = connected.tick(after=4 * DAY + TICK)
    assert run.summary["closed"] == 1
    account.wire.clear()
    connected.tick(after=TICK)
    assert calls(account, GET) == 0
    assert connected.told() == {"mails": 2, "posts": 2}
    assert connected.mails[1].subject == "Expired: Project 0"
    assert "could not say what became of it" in " ".join(connected.mails[1].email.split())


def test_the_quota_is_kept(account: PartnerAccount, connected: Notifier) -> None:
    """Twelve pages at ten reads a second are read without being throttled once."""
    invite(account, 1_150)
    account.partner_central.quota = 10
    connected.configure(paced=True)
    account.wire.inject(Fault("dynamodb", aws_json_error("AccessDenied", "", 400), "Query"))
    connected.tick(fails=True)
    statuses = [call.status for call in account.wire.calls if call.operation == LIST]
    assert statuses == [200] * 12


def test_a_listing_out_of_time_fails_and_frees_the_lease(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A listing that would outlive its run is given up; the next tick can work at once."""
    invite(account, 25)
    connected.configure(timeout=30.0)
    connected.list_by(10)
    failed = connected.tick(fails=True)
    assert "out of time after page 1" in str(failed.error)
    connected.configure()
    assert connected.tick(after=TICK).summary["new"] == 25

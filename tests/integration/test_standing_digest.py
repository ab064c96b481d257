"""The standing digest over HTTP: what it says on both channels, and what it costs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.account import PartnerAccount
from simulator.slack import Post
from simulator.wire import Fault, aws_json_error
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = 7 * DAY
TICK = timedelta(minutes=5)

SCHEMA = Path(__file__).parents[2] / "docs" / "message-contract.schema.json"


@pytest.fixture
def weekly(notifier: Notifier) -> Notifier:
    """Return a notifier that said hello on a Monday at nine, when the digest is due."""
    notifier.configure(digest_days=("Mon",), digest_at="09:00", timezone="UTC")
    notifier.tick()
    notifier.forget()
    return notifier


def digests(account: PartnerAccount) -> list[dict[str, Any]]:
    """Return what programs were told of how things stand."""
    published = [json.loads(message.default) for message in account.aws.published]
    return [message for message in published if message["digest"]]


def headlines(posts: list[Post]) -> list[str]:
    return [str(post.payload["text"]) for post in posts if "Since" in post.payload["text"]]


def calls(account: PartnerAccount) -> Counter[str]:
    return Counter(call.operation for call in account.wire.calls)


def test_a_monday_says_what_came_what_was_answered_and_what_was_missed(
    account: PartnerAccount, weekly: Notifier
) -> None:
    """In the words of each channel, and for programs within the schema."""
    inbox = account.partner_central
    accepted, declined = (
        inbox.invite(title=title, expires_in=9 * DAY) for title in ("Accepted", "Declined")
    )
    inbox.invite(title="Lost", expires_in=2 * DAY)
    inbox.invite(title="Open", expires_in=9 * DAY)
    weekly.tick(after=TICK)
    inbox.accept(accepted)
    weekly.tick(after=HOUR)
    inbox.reject(declined)
    weekly.tick(after=2 * HOUR)
    weekly.tick(after=3 * DAY)
    assert not digests(account)
    weekly.tick(after=WEEK - 3 * DAY - 3 * HOUR - TICK)
    (message,) = digests(account)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(message)
    digest = message["digest"]
    assert message["alerts"] == []
    assert (digest["since"], digest["until"]) == ("2026-03-02T09:00:00Z", "2026-03-09T09:00:00Z")
    assert digest["figures"] == {
        "received": 4,
        "accepted": 1,
        "declined": 1,
        "expired": 1,
        "unknown": 0,
        "late": 0,
        "median_seconds_to_answer": 2 * 3600 + 300,
        "slowest_seconds_to_answer": 3 * 3600 + 300,
    }
    assert digest["before"] is None
    assert [i["title"] for i in digest["open"]["invitations"]] == ["Open"]
    assert [i["title"] for i in digest["expired"]["invitations"]] == ["Lost"]
    headline = "Since Mon 02 Mar: 4 new invitations, 2 answered, 1 expired"
    assert headlines(weekly.posts) == [headline]
    assert [mail.subject for mail in weekly.mails].count(headline) == 1


def test_a_digest_is_said_once_and_costs_two_reads(
    account: PartnerAccount, weekly: Notifier
) -> None:
    """Any other run makes the same calls as without a digest."""
    account.partner_central.invite(title="Open", expires_in=30 * DAY)
    weekly.tick(after=TICK)
    weekly.tick(after=DAY)
    account.wire.clear()
    weekly.tick(after=TICK)
    quiet = calls(account)
    account.wire.clear()
    weekly.tick(after=WEEK - DAY)
    assert calls(account)["Query"] == quiet["Query"] + 2
    account.wire.clear()
    weekly.tick(after=TICK)
    assert calls(account) == quiet
    assert len(digests(account)) == len(headlines(weekly.posts)) == 1


def test_a_week_without_anything_says_nothing_and_costs_its_reads_once(
    account: PartnerAccount, weekly: Notifier
) -> None:
    """It is over all the same."""
    weekly.tick(after=WEEK)
    assert not digests(account)
    account.wire.clear()
    weekly.tick(after=TICK)
    assert calls(account)["Query"] == 1


def test_a_digest_that_cannot_be_counted_holds_up_no_alert(
    account: PartnerAccount, weekly: Notifier
) -> None:
    """The run says so, and the next one counts again; no channel is left alone for that."""
    account.partner_central.invite(title="Open", expires_in=30 * DAY)
    weekly.tick(after=TICK)
    denied = aws_json_error("AccessDeniedException", "no", 400)
    broken = Fault("dynamodb", denied, operation="Query", containing=b"closed#", times=None)
    account.wire.inject(broken)
    run = weekly.tick(after=WEEK - TICK, fails=True)
    assert "Query failed: AccessDeniedException" in str(run.error)
    account.partner_central.invite(title="New", expires_in=30 * DAY)
    weekly.forget()
    weekly.tick(after=TICK, fails=True)
    assert weekly.told() == {"mails": 1, "posts": 1}
    account.wire.heal(broken)
    weekly.tick(after=TICK)
    assert len(digests(account)) == 1

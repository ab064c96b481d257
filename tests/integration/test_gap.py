"""Looking for what expired while nobody looked: the latest first, and never twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, aws_json_error
from tests.deployed import START, Notifier

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)

PAGE = 2


@pytest.fixture
def long_history(account: PartnerAccount, notifier: Notifier) -> Notifier:
    """Return a notifier that was off for two days, with a year of expired invitations behind it."""
    for week in range(50):
        account.partner_central.invite(
            title=f"Past {week}", invited_at=START - (50 - week) * 7 * DAY, expires_in=5 * DAY
        )
    notifier.list_by(PAGE)
    notifier.tick()
    for number in range(6):
        account.partner_central.invite(title=f"Missed {number}", expires_in=DAY)
    notifier.forget()
    notifier.pass_time(2 * DAY)
    return notifier


def looks(account: PartnerAccount) -> list[bytes]:
    """Return how pages of what has expired were asked for."""
    lists = [c.body for c in account.wire.calls if c.operation == "ListEngagementInvitations"]
    return [body for body in lists if b"EXPIRED" in body]


def missed(notifier: Notifier) -> list[str]:
    alerts = [alert for mail in notifier.mails for alert in json.loads(mail.default)["alerts"]]
    return sorted(alert["invitation"]["title"] for alert in alerts)


EVERY_ONE = [f"Missed {number}" for number in range(6)]


def test_it_stops_where_the_gap_is_clearly_past(
    account: PartnerAccount, long_history: Notifier
) -> None:
    """The latest come first, and a year of history is not read to the end."""
    run = long_history.tick()
    assert (run.summary["missed"], run.metrics["Heartbeat"]) == (6, 1)
    assert missed(long_history) == EVERY_ONE
    weeks = 13  # Ninety days.
    assert len(looks(account)) <= (6 + weeks) // PAGE + 2
    account.wire.clear()
    long_history.tick(after=TICK)
    assert not looks(account)


def test_it_goes_on_where_a_page_failed(account: PartnerAccount, long_history: Notifier) -> None:
    """What was found is told at once, in a run that is blind; the rest by the next one."""
    account.wire.inject(
        Fault(
            "partnercentral",
            aws_json_error("ResourceNotFoundException", "no"),
            "ListEngagementInvitations",
            containing=b"EXPIRED",
            skip=2,
        )
    )
    run = long_history.tick(fails=True)
    assert "ListEngagementInvitations" in str(run.error)
    assert run.metrics["Blind"] == 1
    assert run.summary["missed"] == 2 * PAGE
    account.wire.clear()
    run = long_history.tick(after=TICK)
    assert run.metrics["Heartbeat"] == 1
    assert missed(long_history) == EVERY_ONE
    assert all(b"NextToken" in body for body in looks(account)), "it began anew"


def test_it_stops_in_time_and_goes_on(
    long_history: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history that takes longer than a run takes several, without an error, and no heartbeat."""
    budget: Any = long_history.runtime.module("notifier.run.budget").Budget
    half, answers = budget.half, iter([True, False])
    monkeypatch.setattr(budget, "half", lambda b: lambda: next(answers, True) and half(b)())
    run = long_history.tick()
    assert (run.summary["gap_open"], run.summary["complete"]) == (True, False)
    assert (run.summary["missed"], run.metrics["Blind"]) == (2 * PAGE, 1)
    assert run.summary["level"] == "WARNING"
    run = long_history.tick(after=TICK)
    assert (run.summary["gap_open"], run.metrics["Heartbeat"]) == (False, 1)
    assert missed(long_history) == EVERY_ONE


def test_a_token_that_is_not_taken_any_more_begins_it_anew(
    account: PartnerAccount, long_history: Notifier
) -> None:
    """Nothing is lost by it, and nothing told twice."""
    drop = Fault(
        "partnercentral", Drop(), "ListEngagementInvitations", b"EXPIRED", skip=1, times=None
    )
    account.wire.inject(drop)
    long_history.tick(fails=True)
    account.wire.heal(drop)
    account.wire.inject(
        Fault(
            "partnercentral",
            aws_json_error("ValidationException", "the token is too old"),
            "ListEngagementInvitations",
            containing=b"NextToken",
        )
    )
    run = long_history.tick(after=TICK, fails=True)
    assert "beginning anew" in str(run.error)
    assert long_history.tick(after=TICK).metrics["Heartbeat"] == 1
    assert missed(long_history) == EVERY_ONE


def test_a_gap_within_the_search_is_searched_too(
    account: PartnerAccount, long_history: Notifier
) -> None:
    """If nobody goes on for another day, the latest are looked at first again."""
    trouble = Fault(
        "partnercentral", Drop(), "ListEngagementInvitations", b"EXPIRED", skip=1, times=None
    )
    account.wire.inject(trouble)
    long_history.tick(fails=True)
    account.wire.heal(trouble)
    account.partner_central.invite(title="Missed meanwhile", expires_in=DAY)
    long_history.tick(after=2 * DAY)
    assert missed(long_history) == sorted([*EVERY_ONE, "Missed meanwhile"])


def test_what_could_not_be_recorded_is_looked_for_again(
    account: PartnerAccount, long_history: Notifier
) -> None:
    """A search goes on from where what it found is safe."""
    denied = aws_json_error("AccessDeniedException", "no")
    account.wire.inject(Fault("dynamodb", denied, "TransactWriteItems"))
    long_history.tick(fails=True)
    assert long_history.mails == []
    long_history.tick(after=TICK)
    assert missed(long_history) == EVERY_ONE

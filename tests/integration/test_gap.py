"""Looking for what expired while nobody looked: what a run says of it, and asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Fault, aws_json_error
from tests.deployed import Notifier

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)
LIST = "ListEngagementInvitations"
PAGE = 2


@pytest.fixture
def off(account: PartnerAccount, connected: Notifier) -> Notifier:
    """Return a notifier that was off for two days, in which six invitations came and expired."""
    connected.list_by(PAGE)
    for number in range(6):
        account.partner_central.invite(title=f"Missed {number}", expires_in=DAY)
    connected.pass_time(2 * DAY)
    return connected


def test_a_page_that_fails_is_blindness_and_the_next_run_goes_on_there(
    account: PartnerAccount, off: Notifier
) -> None:
    """What was found is told at once; the latest come first."""
    gone = aws_json_error("ResourceNotFoundException", "no")
    account.wire.inject(Fault("partnercentral", gone, LIST, containing=b"EXPIRED", skip=2))
    run = off.tick(fails=True)
    assert LIST in str(run.error)
    assert (run.metrics["Blind"], run.metrics["Missed"]) == (1, 2 * PAGE)
    account.wire.clear()
    run = off.tick(after=TICK)
    assert (run.metrics["Heartbeat"], run.metrics["Missed"]) == (1, PAGE)
    lists = [call.body for call in account.wire.calls if call.operation == LIST]
    looks = [body for body in lists if b"EXPIRED" in body]
    assert all(b"NextToken" in body for body in looks), "it began anew"
    assert all(b"DESCENDING" in body for body in looks)
    assert [mail.subject for mail in off.mails] == [
        "4 invitations expired unanswered",
        "2 invitations expired unanswered",
    ]


def test_it_stops_in_time_and_goes_on(off: Notifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that takes longer than a run takes several, without an error, and no heartbeat."""
    budget: Any = off.runtime.module("notifier.run.budget").Budget
    half, answers = budget.half, iter([True, False])
    monkeypatch.setattr(budget, "half", lambda b: lambda: next(answers, True) and half(b)())
    run = off.tick()
    assert (run.summary["gap_open"], run.summary["complete"]) == (True, False)
    assert (run.metrics["Missed"], run.metrics["Blind"]) == (2 * PAGE, 1)
    assert run.summary["level"] == "WARNING"
    run = off.tick(after=TICK)
    assert (run.summary["gap_open"], run.metrics["Heartbeat"]) == (False, 1)
    assert len(off.mails) == 2

"""Invocations that overlap: one works, the other ends well and silently, and an event is heeded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.runtime import Invocation, LambdaRuntime
from simulator.wire import Do, Fault
from tests.deployed import QUIET, Notifier

LIST = "ListEngagementInvitations"
TICK: dict[str, Any] = {}
EVENT = {"source": "aws.partnercentral-selling", "detail-type": "Engagement Invitation Created"}


class Other:
    """Another execution environment, invoked while the first one lists."""

    def __init__(self, account: PartnerAccount) -> None:
        self._account = account
        self._runtime = LambdaRuntime(account.environment(), paced=False)
        self._runtime.cold_start()
        self.runs: list[Invocation] = []

    def comes(self, event: dict[str, Any], *, times: int = 1, title: str | None = None) -> None:
        """Let it be invoked after the next listings were answered."""

        def come() -> None:
            if title:
                self._account.partner_central.invite(title=title, expires_in=timedelta(days=9))
            self.runs.append(self._runtime.invoke(event))

        self._account.wire.inject(Fault("partnercentral", Do(come), LIST, times=times))


@pytest.fixture
def other(account: PartnerAccount) -> Other:
    return Other(account)


def test_who_finds_the_lease_held_ends_well_and_silently(
    account: PartnerAccount, connected: Notifier, other: Other
) -> None:
    """It does nothing and counts for nothing; a tick asks for nothing, for the next one looks."""
    account.partner_central.invite(title="One", expires_in=timedelta(days=9))
    other.comes(TICK)
    run = connected.tick()
    (held,) = other.runs
    assert (held.error, held.summary["held"], held.metrics) == (None, True, {})
    assert (run.summary["asked_again"], run.metrics["Heartbeat"]) == (False, 1)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_what_arrives_after_the_listing_is_told_at_once(
    account: PartnerAccount, connected: Notifier, other: Other
) -> None:
    """Its event finds the lease held, and asks for another run, with a line of its own."""
    account.partner_central.invite(title="Early", expires_in=timedelta(days=9))
    other.comes(EVENT, title="Late")
    first, second = connected.runtime.invoke(TICK).summaries
    assert [run.summary["held"] for run in other.runs] == [True]
    assert (first["listed"], first["trigger"], first["asked_again"]) == (1, "schedule", True)
    assert (second["new"], second["trigger"], second["asked_again"]) == (1, "event", False)
    assert connected.told() == {"mails": 2, "posts": 2}
    assert connected.tick().metrics.keys() == QUIET


def test_whatever_comes_during_a_run_is_answered_by_the_next(
    connected: Notifier, other: Other
) -> None:
    """And what comes during that by another."""
    other.comes(EVENT, times=2)
    lines = connected.runtime.invoke(TICK).summaries
    assert [line["asked_again"] for line in lines] == [True, True, False]


def test_without_time_for_another_run_the_tick_makes_it_good(
    connected: Notifier, other: Other
) -> None:
    """A run that is asked to look again near its end does not outlive its time."""
    other.comes(EVENT)
    handler: Any = connected.runtime.module("notifier.handler")
    handler.ANOTHER_RUN = connected.runtime.timeout
    assert connected.tick().summary["asked_again"] is True


def test_an_event_alone_does_all_that_a_tick_does(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Whatever it says, what is due is done, and the next tick finds nothing left."""
    account.partner_central.invite(title="Early", expires_in=timedelta(days=9))
    run = connected.runtime.invoke(EVENT)
    assert (run.summary["trigger"], run.metrics["New"]) == ("event", 1)
    assert connected.tick().metrics.keys() == QUIET
    assert connected.told() == {"mails": 1, "posts": 1}

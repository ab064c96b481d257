"""A run has two minutes: what fits in them is done, the rest comes later, and nothing twice.

The first test waits in real time. In the other calls take as long as they are said to take by
the clock that the function's context reads, and nobody waits.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from simulator import context
from simulator.account import PartnerAccount
from simulator.context import TIMEOUT
from simulator.injection import Service
from simulator.partner_central import READS_PER_SECOND
from simulator.runtime import Invocation
from simulator.slack import MESSAGES_PER_SECOND
from simulator.wire import Do, Fault, Refuse
from tests.deployed import QUIET, Notifier

TICK = timedelta(minutes=5)
TITLE = re.compile(r"Project \d{4}\.")
WRITE = "TransactWriteItems"
DONE = Refuse(200, b"{}", (("Content-Type", "application/x-amz-json-1.0"),))


class Slowness:
    """Makes calls take longer by the clock of the function's context alone."""

    def __init__(self, account: PartnerAccount) -> None:
        self._account = account
        self._began = time.monotonic()
        self._spent = 0.0

    def clock(self) -> float:
        return self._began + self._spent

    def slow(self, service: Service, seconds: float) -> None:
        """From now on a call takes so much longer."""
        self._account.wire.inject(Fault(service, Do(lambda: self._spend(seconds)), times=None))

    def tick(self, notifier: Notifier) -> Invocation:
        """Run once, and check that the handler came back before its time was over."""
        notifier.pass_time(TICK)
        self._began, self._spent = time.monotonic(), 0.0
        run = notifier.runtime.invoke({})
        assert self._spent < TIMEOUT
        return run

    def _spend(self, seconds: float) -> None:
        self._spent += seconds


@pytest.fixture
def slowness(account: PartnerAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slowness]:
    slow = Slowness(account)
    monkeypatch.setattr(context, "time", SimpleNamespace(monotonic=slow.clock))
    yield slow
    account.wire.heal_all()


def invite(account: PartnerAccount, number: int) -> None:
    for n in range(number):
        account.partner_central.invite(title=f"Project {n:04}.", expires_in=timedelta(days=9))


def told(notifier: Notifier) -> tuple[Counter[str], Counter[str]]:
    """Return how often each invitation's title was told by mail, and in Slack."""
    alerts = [alert for mail in notifier.mails for alert in json.loads(mail.default)["alerts"]]
    titles = [alert["invitation"]["title"] for alert in alerts]
    posts = [title for post in notifier.posts for title in set(TITLE.findall(post.raw.decode()))]
    return Counter(titles), Counter(posts)


def once(number: int) -> Counter[str]:
    return Counter(f"Project {n:04}." for n in range(number))


def test_a_thousand_on_the_first_day_in_one_run(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Both quotas kept in real time, with 20 ms to AWS: one run tells of a thousand, each once.

    The ledger's writes are confirmed from memory, for moto would take longer than all the rest.
    """
    invite(account, 1_000)
    account.partner_central.quota = READS_PER_SECOND
    account.slack.rate = MESSAGES_PER_SECOND
    account.wire.latency |= {"dynamodb": 0.02, "sns": 0.02}
    account.wire.inject(Fault("dynamodb", DONE, WRITE, times=None))
    notifier.configure(paced=True)
    started = time.monotonic()
    run = notifier.tick()
    assert time.monotonic() - started < TIMEOUT
    assert {call.status for call in account.wire.calls} == {200}
    assert told(notifier) == (once(1_000), once(1_000))
    assert [c["told"] for c in run.summary["channels"].values()] == [1_000, 1_000]
    written = [len(json.loads(call.body)["TransactItems"]) for call in _writes(account)]
    assert sum(written) == 3_000  # Seen, and told on each of two channels.


def _writes(account: PartnerAccount) -> Iterator[Any]:
    return (call for call in account.wire.calls if call.operation == WRITE)


def test_what_was_cut_is_told_by_the_next_ticks(
    account: PartnerAccount, connected: Notifier, slowness: Slowness
) -> None:
    """With all calls far slower, one by one: it stops in time and repeats nothing."""
    invite(account, 12)
    connected.configure(digest_above=100)
    slowness.slow("partnercentral", 10.0)
    slowness.slow("dynamodb", 2.0)
    slowness.slow("sns", 2.0)
    slowness.slow("slack", 12.0)
    runs = 0
    while told(connected) != (once(12), once(12)):
        run = slowness.tick(connected)
        assert run.error is None
        assert run.metrics["Heartbeat"] == 1
        runs += 1
    assert runs > 1
    assert slowness.tick(connected).metrics.keys() == QUIET
    assert told(connected) == (once(12), once(12))


def test_a_listing_out_of_time_fails_and_frees_the_lease(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A listing that would outlive its run is given up; the next tick can work at once."""
    invite(account, 25)
    connected.configure(timeout=30.0)
    connected.list_by(10)
    assert "out of time after page 1" in str(connected.tick(fails=True).error)
    connected.configure()
    assert connected.tick(after=TICK).summary["new"] == 25

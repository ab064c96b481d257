"""A run has two minutes: what fits in them is done, the rest comes later, and nothing twice.

The first test waits in real time. In the others calls take as long as they are said to take by
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

    def slow(self, service: Service, seconds: float, operation: str | None = None) -> None:
        """From now on a call takes so much longer."""
        self._account.wire.inject(
            Fault(service, Do(lambda: self._spend(seconds)), operation, times=None)
        )

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


def invite(account: PartnerAccount, number: int, **overrides: Any) -> list[str]:
    return [
        account.partner_central.invite(
            title=f"Project {n:04}.", expires_in=timedelta(days=9), **overrides
        )
        for n in range(number)
    ]


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


@pytest.mark.parametrize(("number", "digest_above"), [(20, 100), (250, 5)])
def test_what_was_cut_is_told_by_the_next_ticks(
    account: PartnerAccount,
    connected: Notifier,
    slowness: Slowness,
    number: int,
    digest_above: int,
) -> None:
    """With all calls far slower, one by one or as digests: it stops in time and repeats nothing."""
    invite(account, number, SenderCompanyName="A sender of many words " * 5)
    connected.configure(digest_above=digest_above)
    slowness.slow("partnercentral", 10.0)
    slowness.slow("dynamodb", 2.0)
    slowness.slow("sns", 2.0)
    slowness.slow("slack", 12.0)
    runs = 0
    while told(connected) != (once(number), once(number)):
        run = slowness.tick(connected)
        assert run.error is None
        assert run.metrics["Heartbeat"] == 1
        runs += 1
    assert runs > 1
    assert slowness.tick(connected).metrics.keys() == QUIET
    assert told(connected) == (once(number), once(number))


def test_sends_and_writes_at_their_slowest(
    account: PartnerAccount, connected: Notifier, slowness: Slowness
) -> None:
    """With every send and record as slow as its time-outs allow, each is recorded in its run."""
    invite(account, 5)
    slowness.slow("sns", 11.0, "Publish")
    slowness.slow("slack", 11.0)
    slowness.slow("dynamodb", 14.0, WRITE)
    while told(connected) != (once(5), once(5)):
        slowness.tick(connected)
    assert slowness.tick(connected).metrics.keys() == QUIET
    assert told(connected) == (once(5), once(5))


def test_out_of_time_while_recording_what_was_seen(
    account: PartnerAccount, connected: Notifier, slowness: Slowness
) -> None:
    """Nothing is sent and the run is blind; the next one goes on where it stopped."""
    invite(account, 250)
    slowness.slow("partnercentral", 29.0)
    slowness.slow("dynamodb", 13.0, WRITE)
    cut = slowness.tick(connected)
    assert "out of time while recording what was seen" in str(cut.error)
    assert cut.metrics == {"Blind": 1}
    assert connected.told() == {"mails": 0, "posts": 0}
    account.wire.heal_all()
    account.wire.clear()
    slowness.tick(connected)
    seen = json.loads(next(_writes(account)).body)["TransactItems"]
    assert len(seen) == 50
    assert told(connected) == (once(250), once(250))


def test_many_that_leave_the_list_at_once_stop_nothing(
    account: PartnerAccount, connected: Notifier, slowness: Slowness
) -> None:
    """However long it takes to ask for them all, each run closes some, and what is new is told."""
    gone = invite(account, 60)
    connected.tick()
    connected.forget()
    for id_ in gone:
        account.partner_central.reject(id_)
    account.partner_central.invite(title="Untold", expires_in=timedelta(days=9))
    slowness.slow("partnercentral", 2.0)
    closed = [slowness.tick(connected).summary["closed"] for _ in range(3)]
    assert sum(closed) == 60
    assert connected.told() == {"mails": 1, "posts": 1}

"""Eight processes at once: one works, the others end well, and every delivery is made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.runtime import Invocation
from simulator.wire import Do, Fault
from tests.deployed import QUIET, READER

ROOT = Path(__file__).parents[2]
PROCESSES = 8
PATIENCE = 60
TICK: dict[str, Any] = {}
POKE = {"source": "aws.partnercentral-selling", "detail-type": "Engagement Invitation Created"}

PROGRAM = """
import json, os, sys
from simulator.runtime import LambdaRuntime

runtime = LambdaRuntime(os.environ)
runtime.cold_start()
runtime.modules["notifier.bootstrap"].SLACK_PER_SECOND = 100_000.0
for line in sys.stdin:
    run = runtime.invoke(json.loads(line))
    print(json.dumps([run.error and str(run.error), run.output]), flush=True)
"""


class Process:
    """An execution environment of its own: it runs the handler once for every event."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = os.pathsep.join((str(ROOT / "lambdas"), str(ROOT)))
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=dict(environment) | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, event: Mapping[str, Any]) -> Invocation:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(event), file=self._process.stdin, flush=True)
        error, output = json.loads(self._process.stdout.readline())
        return Invocation(answer=None, error=RuntimeError(error) if error else None, output=output)

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def processes(box: PartnerAccount) -> Iterator[Sequence[Process]]:
    started = [Process(box.environment()) for _ in range(PROCESSES)]
    yield started
    for process in started:
        process.end()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(PROCESSES) as threads:
        yield threads


def invite(account: PartnerAccount, *titles: str) -> None:
    for title in titles:
        account.partner_central.invite(title=title, expires_in=timedelta(days=9))


def told(account: PartnerAccount) -> tuple[Counter[str], Counter[str]]:
    """Return how often each invitation's title was told by mail, and in Slack."""
    mails = [json.loads(mail.default)["alerts"] for mail in account.aws.inbox(READER)]
    titles = [alert["invitation"]["title"] for alerts in mails for alert in alerts]
    posts = "\n".join(post.payload["text"] for post in account.slack.posts)
    return Counter(titles), Counter({title: posts.count(title) for title in set(titles)})


def events(number: int) -> list[Mapping[str, Any]]:
    return [POKE if n % 2 else TICK for n in range(number)]


def test_of_eight_at_once_one_works(
    account: PartnerAccount, processes: Sequence[Process], pool: ThreadPoolExecutor
) -> None:
    """While one run lists, seven ticks and pokes end well, without metrics and in silence."""
    invite(account, "One.", "Two.", "Three.")
    others_ended = threading.Event()
    wait = Do(lambda: others_ended.wait(PATIENCE), before=True)
    account.wire.inject(Fault("partnercentral", wait))
    running = [pool.submit(p.run, e) for p, e in zip(processes, events(PROCESSES), strict=True)]
    *others, worked = _as_they_end(running, others_ended)
    for other in others:
        assert other.error is None
        assert other.summary["held"]
        assert other.metrics == {}
    assert worked.metrics["Heartbeat"] == 1
    once = Counter({"One.": 1, "Two.": 1, "Three.": 1})
    assert told(account) == (once, once)


def _as_they_end(running: Sequence[Any], all_but_one_ended: threading.Event) -> list[Invocation]:
    ended: list[Invocation] = []
    for future in as_completed(running, timeout=PATIENCE):
        ended.append(future.result())
        if len(ended) == len(running) - 1:
            all_but_one_ended.set()
    return ended


def test_whoever_wins_the_race_everything_is_told_once(
    account: PartnerAccount, processes: Sequence[Process], pool: ThreadPoolExecutor
) -> None:
    """Round after round, eight processes that start together miss and repeat nothing."""
    expected: Counter[str] = Counter()
    for number in range(6):
        titles = [f"Round {number}, {letter}." for letter in "ABC"]
        invite(account, *titles)
        expected.update(titles)
        running = [pool.submit(p.run, e) for p, e in zip(processes, events(PROCESSES), strict=True)]
        runs = [future.result(timeout=PATIENCE) for future in running]
        assert [run.error for run in runs] == [None] * PROCESSES
        beats = sum(run.metrics.get("Heartbeat", 0) for run in runs)
        assert beats == sum(not run.summary["held"] for run in runs) >= 1
        assert told(account) == (expected, expected)


def test_what_arrives_after_the_listing_is_told_at_the_next_tick(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """The poke of what the running run did not list is held; the tick makes it good."""
    invite(account, "Early.")
    pokes: list[Invocation] = []

    def arrive() -> None:
        invite(account, "Late.")
        pokes.append(processes[1].run(POKE))

    account.wire.inject(Fault("partnercentral", Do(arrive), "ListEngagementInvitations"))
    assert processes[0].run(TICK).summary["listed"] == 1
    assert [poke.summary["held"] for poke in pokes] == [True]
    assert told(account)[0] == Counter({"Early.": 1})
    tick = processes[2].run(TICK)
    assert (tick.summary["new"], tick.summary["trigger"]) == (1, "tick")
    once = Counter({"Early.": 1, "Late.": 1})
    assert told(account) == (once, once)


def test_a_poke_alone_does_all_that_a_tick_does(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """Whatever the event says, what is due is done, and the next tick finds nothing left."""
    invite(account, "Early.")
    poke = processes[0].run(POKE)
    assert (poke.summary["trigger"], poke.metrics["New"]) == ("poke", 1)
    assert processes[1].run(TICK).metrics.keys() == QUIET
    assert told(account) == (Counter({"Early.": 1}), Counter({"Early.": 1}))

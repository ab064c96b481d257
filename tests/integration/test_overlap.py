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
from simulator.runtime import Invocation, LambdaRuntime
from simulator.wire import Do, Fault, aws_json_error
from tests.deployed import QUIET, READER, Notifier

pytestmark = pytest.mark.xdist_group("overlap")  # Eight processes start once, not once a worker.

ROOT = Path(__file__).parents[2]
PROCESSES = 8
PATIENCE = 60
TICK: dict[str, Any] = {}
EVENT = {"source": "aws.partnercentral-selling", "detail-type": "Engagement Invitation Created"}

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
    return [EVENT if n % 2 else TICK for n in range(number)]


def test_of_eight_at_once_one_works(
    account: PartnerAccount, processes: Sequence[Process], pool: ThreadPoolExecutor
) -> None:
    """While one run lists, seven ticks and events end well, without metrics and in silence."""
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
        lines = [line for run in runs for line in run.summaries]
        assert all(line["complete"] is not line["held"] for line in lines)
        assert any(line["complete"] for line in lines)
        assert told(account) == (expected, expected)


def test_what_arrives_after_the_listing_is_told_at_once(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """The event of what the running run did not list finds the lease held, and asks for another."""
    invite(account, "Early.")
    held: list[Invocation] = []

    def arrive() -> None:
        invite(account, "Late.")
        held.append(processes[1].run(EVENT))

    account.wire.inject(Fault("partnercentral", Do(arrive), "ListEngagementInvitations"))
    first, second = processes[0].run(TICK).summaries
    assert [run.summary["held"] for run in held] == [True]
    assert (first["listed"], first["trigger"], first["asked_again"]) == (1, "schedule", True)
    assert (second["new"], second["trigger"], second["asked_again"]) == (1, "event", False)
    once = Counter({"Early.": 1, "Late.": 1})
    assert told(account) == (once, once)
    assert processes[2].run(TICK).metrics.keys() == QUIET


def test_a_tick_that_finds_the_lease_held_asks_for_nothing(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """The next tick looks all the same: only an event, which comes once, is worth another run."""
    held: list[Invocation] = []
    overlap = Do(lambda: held.append(processes[1].run(TICK)))
    account.wire.inject(Fault("partnercentral", overlap, "ListEngagementInvitations"))
    assert processes[0].run(TICK).summary["asked_again"] is False
    assert [run.summary["held"] for run in held] == [True]


def test_however_many_events_come_they_ask_for_one_more_run(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """Those that come during a run are answered by the next one, those during that by another."""
    events_come = Do(lambda: [process.run(EVENT) for process in processes[1:4]])
    account.wire.inject(Fault("partnercentral", events_come, "ListEngagementInvitations", times=2))
    lines = processes[0].run(TICK).summaries
    assert [line["asked_again"] for line in lines] == [True, True, False]


def test_without_time_for_another_run_the_tick_makes_it_good(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """A run that is asked to look again near its end does not outlive its time."""
    other = LambdaRuntime(account.environment())
    other.cold_start()
    events_come = Do(lambda: other.invoke(EVENT))
    account.wire.inject(Fault("partnercentral", events_come, "ListEngagementInvitations"))
    handler: Any = notifier.runtime.module("notifier.handler")
    handler.ANOTHER_RUN = notifier.runtime.timeout
    assert notifier.tick().summary["asked_again"] is True


def test_a_lease_that_is_given_back_meanwhile_is_taken(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """An event that finds it held, and free a moment later, starts a run of its own."""
    account.partner_central.invite(title="Late.", expires_in=timedelta(days=9))
    lost = aws_json_error("ConditionalCheckFailedException", "held")
    account.wire.inject(Fault("dynamodb", lost, "UpdateItem"))
    run = processes[0].run(EVENT)
    assert (run.summary["held"], run.summary["new"]) == (False, 1)


def test_an_event_alone_does_all_that_a_tick_does(
    account: PartnerAccount, processes: Sequence[Process]
) -> None:
    """Whatever the event says, what is due is done, and the next tick finds nothing left."""
    invite(account, "Early.")
    run = processes[0].run(EVENT)
    assert (run.summary["trigger"], run.metrics["New"]) == ("event", 1)
    assert processes[1].run(TICK).metrics.keys() == QUIET
    assert told(account) == (Counter({"Early.": 1}), Counter({"Early.": 1}))

"""What a run costs when nothing is due: the calls that it makes, and what it never touches."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulator.account import PartnerAccount
from simulator.runtime import LambdaRuntime
from tests.deployed import Notifier

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join((str(ROOT / "lambdas"), str(ROOT)))
PENDING = 300
MEGABYTE = 1024 * 1024
FAR = timedelta(days=30)
TICK = timedelta(minutes=5)

FRESH_PROCESS = """
import json, sys
import botocore.session

built, build = [], botocore.session.Session.create_client

def create_client(self, service_name, *arguments, **options):
    built.append(service_name)
    return build(self, service_name, *arguments, **options)

botocore.session.Session.create_client = create_client

from notifier.handler import lambda_handler
from simulator.context import LambdaContext

answer = lambda_handler({}, LambdaContext())
report = {"answer": answer, "built": sorted(built), "modules": sorted(sys.modules)}
print("\\n" + json.dumps(report, default=str))
"""
"""Runs the handler once, as Lambda's runtime does, and reports what it built and imported."""


def invite(account: PartnerAccount, number: int) -> None:
    for n in range(number):
        account.partner_central.invite(title=f"Project {n}", expires_in=FAR)


def record_bytes(answer: bytes) -> int:
    """Return what DynamoDB counts of a Query's answer: names and values, no punctuation."""
    items = json.loads(answer)["Items"]
    return sum(
        len(name.encode()) + len(str(value).encode())
        for item in items
        for name, typed in item.items()
        for value in typed.values()
    )


def run_in_a_fresh_process(account: PartnerAccount) -> dict[str, Any]:
    """Run the handler in a process of its own against the box in this one."""
    ended = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        env=account.environment() | {"PYTHONPATH": PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return report


def test_a_quiet_run_lists_reads_and_holds_the_lease_and_no_more(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Hundreds told of cost a list call a page, a Query a MB and the lease's two writes."""
    invite(account, PENDING)
    notifier.tick()
    notifier.forget()
    summary = notifier.tick(after=TICK).summary
    assert (summary["complete"], summary["listed"]) == (True, PENDING)
    read = sum(record_bytes(c.answer) for c in account.wire.calls if c.operation == "Query")
    assert 0 < read < MEGABYTE
    assert account.wire.count() == Counter(
        {
            ("partnercentral", "ListEngagementInvitations"): PENDING // 100,
            ("dynamodb", "Query"): math.ceil(read / MEGABYTE),
            ("dynamodb", "UpdateItem"): 2,
        }
    )


def test_a_quiet_process_never_loads_the_channels(account: PartnerAccount) -> None:
    """A process that only ran quietly has neither imported a channel nor built its client."""
    invite(account, 3)
    assert LambdaRuntime(account.environment()).invoke().error is None
    account.wire.clear()
    report = run_in_a_fresh_process(account)
    assert (report["answer"]["complete"], report["answer"]["listed"]) == (True, 3)
    assert {service for service, _ in account.wire.count()} == {"dynamodb", "partnercentral"}
    assert report["built"] == ["dynamodb", "partnercentral-selling"]
    unused = {"notifier.adapters.sns.channel", "notifier.adapters.slack.channel", "slack_sdk"}
    unused |= {"notifier.core.country_table"}
    assert not unused & set(report["modules"])


def test_a_process_with_something_to_tell_loads_the_channels(account: PartnerAccount) -> None:
    """The same process does load them when an invitation is due, so that their absence counts."""
    invite(account, 3)
    report = run_in_a_fresh_process(account)
    assert [channel["told"] for channel in report["answer"]["channels"].values()] == [3, 3]
    assert {"notifier.adapters.sns.channel", "notifier.adapters.slack.channel", "slack_sdk"} <= set(
        report["modules"]
    )
    assert {"sns", "secretsmanager"} <= set(report["built"])


def test_the_bench_measures_every_part() -> None:
    """`python -m bench --quick` ends well and prints all its parts."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        env=os.environ | {"PYTHONPATH": PATH},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    titles = re.findall(r"^\d\. ([A-Z-]+(?: [A-Z]+)?):", ended.stdout, re.MULTILINE)
    assert titles == ["COLD START", "QUIET RUN", "CALLS", "GROWTH", "ROUTES"]

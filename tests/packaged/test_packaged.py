"""The package that ships, out of CDK's output, in Lambda's own runtime on a real clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from emulator.answer import Answer
from emulator.environment import ExecutionEnvironment
from simulator.account import PartnerAccount
from simulator.moto_app import json_call
from simulator.runtime import Invocation
from simulator.wire import Fault, Hang
from tests.deployed import READER
from tests.packaged.deployment import Deployment
from tests.packaged.marks import ON_LINUX, TOGETHER
from toolchain.package import package

pytestmark = [ON_LINUX, TOGETHER]

HURRIED = 8
"""Seconds; a process has started well before, and the SDK gives an answer up well after."""

TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}
EVENT = {
    "source": "aws.partnercentral-selling",
    "detail-type": "Engagement Invitation Created",
    "region": "us-east-1",
    "detail": {
        "catalog": "AWS",
        "engagementInvitation": {
            "id": "engi-0000000000001",
            "participantType": "Receiver",
            "payloadType": "OpportunityInvitation",
        },
    },
}


def run(answer: Answer) -> Invocation:
    """Return the run's lines, as the tests of everything else read them."""
    return Invocation(answer=None, error=None, output=answer.log)


def told(account: PartnerAccount, title: str) -> tuple[int, int]:
    """Return how many mails and Slack messages tell of an invitation."""
    mails = [mail for mail in account.aws.inbox(READER) if title in mail.default]
    return len(mails), sum(title in str(post.payload) for post in account.slack.posts)


def invite(account: PartnerAccount, title: str) -> None:
    account.partner_central.invite(title=title, expires_in=timedelta(days=9))


def let_the_lease_lapse(account: PartnerAccount) -> None:
    """Do what 150 seconds would do."""
    json_call(
        "dynamodb",
        "DynamoDB_20120810.UpdateItem",
        TableName=account.aws.table_name,
        Key={"catalog": {"S": "AWS"}, "sk": {"S": "lease"}},
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00+00:00"}},
    )


def test_a_tick_tells_both_channels(
    function: ExecutionEnvironment, account: PartnerAccount
) -> None:
    """A new invitation is told once, on the reader's clock, and the next tick finds nothing."""
    invite(account, "Move to cloud")
    first = function.invoke(TICK)
    assert first.error is None
    assert first.content["trigger"] == "schedule"
    assert run(first).metrics["Heartbeat"] == 1
    assert told(account, "Move to cloud") == (1, 1)
    assert "JST" in account.aws.inbox(READER)[-1].email
    quiet = run(function.invoke(TICK))
    assert quiet.metrics["Heartbeat"] == 1
    assert "New" not in quiet.metrics
    assert told(account, "Move to cloud") == (1, 1)


def test_an_event_of_partner_central_tells_too(
    function: ExecutionEnvironment, account: PartnerAccount
) -> None:
    """What EventBridge hands over does what a tick does, sooner."""
    invite(account, "Move to cloud")
    answer = function.invoke(EVENT)
    assert answer.error is None
    assert answer.content["trigger"] == "event"
    assert told(account, "Move to cloud") == (1, 1)


def test_a_broken_secret_fails_the_run_and_never_shows(
    function: ExecutionEnvironment, account: PartnerAccount
) -> None:
    """Mail is told, Lambda counts an error that names Slack, and the value is in no line."""
    account.aws.put_secret("xoxb-a-canary, without any JSON")
    invite(account, "Move to cloud")
    answer = function.invoke(TICK)
    assert answer.error is not None
    assert answer.error.startswith("RunFailed: slack: ")
    assert told(account, "Move to cloud") == (1, 0)
    assert "canary" not in answer.body + answer.log


@pytest.fixture
def hurried(deployed: Deployment, account: PartnerAccount) -> Iterator[ExecutionEnvironment]:
    """Return an environment that is killed sooner than the template asks for."""
    with ExecutionEnvironment(
        [deployed.asset],
        deployed.function["Handler"],
        deployed.variables(account),
        timeout=HURRIED,
    ) as environment:
        yield environment


def test_after_a_time_out_the_next_tick_does_the_work(
    function: ExecutionEnvironment, hurried: ExecutionEnvironment, account: PartnerAccount
) -> None:
    """Killed while Partner Central hangs, a run leaves its lease; once that lapses, all is told."""
    invite(account, "Move to cloud")
    hang = account.wire.inject(Fault("partnercentral", Hang(4 * HURRIED), times=None))
    assert hurried.invoke(TICK).timed_out
    assert account.wire.hits(hang)
    account.wire.heal(hang)

    inside = hurried.invoke(TICK)
    assert inside.error is None
    assert inside.content["held"]
    assert run(inside).metrics == {}
    assert told(account, "Move to cloud") == (0, 0)

    let_the_lease_lapse(account)
    assert function.invoke(TICK).error is None
    assert told(account, "Move to cloud") == (1, 1)


@pytest.mark.usefixtures("account")
def test_the_asset_is_what_was_built(deployed: Deployment, function: ExecutionEnvironment) -> None:
    """CDK copies the package as it is, and running it leaves nothing behind."""
    function.invoke(TICK)
    assert contents(deployed.asset) == contents(package())


def contents(folder: Path) -> dict[Path, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}

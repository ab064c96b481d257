"""The wire: what is logged, and every way in which a call can fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from simulator.account import PartnerAccount
from simulator.slack import WEBHOOK_PATH
from simulator.wire import Do, Drop, Fault, Hang, aws_json_error, aws_query_error
from tests.contract.conftest import NewClient

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_sns import SNSClient

KEY = {"catalog": {"S": "AWS"}, "sk": {"S": "lease"}}


@pytest.fixture
def account(untouched: PartnerAccount) -> PartnerAccount:
    return untouched


def put(dynamodb: DynamoDBClient, account: PartnerAccount) -> None:
    dynamodb.put_item(TableName=account.aws.table_name, Item=KEY)


def is_there(dynamodb: DynamoDBClient, account: PartnerAccount) -> bool:
    return "Item" in dynamodb.get_item(TableName=account.aws.table_name, Key=KEY)


def test_every_call_is_logged_with_the_simulated_time(
    account: PartnerAccount, dynamodb: DynamoDBClient, sns: SNSClient
) -> None:
    """A call's log says which operation it was, when, what was sent and what was answered."""
    with time_machine.travel(datetime(2199, 1, 31, 23, tzinfo=UTC), tick=False):
        put(dynamodb, account)
        sns.publish(TopicArn=account.aws.topic_arn, Message="hello")
    put_item, publish = account.wire.calls
    assert (put_item.service, put_item.operation, put_item.status) == ("dynamodb", "PutItem", 200)
    assert json.loads(put_item.body)["Item"] == KEY
    assert (publish.service, publish.operation) == ("sns", "Publish")
    assert b"MessageId" in publish.answer
    assert {call.at for call in account.wire.calls} == {datetime(2199, 1, 31, 23, tzinfo=UTC)}
    assert account.wire.count() == {("dynamodb", "PutItem"): 1, ("sns", "Publish"): 1}


def test_a_refused_call_takes_no_effect(account: PartnerAccount, dynamodb: DynamoDBClient) -> None:
    """A refusal reaches the client as the service's own error, and nothing is written."""
    error = aws_json_error("ProvisionedThroughputExceededException", "too fast", 400)
    fault = account.wire.inject(Fault("dynamodb", error))
    with pytest.raises(ClientError, match="too fast") as raised:
        put(dynamodb, account)
    assert raised.value.response["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert not is_there(dynamodb, account)
    assert account.wire.hits(fault) == 1


def test_sns_errors_are_xml(account: PartnerAccount, sns: SNSClient) -> None:
    """A refusal by SNS is read by the client as SNS' own error."""
    account.wire.inject(Fault("sns", aws_query_error("InternalError", "oh <no>", 500)))
    with pytest.raises(ClientError, match="oh <no>") as raised:
        sns.publish(TopicArn=account.aws.topic_arn, Message="hello")
    assert raised.value.response["Error"]["Code"] == "InternalError"


def test_a_dropped_call_took_no_effect(account: PartnerAccount, dynamodb: DynamoDBClient) -> None:
    """A connection closed before the call's effect leaves the table as it was."""
    account.wire.inject(Fault("dynamodb", Drop(before=True)))
    with pytest.raises(ConnectionClosedError):
        put(dynamodb, account)
    assert not is_there(dynamodb, account)
    assert [call.status for call in account.wire.calls] == [0, 200]


def test_a_lost_answer_did_take_effect(account: PartnerAccount, dynamodb: DynamoDBClient) -> None:
    """A connection closed after the call's effect leaves the item written."""
    account.wire.inject(Fault("dynamodb", Drop(before=False)))
    with pytest.raises(ConnectionClosedError):
        put(dynamodb, account)
    assert is_there(dynamodb, account)
    assert [call.status for call in account.wire.calls] == [0, 200]


@pytest.mark.parametrize("before", [True, False])
def test_a_hang_ends_in_the_clients_timeout(
    account: PartnerAccount, client: NewClient, *, before: bool
) -> None:
    """A call that hangs is given up by the client, whether or not it took effect."""
    impatient = client("dynamodb", account.aws.url, read_timeout=0.1)
    account.wire.inject(Fault("dynamodb", Hang(30, before=before)))
    with pytest.raises(ReadTimeoutError):
        put(impatient, account)
    assert is_there(impatient, account) is not before


def test_closing_ends_hangs_at_once() -> None:
    """Nobody waits for a hanging call once the simulator is closed."""
    account = PartnerAccount()
    reached = threading.Event()
    account.wire.inject(Fault("slack", Do(reached.set, before=True)))
    account.wire.inject(Fault("slack", Hang(60)))
    with ThreadPoolExecutor() as pool:
        call = pool.submit(post, account)
        assert reached.wait(5)
        begun = time.monotonic()
        account.close()
        assert isinstance(call.exception(timeout=5), ConnectionError)
        assert time.monotonic() - begun < 5


def test_faults_skip_count_and_heal(account: PartnerAccount, dynamodb: DynamoDBClient) -> None:
    """A fault lets the first calls pass, hits as many as it says, and can be removed."""
    wire = account.wire
    wire.inject(Fault("dynamodb", aws_json_error("A", "a"), operation="PutItem", skip=1, times=2))
    forever = wire.inject(Fault("dynamodb", aws_json_error("B", "b"), skip=4, times=None))
    outcomes = [outcome(dynamodb, account) for _ in range(7)]
    assert outcomes == [None, "A", "A", None, "B", "B", "B"]
    wire.heal(forever)
    assert outcome(dynamodb, account) is None


def test_a_fault_hits_only_what_it_names(
    account: PartnerAccount, dynamodb: DynamoDBClient, sns: SNSClient
) -> None:
    """Other services, other operations and other bodies are left alone."""
    wire = account.wire
    wire.inject(Fault("dynamodb", aws_json_error("A", "a"), operation="Query", times=None))
    wire.inject(Fault("dynamodb", aws_json_error("B", "b"), containing=b"closed#", times=None))
    put(dynamodb, account)
    sns.publish(TopicArn=account.aws.topic_arn, Message="closed#")
    assert [call.status for call in wire.calls] == [200, 200]


def test_latency_delays_a_services_calls(
    account: PartnerAccount, dynamodb: DynamoDBClient, sns: SNSClient
) -> None:
    """Latency slows one service down and leaves the others as they were."""
    account.wire.latency["sns"] = 0.1
    begun = time.monotonic()
    put(dynamodb, account)
    between = time.monotonic()
    sns.publish(TopicArn=account.aws.topic_arn, Message="hello")
    assert time.monotonic() - between >= 0.1 > between - begun


def test_a_client_killed_before_the_answer_has_sent_its_message(account: PartnerAccount) -> None:
    """The crash that at-least-once is about: the message is out, the sender is dead."""
    script = (
        "import urllib.request as u;"
        f"u.urlopen(u.Request('{account.slack.base_url}{WEBHOOK_PATH}', b'{{\"text\": \"hi\"}}'))"
    )
    sender = subprocess.Popen([sys.executable, "-I", "-c", script])
    account.wire.inject(Fault("slack", Do(lambda: os.kill(sender.pid, signal.SIGKILL))))
    assert sender.wait(10) == -signal.SIGKILL
    assert [post.payload["text"] for post in account.slack.posts] == ["hi"]


def test_a_failing_callback_does_not_pass_silently(
    account: PartnerAccount, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a test's own callback raises is raised again by the reset."""
    account.wire.inject(Fault("slack", Do(lambda: 1 / 0)))
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(account)
    refused.value.close()
    with pytest.raises(ExceptionGroup, match="the simulator itself failed"):
        account.reset()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_concurrent_writes_are_atomic(account: PartnerAccount, dynamodb: DynamoDBClient) -> None:
    """Of many clients that change one item at once, none undoes what another did."""
    table = account.aws.table_name
    dynamodb.put_item(TableName=table, Item={**KEY, "padding": {"L": [{"S": "x"}] * 200}})

    def add_one(_: int) -> None:
        dynamodb.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression="ADD runs :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with threads_that_interleave(), ThreadPoolExecutor(16) as pool:
        list(pool.map(add_one, range(32)))
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["runs"] == {"N": "32"}


@contextmanager
def threads_that_interleave() -> Iterator[None]:
    """Let threads take turns so often that a race, if there is one, is lost."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def outcome(dynamodb: DynamoDBClient, account: PartnerAccount) -> str | None:
    try:
        put(dynamodb, account)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def post(account: PartnerAccount) -> None:
    request = urllib.request.Request(account.slack.base_url + WEBHOOK_PATH, b'{"text": "hi"}')
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.read() == b"ok"

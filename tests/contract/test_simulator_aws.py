"""The AWS services of the simulator, asked through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from simulator.account import PartnerAccount
from simulator.aws import Aws

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sns import SNSClient

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPS = "ops@example.com"
SALES = "sales@example.com"


@pytest.fixture
def aws(untouched: PartnerAccount) -> Aws:
    return untouched.aws


def text(value: str, kind: str = "String") -> Any:
    return {"DataType": kind, "StringValue": value}


def test_the_table_has_the_ledgers_keys(aws: Aws, dynamodb: DynamoDBClient) -> None:
    """The table is there, empty, keyed by catalog and sk, and a reset empties it."""
    item = {"catalog": {"S": "AWS"}, "sk": {"S": "pending#engi-1"}}
    dynamodb.put_item(TableName=aws.table_name, Item=item)
    assert dynamodb.scan(TableName=aws.table_name)["Items"] == [item]
    aws.reset()
    assert dynamodb.scan(TableName=aws.table_name)["Items"] == []
    schema = dynamodb.describe_table(TableName=aws.table_name)["Table"]["KeySchema"]
    assert [key["AttributeName"] for key in schema] == ["catalog", "sk"]


def test_the_secret_is_empty_until_it_is_filled(aws: Aws, secrets: SecretsManagerClient) -> None:
    """A secret without a value is not found; each new value replaces the last."""
    with pytest.raises(secrets.exceptions.ResourceNotFoundException, match="AWSCURRENT"):
        secrets.get_secret_value(SecretId=aws.secret_arn)
    aws.put_secret("not JSON")
    assert secrets.get_secret_value(SecretId=aws.secret_arn)["SecretString"] == "not JSON"
    aws.put_secret({"webhook_url": "https://example.com"})
    value = secrets.get_secret_value(SecretId=aws.secret_arn)["SecretString"]
    assert json.loads(value) == {"webhook_url": "https://example.com"}


def test_names_survive_a_reset(aws: Aws) -> None:
    """The function's environment stays valid when the account is reset."""
    before = aws.secret_arn, aws.topic_arn
    aws.reset()
    assert (aws.secret_arn, aws.topic_arn) == before


def test_a_publish_is_kept(aws: Aws, sns: SNSClient) -> None:
    """What was published is read back: subject, both texts, attributes, simulated time."""
    message = {"default": '{"schema": 1}', "email": "Hello,\nthere."}
    with time_machine.travel(NOW, tick=False):
        sns.publish(
            TopicArn=aws.topic_arn,
            Subject="Zwölf neue",
            Message=json.dumps(message),
            MessageStructure="json",
            MessageAttributes={
                "catalog": text("AWS"),
                "alerts": text('["new"]', "String.Array"),
            },
        )
    (published,) = aws.published
    assert (published.at, published.subject) == (NOW, "Zwölf neue")
    assert {"default": published.default, "email": published.email} == message
    assert published.attributes == {"catalog": "AWS", "alerts": '["new"]'}
    assert b"Publish" in published.raw


@pytest.mark.parametrize(
    "change",
    [
        {"Subject": "x" * 100},
        {"Subject": "two\nlines"},
        {"Subject": "a\u2028b"},
        {"Subject": "bell\x07"},
        {"Subject": ""},
        {"Subject": "📬" * 50},
        {"Subject": "a\uffffb"},
        {"Message": "a\ufffeb"},
        {"Message": r'{"default": "a\uffffb"}', "MessageStructure": "json"},
        {"Message": ""},
        {"Message": "x" * 262_145},
        {"Message": "ü" * 131_073},
        {"Message": "x" * 262_140, "MessageAttributes": {"a": text("xxxx")}},
        {"Message": "not JSON", "MessageStructure": "json"},
        {"Message": '{"email": "x"}', "MessageStructure": "json"},
        {"Message": '{"default": {}}', "MessageStructure": "json"},
        {"Message": '{"default": "x", "email": 5}', "MessageStructure": "json"},
        {"MessageAttributes": {"alerts": text("new", "String.Array")}},
        {"MessageAttributes": {"alerts": text('"new"', "String.Array")}},
        {"MessageAttributes": {"alerts": text("")}},
    ],
    ids="-".join,
)
def test_sns_refuses_what_it_does_not_take(
    aws: Aws, sns: SNSClient, change: dict[str, Any]
) -> None:
    """A malformed subject, message or attribute is refused in SNS' words; nothing is sent."""
    errors = sns.exceptions
    with pytest.raises((errors.InvalidParameterException, errors.InvalidParameterValueException)):
        sns.publish(**{"TopicArn": aws.topic_arn, "Message": "x", **change})
    assert aws.published == []


def test_sns_takes_what_just_fits(aws: Aws, sns: SNSClient) -> None:
    """The longest subject and the largest message are accepted."""
    sns.publish(TopicArn=aws.topic_arn, Subject="x" * 99, Message="x" * 262_144)
    attributes = {"a": text("xxx")}
    sns.publish(TopicArn=aws.topic_arn, Message="x" * 262_134, MessageAttributes=attributes)
    assert len(aws.published) == 2


def test_an_unknown_topic_is_not_found(aws: Aws, sns: SNSClient) -> None:
    """Nothing is kept of what was published elsewhere."""
    with pytest.raises(ClientError, match="NotFound"):
        sns.publish(TopicArn=aws.topic_arn + "x", Message="x")
    assert aws.published == []


def test_a_pending_email_hears_nothing(aws: Aws, sns: SNSClient) -> None:
    """Until it is confirmed a subscription is listed as pending, and gets no mail even later."""
    aws.subscribe_email(OPS, confirmed=False)
    sns.publish(TopicArn=aws.topic_arn, Message="one")
    assert arns(aws, sns) == ["PendingConfirmation"]
    aws.confirm(OPS)
    assert arns(aws, sns)[0].startswith(aws.topic_arn)
    sns.publish(TopicArn=aws.topic_arn, Message="two")
    assert [mail.email for mail in aws.inbox(OPS)] == ["two"]
    assert len(aws.published) == 2


def test_a_subscription_that_nobody_confirms_is_removed(aws: Aws, sns: SNSClient) -> None:
    """After two days it is not listed any more, and nothing brings it back."""
    with time_machine.travel(NOW, tick=False) as clock:
        aws.subscribe_email(OPS, confirmed=False)
        aws.subscribe_email(SALES)
        clock.shift(timedelta(hours=48))
        assert len(arns(aws, sns)) == 2
        clock.shift(timedelta(seconds=1))
        assert [arn.startswith("arn:") for arn in arns(aws, sns)] == [True]


def test_an_unsubscribed_address_stays_listed_for_days(aws: Aws, sns: SNSClient) -> None:
    """It stands there as Deleted for 72 hours, beside a new subscription of the same address."""
    with time_machine.travel(NOW, tick=False) as clock:
        aws.subscribe_email(OPS)
        aws.unsubscribe(OPS)
        assert arns(aws, sns) == ["Deleted"]
        aws.subscribe_email(OPS, confirmed=False)
        assert arns(aws, sns) == ["Deleted", "PendingConfirmation"]
        aws.confirm(OPS)
        clock.shift(timedelta(hours=73))
        assert [arn.startswith("arn:") for arn in arns(aws, sns)] == [True]


def test_subjects_can_be_held_to_ascii(aws: Aws, sns: SNSClient) -> None:
    """As one of AWS's documents has it; another one allows UTF-8."""
    sns.publish(TopicArn=aws.topic_arn, Message="x", Subject="Größe")
    aws.ascii_subjects = True
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=aws.topic_arn, Message="x", Subject="Größe")


def test_who_unsubscribes_hears_nothing_more(aws: Aws, sns: SNSClient) -> None:
    """Nobody is subscribed at that address, and the mail received so far stays."""
    aws.subscribe_email(OPS)
    aws.subscribe_email(SALES)
    sns.publish(TopicArn=aws.topic_arn, Message="one")
    aws.unsubscribe(OPS)
    sns.publish(TopicArn=aws.topic_arn, Message="two")
    assert [mail.email for mail in aws.inbox(OPS)] == ["one"]
    assert [mail.email for mail in aws.inbox(SALES)] == ["one", "two"]
    assert [arn.startswith("arn:") for arn in arns(aws, sns)] == [False, True]


def test_filter_policies_decide_who_hears_what(aws: Aws, sns: SNSClient) -> None:
    """Every attribute of the policy must fit: the string itself, or an item of an array."""
    aws.subscribe_email(OPS, filter_policy={"alerts": ["new", "expiring"], "catalog": ["AWS"]})
    aws.subscribe_email(SALES)
    for alerts, catalog in ((["closed", "new"], "AWS"), (["closed"], "AWS"), (["new"], "Sandbox")):
        sns.publish(
            TopicArn=aws.topic_arn,
            Message=f"{alerts} {catalog}",
            MessageAttributes={
                "alerts": text(json.dumps(alerts), "String.Array"),
                "catalog": text(catalog),
            },
        )
    sns.publish(TopicArn=aws.topic_arn, Message="no attributes")
    assert [mail.email for mail in aws.inbox(OPS)] == ["['closed', 'new'] AWS"]
    assert len(aws.inbox(SALES)) == 4


def test_a_policy_beyond_exact_strings_is_not_simulated(aws: Aws) -> None:
    """A test that needs more learns so at once."""
    beyond: Any = {"alerts": [{"prefix": "closed"}]}
    with pytest.raises(NotImplementedError, match="alerts"):
        aws.subscribe_email(OPS, filter_policy=beyond)


def test_a_queue_is_a_listener_too(aws: Aws, sns: SNSClient) -> None:
    """A subscribed queue is listed as confirmed, and publishing still works."""
    aws.subscribe_sqs()
    listed = sns.list_subscriptions_by_topic(TopicArn=aws.topic_arn)["Subscriptions"]
    assert [subscription["Protocol"] for subscription in listed] == ["sqs"]
    sns.publish(TopicArn=aws.topic_arn, Message="x", MessageAttributes={"a": text("b")})
    assert len(aws.published) == 1


def arns(aws: Aws, sns: SNSClient) -> list[str]:
    listed = sns.list_subscriptions_by_topic(TopicArn=aws.topic_arn)["Subscriptions"]
    return [subscription["SubscriptionArn"] for subscription in listed]

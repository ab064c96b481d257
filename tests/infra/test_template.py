"""Properties in which a mistake would be costly, and which moto would accept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from infra.subscriptions import filter_policy
from tests.infra.conftest import Synth
from tests.infra.templates import (
    EMAILS,
    SECRET_ARN,
    Template,
    allowed_on,
    environment,
    only,
    output,
    properties,
    resources,
    subscribed,
    topic_policy,
)


def test_the_ledger_is_a_table_that_cannot_be_lost(template: Template) -> None:
    """It has the ledger's keys, outlives the stack, can be restored, and is paid per request."""
    _, table = only(template, "AWS::DynamoDB::Table")
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert {k: v for k, v in table["Properties"].items() if k != "Tags"} == {
        "AttributeDefinitions": [
            {"AttributeName": "catalog", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "catalog", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    }


def test_the_topic_is_encrypted_and_requires_tls(template: Template) -> None:
    """Messages name customers, so they are encrypted in transit and at rest."""
    topic, resource = output(template, "TopicArn")
    assert resource["Properties"]["KmsMasterKeyId"] == "alias/aws/sns"
    (policy,) = topic_policy(template, topic)
    assert (policy["Effect"], policy["Resource"]) == ("Deny", {"Ref": topic})
    assert policy["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_emails_are_filtered(template: Template) -> None:
    """Each address is subscribed once, to what names it; CloudFormation deletes neither."""
    topic, _ = output(template, "TopicArn")
    subscriptions = subscribed(template, topic)
    assert sorted(subscription["Endpoint"] for subscription in subscriptions) == EMAILS
    for subscription in subscriptions:
        assert subscription["Protocol"] == "email"
        assert subscription["FilterPolicy"] == filter_policy(subscription["Endpoint"])
    kept = resources(template, "AWS::SNS::Subscription").values()
    assert {(s["DeletionPolicy"], s["UpdateReplacePolicy"]) for s in kept} == {("Retain", "Retain")}


def test_the_secret_has_no_value(template: Template) -> None:
    """Neither given nor generated: the function distinguishes empty from invalid."""
    _, secret = only(template, "AWS::SecretsManager::Secret")
    assert set(secret["Properties"]) == {"Description", "Tags"}
    assert secret["DeletionPolicy"] == "RetainExceptOnCreate"
    assert secret["UpdateReplacePolicy"] == "Retain"


def test_without_slack_there_is_no_secret(synth: Synth) -> None:
    """Nor a permission to read one, nor its ARN in the environment."""
    template = synth(slack=False, emails=EMAILS)
    assert not resources(template, "AWS::SecretsManager::Secret")
    assert "secretsmanager" not in json.dumps(template)
    assert "SLACK_SECRET_ARN" not in environment(template)


def test_an_existing_secret_is_only_read(synth: Synth) -> None:
    """With `slack_secret_arn` no secret is made, and only that one may be read."""
    template = synth(slack_secret_arn=SECRET_ARN)
    assert not resources(template, "AWS::SecretsManager::Secret")
    assert allowed_on(template, SECRET_ARN) == {"secretsmanager:GetSecretValue"}
    assert environment(template)["SLACK_SECRET_ARN"] == SECRET_ARN


def test_the_function_fits_the_design(template: Template) -> None:
    """Python 3.14 on arm64, with a time-out shorter than the lease, and its own log group."""
    function = properties(template, "AWS::Lambda::Function")
    group, _ = only(template, "AWS::Logs::LogGroup")
    assert function["Runtime"] == "python3.14"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "notifier.handler.lambda_handler"
    assert (function["MemorySize"], function["Timeout"]) == (256, 120)
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": group}}
    assert not {"ReservedConcurrentExecutions", "TracingConfig", "Layers"} & set(function)
    assert properties(template, "AWS::Logs::LogGroup")["RetentionInDays"] == 30


@pytest.mark.parametrize("minutes", [1, 5, 60])
def test_the_next_tick_is_the_retry(synth: Synth, minutes: int) -> None:
    """Neither a waiting event nor a failed one is tried for longer than a period."""
    template = synth(schedule_minutes=minutes)
    invoke = properties(template, "AWS::Lambda::EventInvokeConfig")
    assert invoke["MaximumRetryAttempts"] == 0
    assert invoke["MaximumEventAgeInSeconds"] == 60 * minutes
    target = properties(template, "AWS::Scheduler::Schedule")["Target"]
    assert target["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 60 * minutes,
        "MaximumRetryAttempts": 3,
    }


def test_the_schedule_invokes_the_function(synth: Synth, template: Template) -> None:
    """At the configured rate, to the minute; what fails goes to the dead-letter queue."""
    function, _ = only(template, "AWS::Lambda::Function")
    queue, _ = only(template, "AWS::SQS::Queue")
    schedule = properties(template, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["State"] == "ENABLED"
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    rates = {n: properties(synth(schedule_minutes=n), "AWS::Scheduler::Schedule") for n in (1, 60)}
    assert rates[1]["ScheduleExpression"] == "rate(1 minute)"
    assert rates[60]["ScheduleExpression"] == "rate(1 hour)"


def test_the_queue_keeps_dead_letters_for_two_weeks(template: Template) -> None:
    """It is encrypted at no cost, and requires TLS."""
    queue = properties(template, "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 86400
    rule, _ = only(template, "AWS::Events::Rule")
    deny, allow = properties(template, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_partner_centrals_events_start_a_run(synth: Synth, catalog: str) -> None:
    """The four events of invitations received in this catalog, not of those sent."""
    template = synth(catalog=catalog)
    function, _ = only(template, "AWS::Lambda::Function")
    queue, _ = only(template, "AWS::SQS::Queue")
    rule = properties(template, "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.partnercentral-selling"],
        "detail-type": [
            f"Engagement Invitation {change}"
            for change in ("Created", "Accepted", "Rejected", "Expired")
        ],
        "detail": {
            "catalog": [catalog],
            "engagementInvitation": {"participantType": [{"equals-ignore-case": "Receiver"}]},
        },
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    permission = properties(template, "AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["FunctionName"] == {"Fn::GetAtt": [function, "Arn"]}


@pytest.mark.parametrize(
    ("kind", "starts"),
    [("Receiver", True), ("RECEIVER", True), ("receiver", True), ("Sender", False)],
)
def test_the_case_of_a_participants_type_does_not_matter(
    template: Template, kind: str, *, starts: bool
) -> None:
    """Events write it in one way and the API in another; who sent an invitation knows of it."""
    pattern = properties(template, "AWS::Events::Rule")["EventPattern"]
    event: Any = {
        "source": "aws.partnercentral-selling",
        "detail-type": "Engagement Invitation Created",
        "detail": {"catalog": "AWS", "engagementInvitation": {"participantType": kind}},
    }
    assert EventPattern.load(json.dumps(pattern)).matches_event(event) is starts

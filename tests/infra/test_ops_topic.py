"""The operations topic: alarms can really publish to it, and nothing else may."""

from __future__ import annotations

import fnmatch

import pytest

from tests.infra.conftest import Synth
from tests.infra.templates import (
    EMAILS,
    KEY_ARN,
    Template,
    only,
    output,
    properties,
    resources,
    role_statements,
    subscribed,
    topic_policy,
)

OF_THIS_ACCOUNT = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_alarms_may_publish(synth: Synth, catalog: str) -> None:
    """The policy allows CloudWatch, for this account's alarms with the names of this stack."""
    template = synth(catalog=catalog, emails=EMAILS)
    topic, _ = output(template, "OpsTopicArn")
    deny, allow = topic_policy(template, topic)
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allow["Effect"] == "Allow"
    assert allow["Principal"] == CLOUDWATCH
    assert (allow["Action"], allow["Resource"]) == ("sns:Publish", {"Ref": topic})
    assert allow["Condition"]["StringEquals"] == OF_THIS_ACCOUNT
    *arn, pattern = allow["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert arn == ["arn:aws:cloudwatch:us-east-1:", {"Ref": "AWS::AccountId"}]
    for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
        assert fnmatch.fnmatchcase(f":alarm:{alarm['Properties']['AlarmName']}", pattern)
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic}]


def test_its_key_can_be_used_by_alarms(template: Template) -> None:
    """CloudWatch cannot use `alias/aws/sns`, so the topic has a rotated key that it can use."""
    _, topic = output(template, "OpsTopicArn")
    key_id, key = only(template, "AWS::KMS::Key")
    assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["Properties"]["PendingWindowInDays"]) == ("Delete", 7)
    account, alarms = key["Properties"]["KeyPolicy"]["Statement"]
    assert account["Principal"]["AWS"]["Fn::Join"][1][-1] == ":root"
    assert alarms["Principal"] == CLOUDWATCH
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert alarms["Condition"] == {"StringEquals": OF_THIS_ACCOUNT}


def test_the_customers_key_replaces_the_topics_own(synth: Synth) -> None:
    """One key is enough, and the stack pays for none."""
    template = synth(emails=EMAILS, kms_key_arn=KEY_ARN)
    assert output(template, "OpsTopicArn")[1]["Properties"]["KmsMasterKeyId"] == KEY_ARN
    assert not resources(template, "AWS::KMS::Key")


def test_operators_receive_everything(synth: Synth) -> None:
    """By email, unfiltered: an alarm's message has none of the alerts' attributes."""
    template = synth(emails=EMAILS, ops_emails=["ops@example.com"])
    topic, _ = output(template, "OpsTopicArn")
    (operator,) = subscribed(template, topic)
    assert (operator["Protocol"], operator["Endpoint"]) == ("email", "ops@example.com")
    assert "FilterPolicy" not in operator


def test_emails_receive_alarms_by_default(template: Template, synth: Synth) -> None:
    """`ops_emails` is `emails` unless set; without either the topic has no subscriber."""
    topic, _ = output(template, "OpsTopicArn")
    assert sorted(s["Endpoint"] for s in subscribed(template, topic)) == EMAILS
    without = synth()
    assert subscribed(without, output(without, "OpsTopicArn")[0]) == []


def test_its_emails_say_what_they_are(template: Template, synth: Synth) -> None:
    """The sender's name differs from that of alerts, and includes the catalog."""
    names = {
        output(found, "OpsTopicArn")[1]["Properties"]["DisplayName"]
        for found in (template, synth(catalog="Sandbox"))
    }
    assert names == {"Invitation notifier alarms", "Invitation notifier alarms (Sandbox)"}


def test_the_function_may_not_publish_there(template: Template) -> None:
    """Operators receive only what CloudWatch sends: the function may see whether there are any."""
    topic, _ = output(template, "OpsTopicArn")
    role = properties(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    allowed = [
        s["Action"] for s in role_statements(template, role) if {"Ref": topic} in s["Resource"]
    ]
    assert allowed == [["sns:ListSubscriptionsByTopic"]]

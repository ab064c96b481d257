"""Everything is encrypted at rest and in transit; with `kms_key_arn`, by the customer's key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra import key_policy
from tests.infra.conftest import Synth
from tests.infra.templates import (
    EMAILS,
    EVERYTHING,
    KEY_ARN,
    SECRET_ARN,
    Template,
    only,
    properties,
    resources,
    role_statements,
)

AT_REST: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Lambda::Function": ("KmsKeyArn",),
}
"""Where each kind of resource that stores something names its key."""

STORES_NOTHING = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",  # its target's input is empty
}

ACCOUNT = "111122223333"
STACK = "InvitationNotifier-AWS"

Grant = tuple[str, str]


@pytest.fixture(scope="module")
def keyed(synth: Synth) -> Template:
    return synth(emails=EMAILS, kms_key_arn=KEY_ARN)


def key_of(resource: Template) -> Any:
    found = resource["Properties"]
    for name in AT_REST[resource["Type"]]:
        found = found.get(name, {})
    return found


def test_all_that_is_stored_is_encrypted_by_the_customers_key(keyed: Template) -> None:
    """Every resource that stores anything; a new kind has to be considered here."""
    kinds = {resource["Type"] for resource in keyed["Resources"].values()}
    assert kinds == set(AT_REST) | STORES_NOTHING
    for kind in AT_REST:
        assert {key_of(resource) for resource in resources(keyed, kind).values()} == {KEY_ARN}


def test_a_table_with_a_key_says_so_twice(keyed: Template) -> None:
    """DynamoDB accepts a key only where its encryption is set to KMS."""
    assert properties(keyed, "AWS::DynamoDB::Table")["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": KEY_ARN,
    }


def test_without_a_key_nothing_names_one(template: Template) -> None:
    """AWS's own keys are the default: they are free, and nobody needs permission to use them."""
    named = {
        kind: json.dumps([key_of(resource) for resource in resources(template, kind).values()])
        for kind in AT_REST
    }
    assert "alias/aws/sns" in named.pop("AWS::SNS::Topic")
    assert set(named.values()) == {"[{}]"}
    for role in resources(template, "AWS::IAM::Role"):
        assert "kms" not in json.dumps(role_statements(template, role))


def grants(template: Template, role: str) -> set[Grant]:
    """Return (service, action) for what a role may do with the key; fail if any is unrestricted."""
    found: set[Grant] = set()
    for statement in role_statements(template, role):
        for action in statement["Action"]:
            if action.startswith("kms:"):
                assert statement["Resource"] == [KEY_ARN]
                service = statement["Condition"]["StringEquals"]["kms:ViaService"]
                found.add((service.removesuffix(".us-east-1.amazonaws.com"), action))
    return found


FUNCTION = {
    ("dynamodb", "kms:Decrypt"),
    ("dynamodb", "kms:DescribeKey"),
    ("dynamodb", "kms:Encrypt"),
    ("dynamodb", "kms:GenerateDataKey"),
    ("dynamodb", "kms:GenerateDataKeyWithoutPlaintext"),
    ("dynamodb", "kms:ReEncryptFrom"),
    ("dynamodb", "kms:ReEncryptTo"),
    ("sns", "kms:Decrypt"),
    ("sns", "kms:GenerateDataKey"),
}
SECRET = {("secretsmanager", "kms:Decrypt")}


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"emails": EMAILS}, FUNCTION | SECRET),
        ({"emails": EMAILS, "slack": False}, FUNCTION),
        ({"slack_secret_arn": SECRET_ARN}, FUNCTION | SECRET),
    ],
)
def test_the_function_is_granted_what_its_services_require(
    synth: Synth, configuration: dict[str, object], expected: set[Grant]
) -> None:
    """Only through the services that it calls, and only where it calls them."""
    template = synth(**configuration, kms_key_arn=KEY_ARN)
    role = properties(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    assert grants(template, role) == expected


@pytest.mark.parametrize("kms_key_arn", [None, KEY_ARN])
def test_an_existing_secret_is_decrypted_with_its_own_key(
    synth: Synth, kms_key_arn: str | None
) -> None:
    """Only that key, only for that service, whatever the rest is encrypted with."""
    secrets_key = KEY_ARN.replace("1234abcd", "abcd1234")
    template = synth(
        emails=EMAILS,
        slack_secret_arn=SECRET_ARN,
        slack_secret_kms_key_arn=secrets_key,
        kms_key_arn=kms_key_arn,
    )
    role = properties(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    decrypting = [s for s in role_statements(template, role) if secrets_key in s["Resource"]]
    assert [s["Action"] for s in decrypting] == [["kms:Decrypt"]]
    through = decrypting[0]["Condition"]["StringEquals"]["kms:ViaService"]
    assert through == "secretsmanager.us-east-1.amazonaws.com"


def test_the_queue_says_how_it_is_encrypted(synth: Synth) -> None:
    """It does not rely on SQS's default."""
    queue = properties(synth(emails=EMAILS), "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] is True
    assert properties(synth(kms_key_arn=KEY_ARN), "AWS::SQS::Queue")["KmsMasterKeyId"] == KEY_ARN


def test_the_schedule_can_send_to_its_queue(keyed: Template) -> None:
    """Its role may encrypt dead letters, and do nothing else with the key."""
    role = properties(keyed, "AWS::Scheduler::Schedule")["Target"]["RoleArn"]["Fn::GetAtt"][0]
    assert grants(keyed, role) == {("sqs", "kms:Decrypt"), ("sqs", "kms:GenerateDataKey")}


def test_the_keys_policy_names_every_service_that_acts_on_its_own(keyed: Template) -> None:
    """They have no role to which the stack could grant anything, so the key's policy must."""
    acting = {"logs.us-east-1.amazonaws.com"} if resources(keyed, "AWS::Logs::LogGroup") else set()
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        for policy in resources(keyed, kind).values():
            acting |= {
                statement["Principal"]["Service"]
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Allow"
            }
    by_service = {
        statement["Principal"]["Service"]: statement
        for statement in key_policy.statements(account=ACCOUNT, stack=STACK)
        if "Service" in statement["Principal"]
    }
    assert set(by_service) == acting
    for service in ("cloudwatch.amazonaws.com", "logs.us-east-1.amazonaws.com"):
        assert ACCOUNT in json.dumps(by_service[service]["Condition"])


def test_the_keys_policy_delegates_to_iam(keyed: Template) -> None:
    """The roles' own permissions count only if the key's policy delegates to IAM."""
    iam, *_ = key_policy.statements(account=ACCOUNT, stack=STACK)
    assert iam["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert iam["Action"] == "kms:*"
    logs, _ = only(keyed, "AWS::Logs::LogGroup")
    *_, written = key_policy.statements(account=ACCOUNT, stack=STACK)
    pattern = written["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    # CloudFormation names a log group without a name after the stack and the logical id.
    assert f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{STACK}-{logs}".startswith(pattern[:-1])


@pytest.mark.parametrize("configuration", [{"emails": EMAILS}, EVERYTHING])
def test_nothing_is_sent_unencrypted(synth: Synth, configuration: dict[str, object]) -> None:
    """Topics and queue deny requests without TLS, whoever sends them."""
    template = synth(**configuration)
    guarded = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
    policies = [policy for kind in guarded for policy in resources(template, kind).values()]
    refusing = [
        policy
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert len(refusing) == len(policies) == 3

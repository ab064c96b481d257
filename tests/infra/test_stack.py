"""What holds for the stack as a whole, whatever is configured."""

from __future__ import annotations

import json

import pytest

from notifier.core.recipients import recipient
from notifier.settings import Settings
from tests.infra.conftest import Synth
from tests.infra.templates import (
    CONFIGURATIONS,
    EMAILS,
    EVERYTHING,
    READER_ARN,
    REFERENCED,
    SECRET_ARN,
    Template,
    environment,
    only,
    output,
    properties,
    resources,
)


def test_the_function_reads_back_what_was_configured(synth: Synth) -> None:
    """What the stack writes into the environment, the function accepts."""
    configured = environment(
        synth(
            catalog="Sandbox",
            expiring_hours="48,6",
            digest_above=9,
            payload_types="LeadInvitation",
            emails=EMAILS,
            timezone="Asia/Tokyo",
            partner_central_url="https://crm.example.com",
            partner_central_role_arn=READER_ARN,
            partner_central_external_id="notifier-2026",
        )
    )
    assert configured.pop("POWERTOOLS_LOG_LEVEL") == "INFO"
    settings = Settings(
        catalog="Sandbox",
        table_name="table",
        topic_arn=REFERENCED["AWS::SNS::Topic"],
        ops_topic_arn=REFERENCED["AWS::SNS::Topic"],
        recipients=tuple(map(recipient, EMAILS)),
        slack_secret_arn=SECRET_ARN,
        expiring_hours=(48, 6),
        digest_above=9,
        payload_types=("LeadInvitation",),
        timezone="Asia/Tokyo",
        partner_central_url="https://crm.example.com",
        partner_central_role_arn=READER_ARN,
        partner_central_external_id="notifier-2026",
    )
    assert configured == settings.to_env()
    assert Settings.from_env(configured) == settings


CHANGEABLE = {
    "AWS::DynamoDB::Table": {"Tags", "SSESpecification"},
    "AWS::SNS::Topic": {"Tags", "DisplayName", "KmsMasterKeyId"},
    "AWS::SecretsManager::Secret": {"Tags", "KmsKeyId"},
    "AWS::SQS::Queue": {"Tags", "KmsMasterKeyId", "SqsManagedSseEnabled"},
    "AWS::Logs::LogGroup": {"Tags", "KmsKeyId"},
}
"""What CloudFormation's reference says can be changed without replacing the resource."""

NAMES = {"TableName", "TopicName", "Name", "QueueName", "LogGroupName"}


@pytest.mark.parametrize("kind", CHANGEABLE)
def test_no_configuration_replaces_what_lasts(synth: Synth, kind: str) -> None:
    """Logical ids stay the same, and no property changes that would replace a resource."""
    lasting: dict[str, set[str]] = {}
    for configuration in CONFIGURATIONS:
        for logical_id, resource in resources(synth(**configuration), kind).items():
            kept = {k: v for k, v in resource["Properties"].items() if k not in CHANGEABLE[kind]}
            lasting.setdefault(logical_id, set()).add(json.dumps(kept))
            assert not NAMES & set(resource["Properties"])
    assert len(lasting) == (2 if kind == "AWS::SNS::Topic" else 1)
    assert all(len(versions) == 1 for versions in lasting.values())


def test_outputs_name_what_an_operator_needs(template: Template) -> None:
    """Each refers to a resource, but for the address of the dashboard."""
    outputs = dict(template["Outputs"])
    assert all(output["Description"] for output in outputs.values())
    dashboard = properties(template, "AWS::CloudWatch::Dashboard")["DashboardName"]
    assert outputs.pop("DashboardUrl")["Value"] == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home"
        f"?region=us-east-1#dashboards/dashboard/{dashboard}"
    )
    referenced = {name: output(template, name)[1]["Type"] for name in outputs}
    assert referenced == {
        "TopicArn": "AWS::SNS::Topic",
        "OpsTopicArn": "AWS::SNS::Topic",
        "SlackSecretArn": "AWS::SecretsManager::Secret",
        "FunctionName": "AWS::Lambda::Function",
        "FunctionRoleArn": "AWS::IAM::Role",
        "TableName": "AWS::DynamoDB::Table",
        "LogGroupName": "AWS::Logs::LogGroup",
    }


@pytest.mark.parametrize(
    "configuration",
    [{"emails": EMAILS}, {"slack": False, "emails": EMAILS}, EVERYTHING],
    ids=["the default", "no Slack", "everything"],
)
def test_cfn_lint_finds_nothing(synth: Synth, configuration: dict[str, object]) -> None:
    """CloudFormation's own schemas for us-east-1 accept the template."""
    # Importing it takes every process a second, and one runs this test.
    from cfnlint import api  # type: ignore[import-untyped]  # noqa: PLC0415
    from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # noqa: PLC0415

    text = json.dumps(synth(**configuration))
    assert api.lint(text, config=ManualArgs(regions=["us-east-1"])) == []


def test_whatever_uses_a_role_waits_for_its_policy(template: Template) -> None:
    """The first call is not denied because the role existed before its policy."""
    waiting = {
        kind: only(template, kind)[1]["DependsOn"]
        for kind in ("AWS::Lambda::Function", "AWS::Scheduler::Schedule")
    }
    policies = resources(template, "AWS::IAM::Policy")
    assert all(len(ids) == 1 and ids[0] in policies for ids in waiting.values())

"""What holds for the stack as a whole, whatever is configured."""

from __future__ import annotations

import json

import pytest
from cfnlint import api  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from notifier.settings import Settings
from tests.infra.conftest import Synth
from tests.infra.templates import MAIL, REFERENCED, SECRET_ARN, Template, environment, only

CONFIGURATIONS: list[dict[str, object]] = [
    {},
    {"catalog": "Sandbox"},
    {"schedule_minutes": 60, "expiring_hours": [1], "digest_above": 50},
    {"emails": MAIL, "timezone": "Asia/Tokyo"},
    {"payload_types": ["LeadInvitation"], "partner_central_url": "https://crm.example.com"},
]


def test_the_function_reads_back_what_was_configured(synth: Synth) -> None:
    """The environment is the settings' own: what the stack writes, the function accepts."""
    configured = environment(
        synth(
            catalog="Sandbox",
            expiring_hours="48,6",
            digest_above=9,
            payload_types="LeadInvitation",
            emails=MAIL,
            timezone="Asia/Tokyo",
            partner_central_url="https://crm.example.com",
        )
    )
    assert configured.pop("POWERTOOLS_LOG_LEVEL") == "INFO"
    settings = Settings(
        catalog="Sandbox",
        table_name="table",
        topic_arn=REFERENCED["AWS::SNS::Topic"],
        emails_expected=True,
        slack_secret_arn=SECRET_ARN,
        expiring_hours=(48, 6),
        digest_above=9,
        payload_types=("LeadInvitation",),
        timezone="Asia/Tokyo",
        partner_central_url="https://crm.example.com",
    )
    assert configured == settings.to_env()
    assert Settings.from_env(configured) == settings


@pytest.mark.parametrize(
    "kind", ["AWS::DynamoDB::Table", "AWS::SNS::Topic", "AWS::SecretsManager::Secret"]
)
def test_no_configuration_replaces_what_lasts(synth: Synth, kind: str) -> None:
    """One logical id whatever is configured, and no property that forces a replacement changes."""
    found = [only(synth(**configuration), kind) for configuration in CONFIGURATIONS]
    assert len({logical_id for logical_id, _ in found}) == 1
    lasting = {
        json.dumps({k: v for k, v in r["Properties"].items() if k not in ("Tags", "DisplayName")})
        for _, r in found
    }
    assert len(lasting) == 1
    assert not {"TableName", "TopicName", "Name"} & set(found[0][1]["Properties"])


def test_outputs_name_what_an_operator_looks_for(template: Template) -> None:
    """Each is a reference to the resource itself."""
    referenced = {
        name: template["Resources"][output["Value"]["Ref"]]["Type"]
        for name, output in template["Outputs"].items()
    }
    assert referenced == {
        "TopicArn": "AWS::SNS::Topic",
        "SlackSecretArn": "AWS::SecretsManager::Secret",
        "FunctionName": "AWS::Lambda::Function",
        "TableName": "AWS::DynamoDB::Table",
        "LogGroupName": "AWS::Logs::LogGroup",
    }
    assert all(output["Description"] for output in template["Outputs"].values())


@pytest.mark.parametrize(
    "configuration",
    [{"emails": MAIL}, {"slack": False, "emails": MAIL}, {"slack_secret_arn": SECRET_ARN}],
)
def test_cfn_lint_finds_nothing(synth: Synth, configuration: dict[str, object]) -> None:
    """The template is one that CloudFormation's own schemas accept in us-east-1."""
    text = json.dumps(synth(**configuration))
    # W3005: CDK makes a function depend on its role twice over, which harms nobody.
    config = ManualArgs(regions=["us-east-1"], ignore_checks=["W3005"])
    assert api.lint(text, config=config) == []

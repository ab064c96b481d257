"""Reading templates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

STACKS = pytest.mark.xdist_group("stack")
"""Keeps what synthesizes on one worker, so that CDK is at work in one only, and each stack once."""

SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:team/slack-AbCdEf"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READER_ARN = "arn:aws:iam::444455556666:role/partner-central/invitation-reader"
EMAILS = ["a@example.com", "b@example.com"]

Template = dict[str, Any]

EVERYTHING: dict[str, object] = {
    "catalog": "Sandbox",
    "schedule_minutes": 10,
    "emails": EMAILS,
    "ops_emails": ["ops@example.com"],
    "slack_secret_arn": SECRET_ARN,
    "kms_key_arn": KEY_ARN,
    "partner_central_role_arn": READER_ARN,
    "partner_central_external_id": "notifier-2026",
    "timezone": "Europe/Berlin",
    "routes": [
        {
            "name": "dach",
            "when": {"country": ["DE", "AT", "CH"]},
            "slack_channel": "C0123456789",
            "mention": "S0123456789",
            "emails": ["dach@example.com", EMAILS[0]],
        },
        {
            "name": "leads",
            "when": {"payload_type": "LeadInvitation"},
            "escalate_to": "C0987654321",
        },
    ],
    "mention": "here",
    "escalate_hours": 8,
    "escalate_to": ["head-of-sales@example.com"],
    "digest_days": ["Mon"],
}

CONFIGURATIONS: list[dict[str, object]] = [
    {},
    {"catalog": "Sandbox"},
    {"schedule_minutes": 60, "expiring_hours": [1], "digest_above": 50},
    {"emails": EMAILS, "timezone": "Asia/Tokyo"},
    {"emails": EMAILS, "ops_emails": []},
    {"ops_emails": ["ops@example.com"], "kms_key_arn": KEY_ARN},
    {"payload_types": ["LeadInvitation"], "partner_central_url": "https://crm.example.com"},
    {"partner_central_role_arn": READER_ARN},
]
"""Configurations in which the stack makes every part itself."""

# What CloudFormation could put in a reference's place.
REFERENCED = {
    "AWS::DynamoDB::Table": "table",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:111122223333:topic",
    "AWS::SecretsManager::Secret": SECRET_ARN,
}


def resources(template: Template, kind: str) -> dict[str, Template]:
    return {k: v for k, v in template["Resources"].items() if v["Type"] == kind}


def only(template: Template, kind: str) -> tuple[str, Template]:
    ((logical_id, resource),) = resources(template, kind).items()
    return logical_id, resource


def properties(template: Template, kind: str) -> Template:
    found: Template = only(template, kind)[1]["Properties"]
    return found


def output(template: Template, name: str) -> tuple[str, Template]:
    """Return the logical id of the resource that an output refers to, and the resource."""
    value = template["Outputs"][name]["Value"]
    logical_id = value.get("Ref") or value["Fn::GetAtt"][0]
    return logical_id, template["Resources"][logical_id]


def topic_policy(template: Template, topic: str) -> list[Template]:
    """Return the statements of a topic's policy."""
    (policy,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in resources(template, "AWS::SNS::TopicPolicy").values()
        if policy["Properties"]["Topics"] == [{"Ref": topic}]
    )
    found: list[Template] = policy
    return found


def subscribed(template: Template, topic: str) -> list[Template]:
    """Return the properties of a topic's subscriptions."""
    return [
        subscription["Properties"]
        for subscription in resources(template, "AWS::SNS::Subscription").values()
        if subscription["Properties"]["TopicArn"] == {"Ref": topic}
    ]


def statements(template: Template) -> Iterator[Template]:
    """Yield every statement of every policy, with actions and resources as lists."""
    for resource in template["Resources"].values():
        document = resource["Properties"].get("PolicyDocument", {})
        for statement in document.get("Statement", []):
            yield statement | {
                key: statement[key] if isinstance(statement[key], list) else [statement[key]]
                for key in ("Action", "Resource")
            }


def role_statements(template: Template, role: str) -> list[Template]:
    """Return the statements of one role's policy."""
    (policy,) = (
        policy
        for policy in resources(template, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
    )
    return list(statements({"Resources": {"P": policy}}))


def allowed_on(template: Template, resource: object) -> set[str]:
    return {
        action
        for statement in statements(template)
        if statement["Effect"] == "Allow" and resource in statement["Resource"]
        for action in statement["Action"]
    }


def dashboard(template: Template) -> Template:
    """Return the dashboard's body, with each reference written as in `Fn::Sub`."""
    _, parts = properties(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"]
    body: Template = json.loads("".join(map(substituted, parts)))
    return body


def substituted(value: Any) -> str:
    """Return a text, or a reference as it is written in `Fn::Sub`."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    return "${" + (argument if function == "Ref" else ".".join(argument)) + "}"


def environment(template: Template, referenced: Mapping[str, str] = REFERENCED) -> dict[str, Any]:
    """Return the function's variables; `referenced` has the values of references by type."""
    variables = properties(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    return {
        name: value
        if isinstance(value, str)
        else referenced[template["Resources"][value["Ref"]]["Type"]]
        for name, value in variables.items()
    }

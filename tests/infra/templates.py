"""Reading templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:team/slack-AbCdEf"
MAIL = ["a@example.com", "b@example.com"]

Template = dict[str, Any]

# A stand-in for what CloudFormation will put in a reference's place.
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


def statements(template: Template) -> Iterator[Template]:
    """Yield every statement of every policy, actions and resources as lists."""
    for resource in template["Resources"].values():
        document = resource["Properties"].get("PolicyDocument", {})
        for statement in document.get("Statement", []):
            yield statement | {
                key: statement[key] if isinstance(statement[key], list) else [statement[key]]
                for key in ("Action", "Resource")
            }


def allowed_on(template: Template, resource: object) -> set[str]:
    return {
        action
        for statement in statements(template)
        if statement["Effect"] == "Allow" and resource in statement["Resource"]
        for action in statement["Action"]
    }


def environment(template: Template) -> dict[str, Any]:
    variables = properties(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    return {
        name: value
        if isinstance(value, str)
        else REFERENCED[template["Resources"][value["Ref"]]["Type"]]
        for name, value in variables.items()
    }

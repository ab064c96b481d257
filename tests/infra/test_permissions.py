"""What the roles may do, and who may take them."""

from __future__ import annotations

import json

import pytest

from tests.infra.conftest import Synth
from tests.infra.templates import REFERENCED, Template, only, properties, resources, statements


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_the_function_may_do_what_a_run_does(synth: Synth, catalog: str) -> None:
    """Each action that a run uses on what it uses it on, confined to one catalog; no other."""
    template = synth(catalog=catalog)
    ids = {kind: only(template, kind)[0] for kind in (*REFERENCED, "AWS::Logs::LogGroup")}
    each = f"arn:aws:partnercentral:us-east-1::catalog/{catalog}/engagement-invitation/*"
    role = properties(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    (policy,) = (
        policy
        for policy in resources(template, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
    )
    found = {
        (json.dumps(statement["Resource"]), action, json.dumps(statement.get("Condition")))
        for statement in statements({"Resources": {"P": policy}})
        for action in statement["Action"]
    }
    of_catalog = {"StringEquals": {"partnercentral:Catalog": catalog}}
    table = {"Fn::GetAtt": [ids["AWS::DynamoDB::Table"], "Arn"]}
    topic = {"Ref": ids["AWS::SNS::Topic"]}
    logs = {"Fn::GetAtt": [ids["AWS::Logs::LogGroup"], "Arn"]}
    assert found == {
        (json.dumps([resource]), action, json.dumps(condition))
        for resource, action, condition in [
            ("*", "partnercentral:ListEngagementInvitations", of_catalog),
            (each, "partnercentral:GetEngagementInvitation", of_catalog),
            (table, "dynamodb:Query", None),
            (table, "dynamodb:BatchGetItem", None),
            (table, "dynamodb:UpdateItem", None),
            (table, "dynamodb:DeleteItem", None),
            (topic, "sns:Publish", None),
            (topic, "sns:ListSubscriptionsByTopic", None),
            ({"Ref": ids["AWS::SecretsManager::Secret"]}, "secretsmanager:GetSecretValue", None),
            (logs, "logs:CreateLogStream", None),
            (logs, "logs:PutLogEvents", None),
        ]
    }


def test_nothing_is_allowed_by_wildcard(template: Template) -> None:
    """No action, and "*" as a resource only where the service knows no resource."""
    allowing = [s for s in statements(template) if s["Effect"] == "Allow"]
    assert not [action for s in allowing for action in s["Action"] if "*" in action]
    everywhere = [s["Action"] for s in allowing if "*" in s["Resource"]]
    assert everywhere == [["partnercentral:ListEngagementInvitations"]]
    assert "ManagedPolicyArns" not in json.dumps(template)


def test_roles_can_be_taken_by_their_service_alone(template: Template) -> None:
    """Lambda takes one; Scheduler takes the other, and only for this account's schedules."""
    trust = {
        statement["Principal"]["Service"]: statement.get("Condition")
        for role in resources(template, "AWS::IAM::Role").values()
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    }
    assert trust == {
        "lambda.amazonaws.com": None,
        "scheduler.amazonaws.com": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        },
    }

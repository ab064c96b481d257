"""What the roles may do, and who may assume them."""

from __future__ import annotations

import functools
import json
from datetime import timedelta
from typing import Any

import pytest

from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault
from tests.deployed import Notifier
from tests.infra.calls import Need, needs
from tests.infra.conftest import Synth
from tests.infra.templates import (
    EMAILS,
    READER_ARN,
    Template,
    only,
    output,
    properties,
    resources,
    role_statements,
    statements,
)

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)

OPS_TOPIC = f"arn:aws:sns:us-east-1:{moto_app.ACCOUNT}:alarms"

Permission = tuple[str, str, str]
"""An action, and its resource and condition in the template, as JSON."""


def ops_topic() -> str:
    """Make the alarms' topic, and return its ARN."""
    arn: str = moto_app.query_call("sns", "CreateTopic", "TopicArn", Name="alarms")
    return arn


def live(account: PartnerAccount, notifier: Notifier, *, catalog: str = "AWS") -> None:
    """Make every call that a run can make."""
    inbox = account.partner_central
    invite = functools.partial(inbox.invite, catalog=catalog)
    told = [invite(title=f"Case {n}", expires_in=9 * DAY) for n in range(8)]
    reminded = invite(title="Soon", expires_in=72 * timedelta(hours=1) + TICK)
    notifier.tick()
    inbox.accept(told[0])
    inbox.vanish(told[1])
    account.wire.inject(Fault("sns", Drop(before=False), operation="Publish"))
    notifier.tick(after=2 * TICK, fails=True)
    inbox.expire(reminded)
    invite(title="Missed", expires_in=timedelta(hours=2))
    notifier.tick(after=2 * DAY)


def function_role(template: Template) -> str:
    role: str = properties(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0]
    return role


def permitted(template: Template, role: str) -> set[Permission]:
    return {
        (action, json.dumps(resource), json.dumps(statement.get("Condition")))
        for statement in role_statements(template, role)
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def needed(account: PartnerAccount, template: Template, found: set[Need]) -> set[Permission]:
    """Return what the calls need in the template's terms, with references to its resources."""
    table, _ = only(template, "AWS::DynamoDB::Table")
    references: dict[str, Any] = {
        OPS_TOPIC: {"Ref": output(template, "OpsTopicArn")[0]},
        account.aws.table_name: {"Fn::GetAtt": [table, "Arn"]},
        account.aws.topic_arn: {"Ref": output(template, "TopicArn")[0]},
        account.aws.secret_arn: {"Ref": output(template, "SlackSecretArn")[0]},
        READER_ARN: READER_ARN,
    }
    return {
        of_catalog(action, target)
        if action.startswith("partnercentral:")
        else (action, json.dumps(references[target]), json.dumps(None))
        for action, target in found
    }


def of_catalog(action: str, catalog: str) -> Permission:
    """Return the permission for a Partner Central action; listing has no resource type.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awspartnercentral.html
    """
    each = f"arn:aws:partnercentral:us-east-1::catalog/{catalog}/engagement-invitation/*"
    resource = "*" if action.partition(":")[2].startswith("List") else each
    condition = {"StringEquals": {"partnercentral:Catalog": catalog}}
    return action, json.dumps(resource), json.dumps(condition)


def logging(template: Template) -> set[Permission]:
    """Return what Lambda does on the function's behalf: it writes the log."""
    group = {"Fn::GetAtt": [only(template, "AWS::Logs::LogGroup")[0], "Arn"]}
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return {(action, json.dumps(group), json.dumps(None)) for action in actions}


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_the_function_may_do_what_runs_do(
    account: PartnerAccount, notifier: Notifier, synth: Synth, catalog: str
) -> None:
    """Exactly the actions that runs were seen to need, on exactly their targets."""
    notifier.configure(catalog=catalog, ops_topic_arn=ops_topic())
    live(account, notifier, catalog=catalog)
    template = synth(catalog=catalog, emails=EMAILS)
    seen = needed(account, template, needs(account.wire.calls))
    assert permitted(template, function_role(template)) == seen | logging(template)


def test_another_accounts_role_replaces_access_to_partner_central(
    account: PartnerAccount, notifier: Notifier, synth: Synth
) -> None:
    """The function's own role may assume that role, and read no invitations itself."""
    account.partner_central.reader = READER_ARN
    account.aws.roles.trust(READER_ARN)
    notifier.configure(partner_central_role_arn=READER_ARN, ops_topic_arn=ops_topic())
    live(account, notifier)
    ours = {n for n in needs(account.wire.calls) if not n[0].startswith("partnercentral:")}
    assert ("sts:AssumeRole", READER_ARN) in ours
    template = synth(emails=EMAILS, partner_central_role_arn=READER_ARN)
    seen = needed(account, template, ours)
    assert permitted(template, function_role(template)) == seen | logging(template)


@pytest.mark.parametrize("emails", [EMAILS, []])
def test_the_schedules_role_invokes_and_gives_up(synth: Synth, emails: list[str]) -> None:
    """It may invoke this function, and send to this queue what it could not deliver."""
    template = synth(emails=emails)
    role = properties(template, "AWS::Scheduler::Schedule")["Target"]["RoleArn"]["Fn::GetAtt"][0]
    function, _ = only(template, "AWS::Lambda::Function")
    queue, _ = only(template, "AWS::SQS::Queue")
    on = {"lambda:InvokeFunction": function, "sqs:SendMessage": queue}
    assert permitted(template, role) == {
        (action, json.dumps({"Fn::GetAtt": [target, "Arn"]}), json.dumps(None))
        for action, target in on.items()
    }


def test_nothing_is_allowed_by_wildcard(template: Template) -> None:
    """No action has one, and a resource is "*" only if the action has no resource type."""
    allowing = [s for s in statements(template) if s["Effect"] == "Allow"]
    assert not [action for s in allowing for action in s["Action"] if "*" in action]
    everywhere = [s["Action"] for s in allowing if "*" in s["Resource"]]
    assert everywhere == [["partnercentral:ListEngagementInvitations"]]
    assert "ManagedPolicyArns" not in json.dumps(template)


def test_roles_can_only_be_assumed_by_their_service(template: Template) -> None:
    """One by Lambda; the other by Scheduler, only for this account's schedules."""
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

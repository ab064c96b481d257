"""A deployed stack in the box: what CloudFormation and Lambda answer about it."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from notifier.settings import Settings
from simulator.account import PartnerAccount
from simulator.wire import Fault, Refuse

FUNCTION = "notifier"
_XML = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


def deployed(account: PartnerAccount, **overrides: object) -> Settings:
    """Make the box answer as after `make deploy`; return the function's settings."""
    settings = Settings.from_env(account.environment(**overrides))
    configuration = {"FunctionName": FUNCTION, "Environment": {"Variables": settings.to_env()}}
    template: dict[str, object] = {
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {"ScheduleExpression": "rate(5 minutes)"},
        }
    }
    outputs = {
        "FunctionName": FUNCTION,
        "TopicArn": settings.topic_arn,
        "TableName": settings.table_name,
    }
    account.wire.inject(
        Fault("lambda", Refuse(200, json.dumps(configuration).encode()), times=None)
    )
    account.wire.inject(
        Fault(
            "cloudformation",
            Refuse(200, _stack(outputs).encode()),
            operation="DescribeStacks",
            times=None,
        )
    )
    account.wire.inject(
        Fault(
            "cloudformation",
            Refuse(200, _template(template).encode()),
            operation="GetTemplate",
            times=None,
        )
    )
    return settings


def _template(resources: dict[str, object]) -> str:
    body = escape(json.dumps({"Resources": resources}))
    return (
        f'<GetTemplateResponse xmlns="{_XML}"><GetTemplateResult><TemplateBody>{body}'
        "</TemplateBody></GetTemplateResult></GetTemplateResponse>"
    )


def _stack(outputs: dict[str, str]) -> str:
    members = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
        for key, value in outputs.items()
    )
    return (
        f'<DescribeStacksResponse xmlns="{_XML}"><DescribeStacksResult><Stacks><member>'
        "<StackName>InvitationNotifier-AWS</StackName>"
        "<CreationTime>2026-03-02T09:00:00Z</CreationTime>"
        f"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{members}</Outputs>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )

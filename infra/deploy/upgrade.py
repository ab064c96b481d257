"""What is subscribed already, made to agree with the template before CloudFormation compares them.

CloudFormation cannot subscribe an address that is subscribed with other attributes, and cannot
change a subscription that has gone. docs/decisions/0017-filters-are-constant.md says more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import REGION
from infra.subscriptions import attributes
from notifier.core.routes import is_email

from .account import error_code
from .subscribers import CONFIRMED, Audience

_POLICY = "FilterPolicy"

Resources = Mapping[str, Mapping[str, Any]]


def landed(session: boto3.Session, stack: str) -> Resources:
    """Return the deployed subscriptions, by logical id, whose filters know routes."""
    formation: Any = session.client("cloudformation", region_name=REGION)
    try:
        body = formation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    except (ClientError, BotoCoreError):  # There is none yet, or CloudFormation will say more.
        return {}
    template = json.loads(body) if isinstance(body, str) else body
    return {
        id_: resource
        for id_, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SNS::Subscription"
        and "recipients" not in resource["Properties"].get("FilterPolicy", {"recipients": []})
    }


def renew(
    session: boto3.Session, audience: Audience, stack: str, ids: Iterable[str]
) -> Iterator[str]:
    """Give what is subscribed the filters that the template has; yield what could not be changed.

    `ids` are logical ids of subscriptions with other filters: some may be pending, so that only the
    stack knows their ARNs, and some may have left the configuration, and have to fall silent.
    """
    sns: Any = session.client("sns", region_name=REGION)
    listed = [arns for endpoint, arns in (audience.listed or {}).items() if is_email(endpoint)]
    arns = [arn for some in listed for arn in some if arn.startswith(CONFIRMED)]
    try:
        ours = _of_stack(session, stack, set(ids)) if ids else []
    except (ClientError, BotoCoreError) as error:
        yield f"the resources of {stack} ({error_code(error)})"
        return
    for arn in dict.fromkeys([*arns, *ours]):
        try:
            _renew(sns, arn, audience, is_ours=arn in ours)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in ("NotFound", "NotFoundException"):
                yield f"{arn} ({error_code(error)})"


def _renew(sns: Any, arn: str, audience: Audience, *, is_ours: bool) -> None:
    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    address = found["Endpoint"]
    wanted = audience.attributes_of(address) or (attributes(address) if is_ours else {})
    if wanted and json.loads(found.get("FilterPolicy") or "{}") != json.loads(wanted[_POLICY]):
        for name in sorted(wanted, reverse=True):  # The scope before what it is the scope of.
            sns.set_subscription_attributes(
                SubscriptionArn=arn, AttributeName=name, AttributeValue=wanted[name]
            )


def _of_stack(session: boto3.Session, stack: str, ids: set[str]) -> list[str]:
    formation: Any = session.client("cloudformation", region_name=REGION)
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one["LogicalResourceId"] in ids and one["PhysicalResourceId"].startswith(CONFIRMED)
    ]

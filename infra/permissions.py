"""What the function may do: the actions that a run uses, and no other."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from .config import REGION
from .nag import acknowledge

_WHY_ALL = (
    "partnercentral:ListEngagementInvitations has no resource type; "
    "the condition on partnercentral:Catalog confines it."
)
_WHY_EACH = "Invitations come from others, so their ids cannot be known; they are only read."


def grant_invitations(role: iam.Role, *, catalog: str) -> None:
    """Allow to list and to read one catalog's invitations, never to answer them."""
    # The account field is empty, and the prefix is not the client's (partnercentral-selling).
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awspartnercentral.html
    each = f"arn:aws:partnercentral:{REGION}::catalog/{catalog}/engagement-invitation/*"
    of_catalog = {"StringEquals": {"partnercentral:Catalog": catalog}}
    _grant(role, ["partnercentral:ListEngagementInvitations"], "*", of_catalog)
    _grant(role, ["partnercentral:GetEngagementInvitation"], each, of_catalog)
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", _WHY_ALL)
    acknowledge(role, f"AwsSolutions-IAM5[Resource::{each}]", _WHY_EACH)


def grant_ledger(role: iam.Role, *, table_arn: str) -> None:
    """Allow what the ledger does; its transactions are authorised as the actions they hold."""
    actions = [f"dynamodb:{name}" for name in ("Query", "BatchGetItem", "UpdateItem", "DeleteItem")]
    _grant(role, actions, table_arn)


def grant_topic(role: iam.Role, *, topic_arn: str) -> None:
    """Allow to publish, and to see whether anybody is subscribed."""
    _grant(role, ["sns:Publish", "sns:ListSubscriptionsByTopic"], topic_arn)


def grant_secret(role: iam.Role, *, secret_arn: str) -> None:
    """Allow to read Slack's webhook or token."""
    _grant(role, ["secretsmanager:GetSecretValue"], secret_arn)


def _grant(
    role: iam.Role,
    actions: Sequence[str],
    resource: str,
    conditions: dict[str, dict[str, str]] | None = None,
) -> None:
    role.add_to_policy(
        iam.PolicyStatement(actions=list(actions), resources=[resource], conditions=conditions)
    )

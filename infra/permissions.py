"""What the function may do: the actions that a run uses, and no others."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnResource, Resource, Stack
from aws_cdk import aws_iam as iam

from .config import REGION
from .nag import acknowledge

ENCRYPTING = ("kms:Decrypt", "kms:GenerateDataKey")
"""What SNS and SQS require of a sender: to make a data key, and to reuse the present one."""

DECRYPTING = ("kms:Decrypt",)
"""What Secrets Manager requires of a reader."""

USING_A_TABLE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""The least that DynamoDB needs on its caller's behalf, besides the grants that are made during
deployment: https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"""

_WHY_ALL = (
    "partnercentral:ListEngagementInvitations has no resource type; "
    "the condition on partnercentral:Catalog restricts it."
)
_WHY_EACH = "Others send the invitations, so their ids cannot be known; they are only read."


def grant_invitations(role: iam.Role, *, catalog: str) -> None:
    """Allow listing and reading one catalog's invitations, never accepting or rejecting them."""
    # The account field is empty, and the prefix is not the client's (partnercentral-selling).
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awspartnercentral.html
    each = f"arn:aws:partnercentral:{REGION}::catalog/{catalog}/engagement-invitation/*"
    of_catalog = {"StringEquals": {"partnercentral:Catalog": catalog}}
    _grant(role, ["partnercentral:ListEngagementInvitations"], "*", of_catalog)
    _grant(role, ["partnercentral:GetEngagementInvitation"], each, of_catalog)
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", _WHY_ALL)
    acknowledge(role, f"AwsSolutions-IAM5[Resource::{each}]", _WHY_EACH)


def grant_assuming(role: iam.Role, *, role_arn: str) -> None:
    """Allow assuming the role that reads another account's invitations."""
    _grant(role, ["sts:AssumeRole"], role_arn)


def grant_ledger(role: iam.Role, *, table_arn: str) -> None:
    """Allow what the ledger does; a transaction is authorised as the actions in it."""
    actions = [f"dynamodb:{name}" for name in ("Query", "BatchGetItem", "UpdateItem", "DeleteItem")]
    _grant(role, actions, table_arn)


def grant_topic(role: iam.Role, *, topic_arn: str) -> None:
    """Allow publishing, and seeing whether anybody is subscribed."""
    _grant(role, ["sns:Publish", "sns:ListSubscriptionsByTopic"], topic_arn)


def grant_listeners(role: iam.Role, *, topic_arn: str) -> None:
    """Allow seeing whether anybody is subscribed, and no more."""
    _grant(role, ["sns:ListSubscriptionsByTopic"], topic_arn)


def grant_secret(role: iam.Role, *, secret_arn: str) -> None:
    """Allow reading Slack's webhook or token."""
    _grant(role, ["secretsmanager:GetSecretValue"], secret_arn)


def grant_key(role: iam.Role, *, key_arn: str, service: str, actions: Sequence[str]) -> None:
    """Allow using the customer's key, only through the service whose data it encrypts."""
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    through = {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}
    _grant(role, actions, key_arn, through)


def depend_on_policy(user: Resource, role: iam.Role) -> None:
    """Make a resource wait for its role's policy, so that its first call is not refused.

    CDK would add a dependency on the role too, which cfn-lint reports as redundant (W3005).
    """
    policy = role.node.find_child("DefaultPolicy").node.default_child
    used = user.node.default_child
    if not isinstance(policy, CfnResource) or not isinstance(used, CfnResource):
        raise TypeError(f"{user} and the policy of {role} should each be one resource")
    used.add_override("DependsOn", [Stack.of(user).get_logical_id(policy)])


def _grant(
    role: iam.Role,
    actions: Sequence[str],
    resource: str,
    conditions: dict[str, dict[str, str]] | None = None,
) -> None:
    role.add_to_policy(
        iam.PolicyStatement(actions=list(actions), resources=[resource], conditions=conditions)
    )

"""The operations topic, which receives the notifier's own alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import Aws, CfnResource, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from ..config import REGION
from ..topic import retain

CLOUDWATCH = "cloudwatch.amazonaws.com"

KEY_PENDING = Duration.days(7)
"""The shortest time that KMS allows; a topic stores nothing that has to be decrypted later."""


class OpsTopic(Construct):
    """An encrypted topic that CloudWatch can really publish to, and its email subscriptions.

    Alarms cannot use `alias/aws/sns`, whose policy admits only the account's own principals:
    the alarm's action would fail, and nobody would know. Hence a key: the customer's, or one of the
    topic's own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        display_name: str,
        emails: Sequence[str],
        alarms: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name=display_name,
            enforce_ssl=True,
            master_key=key or self._key(),
        )
        self.topic.add_to_resource_policy(self._let_alarms_publish(alarms))
        for email in emails:
            added = self.topic.add_subscription(subscriptions.EmailSubscription(email))
            retain(cast("CfnResource", added.node.default_child))

    def _let_alarms_publish(self, alarms: str) -> iam.PolicyStatement:
        """Allow explicitly what a policy with nothing but `enforce_ssl`'s denial does not."""
        any_alarm = f"arn:aws:cloudwatch:{REGION}:{Aws.ACCOUNT_ID}:alarm:{alarms}"
        return iam.PolicyStatement(
            sid="AlarmsPublish",
            principals=[iam.ServicePrincipal(CLOUDWATCH)],
            actions=["sns:Publish"],
            resources=[self.topic.topic_arn],
            conditions=_of_this_account() | {"ArnLike": {"aws:SourceArn": any_alarm}},
        )

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Lets CloudWatch alarms publish to the notifier's operations topic.",
            enable_key_rotation=True,
            pending_window=KEY_PENDING,
            removal_policy=RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[iam.ServicePrincipal(CLOUDWATCH)],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=_of_this_account(),
            )
        )
        return key


def _of_this_account() -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}

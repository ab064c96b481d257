"""The topic that people and programs subscribe to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import CfnDeletionPolicy, CfnResource
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from .subscriptions import SCOPE, filter_policy

AWS_MANAGED_KEY = "alias/aws/sns"
"""Costs nothing, and its policy lets everybody use it who may publish in this account."""


class Topic(Construct):
    """An encrypted topic that accepts only TLS, and its email subscriptions, by recipients' ids.

    Their properties never change, and CloudFormation never deletes them: it fails at both where SNS
    has deleted one, or nobody has confirmed it. What leaves the configuration hears nothing.
    While some of an older version have `landed`, they stand in place of `emails`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        display_name: str,
        emails: Mapping[str, str],
        landed: Mapping[str, Mapping[str, Any]],
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self, "Topic", display_name=display_name, enforce_ssl=True, master_key=key
        )
        if key is None:
            # By the alias's name: the construct's own property would make an ARN of it.
            cast("sns.CfnTopic", self.topic.node.default_child).kms_master_key_id = AWS_MANAGED_KEY
        for id_, resource in landed.items():
            kept = CfnResource(
                self, id_, type=resource["Type"], properties=dict(resource["Properties"])
            )
            kept.override_logical_id(id_)
            retain(kept)
        for id_, address in {}.items() if landed else emails.items():
            subscription = sns.CfnSubscription(
                self,
                f"Recipient-{id_}",
                topic_arn=self.topic.topic_arn,
                protocol="email",
                endpoint=address,
                filter_policy=filter_policy(address),
                filter_policy_scope=SCOPE,
            )
            retain(subscription)


def retain(subscription: CfnResource) -> None:
    """Leave a subscription to SNS, whatever becomes of it in the template."""
    subscription.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN
    subscription.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN

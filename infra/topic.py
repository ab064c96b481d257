"""The topic that people and programs subscribe to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from .subscriptions import FilterPolicy

AWS_MANAGED_KEY = "alias/aws/sns"
"""Costs nothing, and its policy lets everybody use it who may publish in this account."""


class Topic(Construct):
    """An encrypted topic that accepts only TLS, and its email subscriptions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        display_name: str,
        emails: Mapping[str, FilterPolicy],
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self, "Topic", display_name=display_name, enforce_ssl=True, master_key=key
        )
        if key is None:
            # By the alias's name: the construct's own property would make an ARN of it.
            cast("sns.CfnTopic", self.topic.node.default_child).kms_master_key_id = AWS_MANAGED_KEY
        for address, policy in emails.items():
            filters = {
                attribute: sns.SubscriptionFilter.string_filter(allowlist=list(values))
                for attribute, values in policy.items()
            }
            self.topic.add_subscription(
                subscriptions.EmailSubscription(address, filter_policy=filters)
            )

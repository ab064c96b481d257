"""The secret that holds Slack's webhook or token; the stack never sees its value."""

from __future__ import annotations

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from .nag import acknowledge

DESCRIPTION = (
    'The invitation notifier\'s webhook or bot token for Slack: {"webhook_url": "https://..."} '
    'or {"bot_token": "xoxb-...", "channel": "C..."}'
)


class SlackSecret(Construct):
    """An empty secret for somebody to fill, or one that exists already.

    It outlives the stack, unless the stack's creation fails.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, arn: str | None, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, construct_id)
        self.arn = arn or self._empty(key.key_arn if key else None).ref

    def _empty(self, key_arn: str | None) -> CfnResource:
        # `Secret` would generate a value, which is neither a webhook nor a token.
        secret = secretsmanager.CfnSecret(
            self, "Secret", description=DESCRIPTION, kms_key_id=key_arn
        )
        secret.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Only Slack issues webhooks and bot tokens, so a rotation could not renew them.",
        )
        return secret

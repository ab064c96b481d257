"""The secret that holds Slack's webhook or token; the stack never knows its value."""

from __future__ import annotations

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from .nag import acknowledge

DESCRIPTION = (
    'Slack for the invitation notifier, to be filled: {"webhook_url": "https://..."} '
    'or {"bot_token": "xoxb-...", "channel": "C..."}'
)


class SlackSecret(Construct):
    """A secret to be filled by hand, or one that exists already.

    It outlives the stack, unless that never came to be.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, arn: str | None, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, construct_id)
        self.arn = arn or self._empty(key.key_arn if key else None).ref

    def _empty(self, key_arn: str | None) -> CfnResource:
        # `Secret` would generate a value, which the function would take for a wrong one.
        secret = secretsmanager.CfnSecret(
            self, "Secret", description=DESCRIPTION, kms_key_id=key_arn
        )
        secret.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Slack alone issues webhooks and bot tokens; a rotation here could not renew them.",
        )
        return secret

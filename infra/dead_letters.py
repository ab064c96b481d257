"""The dead-letter queue: events that could not be handed to the function."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .nag import acknowledge

RETENTION = Duration.days(14)

RETRIES = 3
"""How often handing over one event is retried; the next tick would do the same work anyway."""


class DeadLetters(Construct):
    """Keeps the events that the schedule and the event bus could not deliver, for inspection."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=RETENTION,
        )
        acknowledge(
            self.queue,
            "AwsSolutions-SQS3",
            "This is itself the dead-letter queue, which the rule does not recognise as one.",
        )

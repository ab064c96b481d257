"""Instant alerts: Partner Central's events start a run before the next tick does."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from notifier.settings import EVENT_SOURCE

from .dead_letters import RETRIES

CHANGES = ("Created", "Accepted", "Rejected", "Expired")


class Events(Construct):
    """Passes on the events of invitations that this partner received in one catalog.

    Events are best effort. A run does the same for an event and for a tick, and never relies on
    events.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        catalog: str,
        period: Duration,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.rule = events.Rule(
            self,
            "Rule",
            description="Starts a run when an engagement invitation arrives, changes or expires.",
            event_pattern=_received(catalog),
            targets=[
                targets.LambdaFunction(
                    function,
                    dead_letter_queue=dead_letters,
                    retry_attempts=RETRIES,
                    max_event_age=period,
                )
            ],
        )


def _received(catalog: str) -> events.EventPattern:
    # Invitations that this partner sends cause events too, with Sender; the API says RECEIVER.
    receiver = {"participantType": events.Match.equals_ignore_case("Receiver")}
    return events.EventPattern(
        source=[EVENT_SOURCE],
        detail_type=[f"Engagement Invitation {change}" for change in CHANGES],
        detail={"catalog": [catalog], "engagementInvitation": receiver},
    )

"""The clock: one tick per period."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .nag import acknowledge

RETRIES = 3
KEPT = Duration.days(14)


class Schedule(Construct):
    """Hands the function an event per period; one that cannot be handed over is kept for a look.

    It is tried for one period at most: then the next tick does what this one would have done.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, period: Duration
    ) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = self._queue()
        role = self._role(function)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            description="Starts a run of the invitation notifier.",
            schedule=scheduler.ScheduleExpression.rate(period),
            time_window=scheduler.TimeWindow.off(),
            target=targets.LambdaInvoke(
                function,
                # As it is: the target would add a wildcard for versions that do not exist.
                role=role.without_policy_updates(),
                dead_letter_queue=self.undelivered,
                retry_attempts=RETRIES,
                max_event_age=period,
            ),
        )
        self.schedule.node.add_dependency(role)  # with its policy: the first tick needs it

    def _queue(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "Undelivered",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
        )
        acknowledge(
            queue,
            "AwsSolutions-SQS3",
            "This is the schedule's dead-letter queue, which the rule does not recognise as one.",
        )
        return queue

    def _role(self, function: lambda_.IFunction) -> iam.Role:
        """Return a role that the schedules of this account alone may take."""
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        for action, arn in (
            ("lambda:InvokeFunction", function.function_arn),
            ("sqs:SendMessage", self.undelivered.queue_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[arn]))
        return role

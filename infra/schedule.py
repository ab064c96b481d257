"""The schedule: one tick per period."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .dead_letters import RETRIES
from .permissions import ENCRYPTING, depend_on_policy, grant_key


class Schedule(Construct):
    """Invokes the function once per period; a failed invocation ends in the dead-letter queue.

    It is retried for one period at most: then the next tick does the same work.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        period: Duration,
        dead_letters: sqs.IQueue,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role(function, dead_letters, key)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            description="Starts a run of the invitation notifier.",
            schedule=scheduler.ScheduleExpression.rate(period),
            time_window=scheduler.TimeWindow.off(),
            target=_target(function, role, period, dead_letters),
        )
        depend_on_policy(self.schedule, role)  # the first tick needs it

    def _role(
        self, function: lambda_.IFunction, dead_letters: sqs.IQueue, key: kms.IKey | None
    ) -> iam.Role:
        """Return a role that only schedules of this account can assume."""
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
            ("sqs:SendMessage", dead_letters.queue_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[arn]))
        if key:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
            grant_key(role, key_arn=key.key_arn, service="sqs", actions=ENCRYPTING)
        return role


def _target(
    function: lambda_.IFunction, role: iam.Role, period: Duration, dead_letters: sqs.IQueue
) -> targets.LambdaInvoke:
    return targets.LambdaInvoke(
        function,
        # Unchanged: the target would add a wildcard for versions that do not exist.
        role=role.without_policy_updates(),
        dead_letter_queue=dead_letters,
        retry_attempts=RETRIES,
        max_event_age=period,
    )

"""The function that does a run, with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from toolchain.package import package

from .permissions import depend_on_policy

HANDLER = "notifier.handler.lambda_handler"
TIMEOUT = Duration.seconds(120)
MEMORY_MB = 256
LOG_LEVEL = "INFO"
RETENTION = logs.RetentionDays.ONE_MONTH
"""Logs answer questions about recent runs; what was sent on which channel is in the ledger."""


class Function(Construct):
    """One invocation is one run; the next tick is its retry, so Lambda's own retries are off.

    No tracing: X-Ray's actions have no resource type, so the role would have to allow them on "*",
    only to draw calls that the log names already. No reserved concurrency: the lease keeps runs
    apart.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Mapping[str, str],
        period: Duration,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
            encryption_key=key,
        )
        self.role = self._role()
        self.function = self._function(environment, key)
        depend_on_policy(self.function, self.role)
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=period)

    def _function(self, environment: Mapping[str, str], key: kms.IKey | None) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Function",
            description="Alerts sales to AWS Partner Central invitations before they expire.",
            code=lambda_.Code.from_asset(str(package()), exclude=["**/__pycache__"]),
            handler=HANDLER,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT,
            environment={**environment, "POWERTOOLS_LOG_LEVEL": LOG_LEVEL},
            environment_encryption=key,
            role=self.role,
            log_group=self.log_group,
        )

    def _role(self) -> iam.Role:
        """Return a role that may write to the function's log group, and do nothing else yet."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            )
        )
        return role

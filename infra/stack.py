"""The stack: composes the constructs, and grants the function access to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Duration, Environment, Stack, Tags
from aws_cdk import aws_kms as kms
from constructs import Construct

from notifier.settings import Settings

from . import permissions, subscriptions
from .config import REGION, Config
from .dead_letters import DeadLetters
from .events import Events
from .function import Function
from .ledger import Ledger
from .monitoring.alarms import Alarms
from .monitoring.dashboard import Dashboard
from .monitoring.metrics import Metrics
from .monitoring.ops_topic import OpsTopic
from .schedule import Schedule
from .slack_secret import SlackSecret
from .topic import Topic


class NotifierStack(Stack):
    """One catalog's notifier; the other catalog's can be deployed beside it."""

    def __init__(
        self,
        scope: Construct,
        *,
        config: Config,
        account: str | None = None,
        landed: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(
            scope,
            config.stack_name,
            description=f"Alerts sales to engagement invitations in the {config.catalog} catalog.",
            env=Environment(account=account, region=REGION),
            termination_protection=True,
        )
        self.config = config
        self.landed = landed or {}
        self.period = Duration.minutes(config.schedule_minutes)
        self.key = (
            kms.Key.from_key_arn(self, "Key", config.kms_key_arn) if config.kms_key_arn else None
        )
        self._add_notifier()
        self._add_triggers()
        self._grant_permissions()
        self._add_monitoring()
        self._add_outputs()
        Tags.of(self).add("application", "invitation-notifier")
        Tags.of(self).add("catalog", config.catalog)

    def _add_notifier(self) -> None:
        """Add the function, and what a run uses."""
        config = self.config
        self.emails = subscriptions.by_recipient(config)
        self.ledger = Ledger(self, "Ledger", key=self.key)
        self.topic = Topic(
            self,
            "Topic",
            display_name=_display_name("Partner Central invitations", config.catalog),
            emails=self.emails,
            landed=self.landed,
            key=self.key,
        )
        self.ops_topic = OpsTopic(
            self,
            "Ops",
            display_name=_display_name("Invitation notifier alarms", config.catalog),
            emails=config.ops_emails,
            alarms=f"{self.stack_name}*",
            key=self.key,
        )
        self.slack = (
            SlackSecret(self, "Slack", arn=config.slack_secret_arn, key=self.key)
            if config.slack
            else None
        )
        self.function = Function(
            self, "Notifier", environment=self._settings(), period=self.period, key=self.key
        )

    def _settings(self) -> dict[str, str]:
        return Settings(
            **self.config.chosen(),
            table_name=self.ledger.table.table_name,
            topic_arn=self.topic.topic.topic_arn,
            ops_topic_arn=self.ops_topic.topic.topic_arn,
            recipients=subscriptions.heads(self.config),
            slack_secret_arn=self.slack.arn if self.slack else None,
        ).to_env()

    def _add_triggers(self) -> None:
        self.dead_letters = DeadLetters(self, "DeadLetters", key=self.key)
        Schedule(
            self,
            "Schedule",
            function=self.function.function,
            period=self.period,
            dead_letters=self.dead_letters.queue,
            key=self.key,
        )
        Events(
            self,
            "Event",
            function=self.function.function,
            catalog=self.config.catalog,
            period=self.period,
            dead_letters=self.dead_letters.queue,
        )

    def _grant_permissions(self) -> None:
        role, reader = self.function.role, self.config.partner_central_role_arn
        if reader:
            permissions.grant_assuming(role, role_arn=reader)
        else:
            permissions.grant_invitations(role, catalog=self.config.catalog)
        permissions.grant_ledger(role, table_arn=self.ledger.table.table_arn)
        permissions.grant_topic(role, topic_arn=self.topic.topic.topic_arn)
        permissions.grant_listeners(role, topic_arn=self.ops_topic.topic.topic_arn)
        if self.slack:
            permissions.grant_secret(role, secret_arn=self.slack.arn)
        for service, (key_arn, actions) in self._keys().items():
            permissions.grant_key(role, key_arn=key_arn, service=service, actions=actions)

    def _keys(self) -> dict[str, tuple[str, Sequence[str]]]:
        """Return the key and the actions on it that the function needs through each service.

        For the environment's encryption Lambda has a grant of its own.
        """
        config, needed = self.config, dict[str, tuple[str, Sequence[str]]]()
        if config.kms_key_arn:
            needed["dynamodb"] = (config.kms_key_arn, permissions.USING_A_TABLE)
            needed["sns"] = (config.kms_key_arn, permissions.ENCRYPTING)
        of_secret = config.slack_secret_kms_key_arn or config.kms_key_arn
        if config.slack and of_secret:
            needed["secretsmanager"] = (of_secret, permissions.DECRYPTING)
        return needed

    def _add_monitoring(self) -> None:
        """Add alarms and a dashboard for operators, who need not be the ones who sell."""
        config, name = self.config, self.stack_name
        metrics = Metrics(catalog=config.catalog, period=self.period)
        alarms = Alarms(
            self,
            "Alarms",
            prefix=name,
            metrics=metrics,
            function=self.function.function,
            dead_letters=self.dead_letters.queue,
            emails=bool(self.emails),
            slack=config.slack,
            topic=self.ops_topic.topic,
        )
        self.dashboard = Dashboard(
            self,
            "Dashboard",
            name=name,
            metrics=metrics,
            slack=config.slack,
            alarms=alarms.all,
            function=self.function,
            dead_letters=self.dead_letters.queue,
        )

    def _add_outputs(self) -> None:
        part = self.function
        outputs = {
            "TopicArn": (self.topic.topic.topic_arn, "Topic to subscribe to for alerts."),
            "OpsTopicArn": (self.ops_topic.topic.topic_arn, "Topic to subscribe to for alarms."),
            "DashboardUrl": (self.dashboard.url, "Where to look first."),
            "FunctionName": (part.function.function_name, "Function to invoke for a run now."),
            "FunctionRoleArn": (part.role.role_arn, "Role to trust in another account."),
            "TableName": (self.ledger.table.table_name, "Ledger of what each channel was sent."),
            "LogGroupName": (part.log_group.log_group_name, "Log with one line per run."),
        }
        if self.slack:
            outputs["SlackSecretArn"] = (self.slack.arn, "Secret for Slack's webhook or token.")
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)


def _display_name(what: str, catalog: str) -> str:
    """Return the name from which a topic's emails come."""
    return what if catalog == "AWS" else f"{what} ({catalog})"

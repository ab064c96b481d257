"""The stack: composes the parts, and lets the function use them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, Environment, Stack, Tags
from aws_cdk import aws_kms as kms
from constructs import Construct

from notifier.settings import Settings

from . import permissions
from .config import REGION, Config
from .events import Events
from .function import Function
from .ledger import Ledger
from .monitoring.alarms import Alarms
from .monitoring.dashboard import Dashboard
from .monitoring.metrics import Metrics
from .monitoring.ops_topic import OpsTopic
from .monitoring.panels import Panels
from .schedule import Schedule
from .slack_secret import SlackSecret
from .topic import Topic
from .undelivered import Undelivered


class NotifierStack(Stack):
    """One catalog's notifier; the other catalog's can stand beside it."""

    def __init__(self, scope: Construct, *, config: Config, account: str | None = None) -> None:
        super().__init__(
            scope,
            config.stack_name,
            description=f"Tells of engagement invitations in the catalog {config.catalog}.",
            env=Environment(account=account, region=REGION),
            termination_protection=True,
        )
        self.config = config
        self.period = Duration.minutes(config.schedule_minutes)
        self.key = (
            kms.Key.from_key_arn(self, "Key", config.kms_key_arn) if config.kms_key_arn else None
        )
        self._tell_sales()
        self._start_runs()
        self._grant()
        self._watch()
        self._name_parts()
        Tags.of(self).add("application", "invitation-notifier")
        Tags.of(self).add("catalog", config.catalog)

    def _tell_sales(self) -> None:
        """Compose what a run uses, and the function that does it."""
        config = self.config
        self.ledger = Ledger(self, "Ledger", key=self.key)
        self.topic = Topic(
            self,
            "Topic",
            display_name=_sender("Partner Central invitations", config.catalog),
            emails=config.emails,
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
            emails_expected=len(self.config.emails),
            slack_secret_arn=self.slack.arn if self.slack else None,
        ).to_env()

    def _start_runs(self) -> None:
        self.undelivered = Undelivered(self, "Undelivered", key=self.key)
        Schedule(
            self,
            "Tick",
            function=self.function.function,
            period=self.period,
            undelivered=self.undelivered.queue,
            key=self.key,
        )
        Events(
            self,
            "Poke",
            function=self.function.function,
            catalog=self.config.catalog,
            period=self.period,
            undelivered=self.undelivered.queue,
        )

    def _grant(self) -> None:
        role, reader = self.function.role, self.config.partner_central_role_arn
        if reader:
            permissions.grant_assuming(role, role_arn=reader)
        else:
            permissions.grant_invitations(role, catalog=self.config.catalog)
        permissions.grant_ledger(role, table_arn=self.ledger.table.table_arn)
        permissions.grant_topic(role, topic_arn=self.topic.topic.topic_arn)
        if self.slack:
            permissions.grant_secret(role, secret_arn=self.slack.arn)
        for service, (key_arn, actions) in self._keys().items():
            permissions.grant_key(role, key_arn=key_arn, service=service, actions=actions)

    def _keys(self) -> dict[str, tuple[str, Sequence[str]]]:
        """Return what the function needs of which key, and through which service.

        Lambda itself has a grant for the environment.
        """
        config, needed = self.config, dict[str, tuple[str, Sequence[str]]]()
        if config.kms_key_arn:
            needed["dynamodb"] = (config.kms_key_arn, permissions.USING_A_TABLE)
            needed["sns"] = (config.kms_key_arn, permissions.ENCRYPTING)
        of_secret = config.slack_secret_kms_key_arn or config.kms_key_arn
        if config.slack and of_secret:
            needed["secretsmanager"] = (of_secret, permissions.DECRYPTING)
        return needed

    def _watch(self) -> None:
        """Watch the watchman, and tell those who operate it, not those who sell."""
        config, name = self.config, self.stack_name
        metrics = Metrics(catalog=config.catalog, period=self.period)
        self.ops_topic = OpsTopic(
            self,
            "Ops",
            display_name=_sender("Invitation notifier alarms", config.catalog),
            emails=config.ops_emails,
            alarms=f"{name}*",
            key=self.key,
        )
        alarms = Alarms(
            self,
            "Alarms",
            prefix=name,
            metrics=metrics,
            undelivered=self.undelivered.queue,
            emails=bool(config.emails),
            slack=config.slack,
            topic=self.ops_topic.topic,
        )
        self._show(alarms, Panels(metrics=metrics, slack=config.slack))

    def _show(self, alarms: Alarms, panels: Panels) -> None:
        self.dashboard = Dashboard(
            self,
            "Dashboard",
            name=self.stack_name,
            panels=panels,
            alarms=alarms.all,
            function=self.function,
            undelivered=self.undelivered.queue,
        )

    def _name_parts(self) -> None:
        """Name what an operator looks for, and what is still to be filled."""
        outputs = {
            "TopicArn": (self.topic.topic.topic_arn, "Subscribe to this."),
            "OpsTopicArn": (self.ops_topic.topic.topic_arn, "Alarms are heard here."),
            "DashboardUrl": (self.dashboard.url, "Look here first."),
            "FunctionName": (self.function.function.function_name, "Invoke this to run now."),
            "FunctionRoleArn": (self.function.role.role_arn, "Trust this in another account."),
            "TableName": (self.ledger.table.table_name, "What was told to whom."),
            "LogGroupName": (self.function.log_group.log_group_name, "One line for each run."),
        }
        if self.slack:
            outputs["SlackSecretArn"] = (self.slack.arn, "Put Slack's webhook or token in here.")
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)


def _sender(what: str, catalog: str) -> str:
    """Return the name that mails from a topic carry."""
    return what if catalog == "AWS" else f"{what} ({catalog})"

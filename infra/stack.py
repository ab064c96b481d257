"""The stack: composes the parts, and lets the function use them."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Environment, Stack, Tags
from constructs import Construct

from notifier.settings import Settings

from . import permissions
from .config import REGION, Config
from .events import Events
from .function import Function
from .ledger import Ledger
from .schedule import Schedule
from .slack_secret import SlackSecret
from .topic import Topic
from .undelivered import Undelivered


class NotifierStack(Stack):
    """One catalog's notifier; the other catalog's can stand beside it."""

    def __init__(self, scope: Construct, *, config: Config, account: str | None = None) -> None:
        super().__init__(
            scope,
            f"InvitationNotifier-{config.catalog}",
            description=f"Tells of engagement invitations in the catalog {config.catalog}.",
            env=Environment(account=account, region=REGION),
            termination_protection=True,
        )
        period = Duration.minutes(config.schedule_minutes)
        self.ledger = Ledger(self, "Ledger")
        self.topic = Topic(
            self, "Topic", display_name=_sender(config.catalog), emails=config.emails
        )
        self.slack = (
            SlackSecret(self, "Slack", arn=config.slack_secret_arn) if config.slack else None
        )
        self.function = Function(
            self, "Notifier", environment=self._settings(config).to_env(), period=period
        )
        self._start_runs(config.catalog, period)
        self._grant(config.catalog)
        self._tell()
        Tags.of(self).add("application", "invitation-notifier")
        Tags.of(self).add("catalog", config.catalog)

    def _settings(self, config: Config) -> Settings:
        return Settings(
            catalog=config.catalog,
            table_name=self.ledger.table.table_name,
            topic_arn=self.topic.topic.topic_arn,
            emails_expected=bool(config.emails),
            slack_secret_arn=self.slack.arn if self.slack else None,
            expiring_hours=config.expiring_hours,
            digest_above=config.digest_above,
            payload_types=config.payload_types,
            timezone=config.timezone,
            partner_central_url=config.partner_central_url,
        )

    def _start_runs(self, catalog: str, period: Duration) -> None:
        function, undelivered = self.function.function, Undelivered(self, "Undelivered").queue
        Schedule(self, "Tick", function=function, period=period, undelivered=undelivered)
        Events(
            self,
            "Poke",
            function=function,
            catalog=catalog,
            period=period,
            undelivered=undelivered,
        )

    def _grant(self, catalog: str) -> None:
        role = self.function.role
        permissions.grant_invitations(role, catalog=catalog)
        permissions.grant_ledger(role, table_arn=self.ledger.table.table_arn)
        permissions.grant_topic(role, topic_arn=self.topic.topic.topic_arn)
        if self.slack:
            permissions.grant_secret(role, secret_arn=self.slack.arn)

    def _tell(self) -> None:
        """Name what an operator looks for, and what is still to be filled."""
        outputs = {
            "TopicArn": (self.topic.topic.topic_arn, "Subscribe to this."),
            "FunctionName": (self.function.function.function_name, "Invoke this to run now."),
            "TableName": (self.ledger.table.table_name, "What was told to whom."),
            "LogGroupName": (self.function.log_group.log_group_name, "One line for each run."),
        }
        if self.slack:
            outputs["SlackSecretArn"] = (self.slack.arn, "Put Slack's webhook or token in here.")
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)


def _sender(catalog: str) -> str:
    """Return the name that mails from the topic carry."""
    suffix = "" if catalog == "AWS" else f" ({catalog})"
    return f"Partner Central invitations{suffix}"

"""The alarms: on what the function reports, and on its silence."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from notifier import metric_names as names

from . import alarm_texts as texts
from .alarm_texts import AlarmText
from .metrics import Metrics

SILENT_PERIODS = 3
FAILING_RUNS = 3
DENIED_RUNS = 2
"""The first run after a deployment may come before its permissions have taken effect."""

OVERDUE_AFTER = Duration.hours(1)
NOT_CONNECTED_AFTER = Duration.hours(1)
"""How long whoever deploys has to confirm the subscriptions and to fill the secret."""

QUEUE_PERIOD = Duration.minutes(5)

AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
MISSING = cloudwatch.TreatMissingData


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alarm rings: if `breaching` of the last `of` periods are beyond the threshold."""

    metric: cloudwatch.IMetric
    threshold: float = 1
    comparison: cloudwatch.ComparisonOperator = AT_LEAST
    breaching: int = 1
    of: int = 1
    missing: cloudwatch.TreatMissingData = MISSING.NOT_BREACHING


class Alarms(Construct):
    """One alarm for each way in which alerts can fail to arrive, and only where it can ring.

    Recovery is sent too, so that people who work around a failure learn that they can stop.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        metrics: Metrics,
        dead_letters: sqs.IQueue,
        emails: bool,
        slack: bool,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.all: list[cloudwatch.Alarm] = []
        self._prefix = prefix
        self._metrics = metrics
        self._action = actions.SnsAction(topic)
        self._watch_runs()
        self._watch_dead_letters(dead_letters)
        self._watch_sns(emails=emails)
        if slack:
            self._watch_slack()

    def _watch_runs(self) -> None:
        self._add("Heartbeat", texts.NO_RUN, self._silence())
        denied = self._seen_in(names.ACCESS_DENIED, runs=DENIED_RUNS)
        self._add("AccessDenied", texts.ACCESS_DENIED, denied)
        longest = self._metrics.longest(names.OVERDUE)
        overdue = Rule(metric=longest, threshold=OVERDUE_AFTER.to_seconds())
        self._add("Overdue", texts.OVERDUE, overdue)

    def _watch_dead_letters(self, queue: sqs.IQueue) -> None:
        visible = queue.metric_approximate_number_of_messages_visible(
            period=QUEUE_PERIOD, statistic="Maximum"
        )
        # After hours without traffic SQS stops sending metrics, even if messages are left.
        left = Rule(metric=visible, missing=MISSING.IGNORE)
        self._add("EventsNotDelivered", texts.EVENTS_NOT_DELIVERED, left)

    def _watch_sns(self, *, emails: bool) -> None:
        """Programs may be the only subscribers, but only email addresses have to confirm."""
        failing = self._seen_in(names.failed("sns"), runs=FAILING_RUNS)
        self._add("EmailFailing", texts.EMAIL_FAILING, failing)
        if emails:
            self._add("EmailNotConnected", texts.EMAIL_NOT_CONNECTED, self._unconnected("sns"))

    def _watch_slack(self) -> None:
        failing = self._seen_in(names.failed("slack"), runs=FAILING_RUNS)
        self._add("SlackFailing", texts.SLACK_FAILING, failing)
        self._add("SlackNotConnected", texts.SLACK_NOT_CONNECTED, self._unconnected("slack"))

    def _silence(self) -> Rule:
        """Return the rule for having been silent too long.

        Where periods are missing, CloudWatch looks further back and would find the last heartbeat
        for some more periods; hence the gaps are filled. Where there is nothing to fill, the state
        is "insufficient data". Every alarm starts in it, so that it does not ring for a notifier
        that is a minute old; one that falls back into it has lost its data, which is reported.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        """
        heartbeats = cloudwatch.MathExpression(
            expression="FILL(heartbeats, 0)",
            using_metrics={"heartbeats": self._metrics.count(names.HEARTBEAT)},
            period=self._metrics.period,
            label="Successful runs",
        )
        return Rule(
            metric=heartbeats,
            comparison=BELOW,
            breaching=SILENT_PERIODS,
            of=SILENT_PERIODS,
            missing=MISSING.MISSING,
        )

    def _unconnected(self, channel: str) -> Rule:
        runs = int(NOT_CONNECTED_AFTER.to_seconds() // self._metrics.period.to_seconds())
        return self._seen_in(names.not_connected(channel), runs=max(2, runs))

    def _seen_in(self, name: str, *, runs: int) -> Rule:
        """Return the rule for a number of consecutive runs that reported a metric.

        A tick falls anywhere within its minute, so one period can be empty and the next can hold
        two runs. Of any two periods at least one holds a run, hence the width.
        """
        return Rule(metric=self._metrics.count(name), breaching=runs, of=2 * runs - 1)

    def _add(self, construct_id: str, text: AlarmText, rule: Rule) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=f"{self._prefix}: {text.name}",
            alarm_description=text.description,
            metric=rule.metric,
            threshold=rule.threshold,
            comparison_operator=rule.comparison,
            datapoints_to_alarm=rule.breaching,
            evaluation_periods=rule.of,
            treat_missing_data=rule.missing,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        if rule.missing is MISSING.MISSING:
            alarm.add_insufficient_data_action(self._action)
        self.all.append(alarm)

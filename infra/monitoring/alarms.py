"""The alarms: on what the function reports, and on its silence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from notifier import metric_names as names

from . import alarm_texts as texts
from .alarm_texts import AlarmText
from .metrics import Metrics

SHORTEST = 5
"""Minutes of a period: metrics out of logs come late, and a gap is filled until they do."""

SILENT_PERIODS = 3
FAILING_RUNS = 3
LEFT_OUT_RUNS = 3
"""The listing may lag behind an answer for a moment."""

DENIED_RUNS = 2
"""The first run after a deployment may come before its permissions have taken effect."""

OVERDUE_AFTER = Duration.hours(1)
NOT_CONNECTED_AFTER = Duration.hours(1)
"""How long whoever deploys has to confirm the subscriptions and to fill the secret."""

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
        function: lambda_.IFunction,
        dead_letters: sqs.IQueue,
        emails: bool,
        slack: bool,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.all: list[cloudwatch.Alarm] = []
        self._prefix = prefix
        self._tick = int(metrics.period.to_minutes())
        self._metrics = replace(metrics, period=Duration.minutes(max(self._tick, SHORTEST)))
        self._action = actions.SnsAction(topic)
        self._watch_runs(function)
        self._watch_dead_letters(dead_letters)
        self._watch_channels(emails=emails, slack=slack)

    def _watch_runs(self, function: lambda_.IFunction) -> None:
        self._add("Heartbeat", texts.NO_RUN, self._silence())
        self._add("RunsFailing", texts.RUNS_FAILING, self._blindness(function))
        denied = self._seen_in(names.ACCESS_DENIED, DENIED_RUNS)
        self._add("AccessDenied", texts.ACCESS_DENIED, denied)
        left_out = self._seen_in(names.LEFT_OUT, LEFT_OUT_RUNS)
        self._add("LeftOut", texts.LEFT_OUT, left_out)
        self._add("Doubted", texts.DOUBTED, self._seen_in(names.DOUBTED, runs=1))
        longest = self._metrics.seconds(names.OVERDUE, "Maximum")
        overdue = Rule(metric=longest, threshold=OVERDUE_AFTER.to_seconds())
        self._add("Overdue", texts.OVERDUE, overdue)

    def _watch_dead_letters(self, queue: sqs.IQueue) -> None:
        visible = queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(SHORTEST), statistic="Maximum"
        )
        # After hours without traffic SQS stops sending metrics, even if messages are left.
        left = Rule(metric=visible, missing=MISSING.IGNORE)
        self._add("EventsNotDelivered", texts.EVENTS_NOT_DELIVERED, left)

    def _watch_channels(self, *, emails: bool, slack: bool) -> None:
        """Programs may be the only subscribers, but only email addresses have to confirm."""
        self._add("EmailFailing", texts.EMAIL_FAILING, self._failing("sns"))
        if emails:
            self._add("EmailNotConnected", texts.EMAIL_NOT_CONNECTED, self._unconnected("sns"))
        if slack:
            self._add("SlackFailing", texts.SLACK_FAILING, self._failing("slack"))
            self._add("SlackNotConnected", texts.SLACK_NOT_CONNECTED, self._unconnected("slack"))

    def _silence(self) -> Rule:
        """Return the rule for having been silent too long.

        Where periods are missing, CloudWatch looks further back and would find the last heartbeat
        for some more periods; hence the gaps are filled. Where there is nothing to fill, the state
        is "insufficient data", in which every alarm starts without a word.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        """
        heartbeats = self._metrics.count(names.HEARTBEAT)
        return self._in_a_row("FILL(heartbeats, 0)", BELOW, heartbeats=heartbeats)

    def _blindness(self, function: lambda_.IFunction) -> Rule:
        """Return the rule for runs that fail and see nothing, from the very first one on.

        Lambda sends an error or its absence with every run, at the run's start. A heartbeat comes
        at the end, maybe in the next period, and may never have come at all: FILL would leave it
        empty, and IF has no point where its condition has none. SUM of an array has one wherever
        any of its series has.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
        """
        return self._in_a_row(
            "IF(SUM([errors * 0, heartbeats]) > 0, 0, errors)",
            AT_LEAST,
            errors=function.metric_errors(),
            heartbeats=self._metrics.count(names.HEARTBEAT),
        )

    def _in_a_row(
        self, expression: str, beyond: cloudwatch.ComparisonOperator, **used: cloudwatch.IMetric
    ) -> Rule:
        """Return the rule for some periods in a row; the end of the data is reported, too."""
        period, row = self._metrics.period, SILENT_PERIODS
        metric = cloudwatch.MathExpression(expression=expression, using_metrics=used, period=period)
        return Rule(
            metric=metric, comparison=beyond, breaching=row, of=row, missing=MISSING.MISSING
        )

    def _failing(self, channel: str) -> Rule:
        return self._seen_in(names.failed(channel), FAILING_RUNS)

    def _unconnected(self, channel: str) -> Rule:
        periods = int(NOT_CONNECTED_AFTER.to_seconds() // self._metrics.period.to_seconds())
        return self._in_periods(names.not_connected(channel), max(2, periods))

    def _seen_in(self, name: str, runs: int) -> Rule:
        """Return the rule for a number of consecutive runs that reported a metric.

        Where a period holds several, it lasts until they have started and the last one's metric
        has arrived.
        """
        if self._tick >= SHORTEST:
            return self._in_periods(name, runs)
        span = Duration.minutes((runs - 1) * self._tick + SHORTEST)
        return Rule(metric=replace(self._metrics, period=span).runs(name), threshold=runs)

    def _in_periods(self, name: str, periods: int) -> Rule:
        """Return the rule for so many periods in which runs reported a metric.

        A tick falls anywhere within its minute, so one period can be empty and the next can hold
        two runs. Of any two periods at least one holds a run, hence the width.
        """
        return Rule(metric=self._metrics.runs(name), breaching=periods, of=2 * periods - 1)

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

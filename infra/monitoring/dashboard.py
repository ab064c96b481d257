"""The dashboard: is it alive, what is pending, when does the next one expire, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from notifier import metric_names as names

from ..config import CHANNELS, REGION
from ..function import Function
from .metrics import Metrics

CONSOLE = (
    f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#dashboards/dashboard/"
)

SHOWN = Duration.days(3)
"""On a Monday it still shows the weekend."""

HISTORY = "-P13W"
"""A quarter, whatever the dashboard's own range is: what came, and what became of it."""

WIDTH = 24
"""Columns of a CloudWatch dashboard."""

CURRENT_PERIODS = 3
"""How far back a number may come from: older ones are no answer, and show as "--"."""

RUNS_TO_LOOK_AT = (
    "fields @timestamp, level, message, trigger, errors.0, errors.1, denied.0, duration_ms",
    'filter level in ["ERROR", "WARNING"] or @message like /Task timed out|Runtime\\./',
    "sort @timestamp desc",
    "limit 20",
)
"""Runs that failed or warned, and Lambda's own lines about those that could not even log."""


class Dashboard(Construct):
    """An operator's questions from top to bottom: what is wrong, what is the state, since when."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        metrics: Metrics,
        slack: bool,
        alarms: Sequence[cloudwatch.Alarm],
        function: Function,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.url = f"{CONSOLE}{name}"
        self._metrics = metrics
        self._channels = {c: called for c, called in CHANNELS.items() if slack or c != "slack"}
        rows = [
            [_alarm_states(alarms)],
            self._current_state(),
            [self._runs(), self._pending()],
            [self._history(), self._time_to_answer()],
            [self._deliveries(), self._problems()],
            [_function_health(function, dead_letters), _log(function)],
        ]
        cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, default_interval=SHOWN, widgets=rows
        )

    def _current_state(self) -> list[cloudwatch.IWidget]:
        heartbeats = self._metrics.count(names.HEARTBEAT)
        runs = f"Successful runs in the last {CURRENT_PERIODS} periods"
        pending = self._metrics.level(names.PENDING)
        return [
            _number(runs, heartbeats, total=True),
            _number("Pending invitations", pending),
            _number("Hours until the next expiry (-- means none)", self._hours_left()),
            _number("Hours that deliveries are overdue (-- means none)", self._hours_overdue()),
        ]

    def _runs(self) -> cloudwatch.IWidget:
        successful = self._metrics.count(names.HEARTBEAT, label="Successful")
        blind = self._metrics.count(names.BLIND, label="Blind")
        return _graph("Runs that read all pending invitations, and blind ones", [successful, blind])

    def _pending(self) -> cloudwatch.IWidget:
        pending = self._metrics.level(names.PENDING, label="Pending")
        title = "Pending invitations, and hours until the next expiry"
        return _graph(title, [pending], [self._hours_left()])

    def _history(self) -> cloudwatch.IWidget:
        """Lines: in CloudWatch, bars compare metrics with each other, not weeks."""
        labels = {
            names.RECEIVED: "Received",
            names.ACCEPTED: "Accepted",
            names.DECLINED: "Declined",
            names.EXPIRED_UNANSWERED: "Expired unanswered",
        }
        weekly = self._every(Duration.days(7))
        counts = [weekly.count(name, label=label) for name, label in labels.items()]
        return _graph("Invitations per week: received, and how they ended", counts, start=HISTORY)

    def _time_to_answer(self) -> cloudwatch.IWidget:
        median = self._every(Duration.days(7)).seconds(names.ANSWER_SECONDS, "p50")
        hours = _in_hours(median, "Median hours to answer")
        return _graph("Median hours per week until an answer was seen", [hours], start=HISTORY)

    def _deliveries(self) -> cloudwatch.IWidget:
        due = {names.NEW: "New", names.EXPIRING: "Expiring", names.MISSED: "Expired unanswered"}
        told = {names.told(c): f"Delivered: {called}" for c, called in self._channels.items()}
        return _graph("Alerts per hour: due and delivered", self._hourly(due | told))

    def _problems(self) -> cloudwatch.IWidget:
        kinds = {
            "failing": names.failed,
            "waiting": names.waiting,
            "not connected": names.not_connected,
        }
        problems = {
            name(channel): f"{called} {kind}".capitalize()
            for channel, called in self._channels.items()
            for kind, name in kinds.items()
        } | {
            names.unconfirmed("sns"): "Email addresses not confirmed",
            names.ACCESS_DENIED: "Access denied",
            names.UNRESOLVED: "Status unknown",
            names.DOUBTED: "Not believed in the ledger",
            names.LEFT_OUT: "Pending, but not listed",
            names.UNREAD: "Listed without an id",
            names.DETAILS_MISSING: "Details missing",
        }
        title = "Problems per hour, and hours that deliveries are overdue"
        return _graph(title, self._hourly(problems), [self._hours_overdue()])

    def _hourly(self, labels: dict[str, str]) -> list[cloudwatch.IMetric]:
        hourly = self._every(Duration.hours(1))
        return [hourly.count(name, label=label) for name, label in labels.items()]

    def _every(self, period: Duration) -> Metrics:
        return replace(self._metrics, period=period)

    def _hours_left(self) -> cloudwatch.MathExpression:
        return _in_hours(
            self._metrics.seconds(names.NEXT_EXPIRY, "Minimum"), "Hours until the next expiry"
        )

    def _hours_overdue(self) -> cloudwatch.MathExpression:
        return _in_hours(self._metrics.seconds(names.OVERDUE, "Maximum"), "Hours overdue")


def _alarm_states(alarms: Sequence[cloudwatch.Alarm]) -> cloudwatch.IWidget:
    return cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=WIDTH, height=3)


def _function_health(part: Function, dead_letters: sqs.IQueue) -> cloudwatch.IWidget:
    return _graph(
        "Function: failed runs, events not delivered, and duration",
        [
            part.function.metric_errors(label="Failed runs"),
            part.function.metric_throttles(label="Throttled"),
            dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum", label="Events not delivered"
            ),
        ],
        [part.function.metric_duration(statistic="Maximum", label="Longest run (ms)")],
    )


def _log(part: Function) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title="Latest runs with errors or warnings",
        log_group_names=[part.log_group.log_group_name],
        query_lines=list(RUNS_TO_LOOK_AT),
        width=WIDTH // 2,
    )


def _number(
    title: str, metric: cloudwatch.Metric | cloudwatch.MathExpression, *, total: bool = False
) -> cloudwatch.IWidget:
    """Return the latest value of the current periods, or their total."""
    minutes = CURRENT_PERIODS * int(metric.period.to_minutes())
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=[metric],
        start=f"-PT{minutes}M",
        set_period_to_time_range=total,
        width=WIDTH // 4,
        height=4,
    )


def _graph(
    title: str,
    left: Sequence[cloudwatch.IMetric],
    right: Sequence[cloudwatch.IMetric] = (),
    *,
    start: str | None = None,
) -> cloudwatch.IWidget:
    axis = cloudwatch.YAxisProps(min=0, show_units=False)
    return cloudwatch.GraphWidget(
        title=title,
        left=list(left),
        right=list(right),
        left_y_axis=axis,
        right_y_axis=axis,
        start=start,
        width=WIDTH // 2,
    )


def _in_hours(seconds: cloudwatch.Metric, label: str) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression="seconds / 3600",
        using_metrics={"seconds": seconds},
        period=seconds.period,
        label=label,
    )

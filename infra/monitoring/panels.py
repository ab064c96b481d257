"""What the dashboard is made of: the answers to an operator's questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from notifier import metric_names as names

from ..function import Function
from .metrics import Metrics
from .widgets import HALF, WIDTH, graph, in_hours, number

CHANNELS = {"sns": "email", "slack": "Slack"}
"""What people call them."""

TROUBLED_RUNS = (
    "fields @timestamp, level, message, trigger, errors.0, errors.1, denied.0, duration_ms",
    'filter level in ["ERROR", "WARNING"] or @message like /Task timed out|Runtime\\./',
    "sort @timestamp desc",
    "limit 20",
)
"""The runs that somebody should look at, and what Lambda says of those that could not even log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """What the function's metrics say, of the channels that are on."""

    metrics: Metrics
    slack: bool

    @property
    def channels(self) -> list[str]:
        return [channel for channel in CHANNELS if self.slack or channel != "slack"]

    def now(self) -> list[cloudwatch.IWidget]:
        """Return the numbers that answer at a glance.

        They look at the last periods alone: what is older is no answer, and shows as "--".
        """
        metrics = self.metrics
        return [
            number(
                "Successful runs in the last 3 periods",
                metrics.count(names.HEARTBEAT),
                sum_up=True,
            ),
            number("Pending invitations", metrics.level(names.PENDING)),
            number("Hours to the next expiry (-- is none)", self._hours_left()),
            number("Hours the oldest delivery is overdue (-- is none)", self._hours_overdue()),
        ]

    def alive(self) -> cloudwatch.IWidget:
        return graph(
            "Alive: runs that saw everything, and runs that were blind",
            [
                self.metrics.count(names.HEARTBEAT, label="Saw everything"),
                self.metrics.count(names.BLIND, label="Blind"),
            ],
        )

    def ahead(self) -> cloudwatch.IWidget:
        pending = self.metrics.level(names.PENDING, label="Pending")
        return graph("Pending, and hours to the next expiry", [pending], [self._hours_left()])

    def told(self) -> cloudwatch.IWidget:
        due = {names.NEW: "New", names.EXPIRING: "Expiring", names.MISSED: "Expired unanswered"}
        told = {names.told(channel): f"Told by {CHANNELS[channel]}" for channel in self.channels}
        return graph("Each hour: what became due, and what was told", self._each_hour(due | told))

    def troubled(self) -> cloudwatch.IWidget:
        troubles = {
            name(channel): f"{CHANNELS[channel]} {what}".capitalize()
            for channel in self.channels
            for name, what in (
                (names.failed, "failing"),
                (names.waiting, "waiting"),
                (names.not_connected, "not connected"),
            )
        } | {
            names.unconfirmed("sns"): "Email addresses not confirmed",
            names.ACCESS_DENIED: "Access denied",
            names.UNRESOLVED: "Status unknown",
            names.DETAILS_MISSING: "Details missing",
        }
        return graph(
            "Each hour: what fails, and for how long deliveries are overdue",
            self._each_hour(troubles),
            [self._hours_overdue()],
        )

    def _each_hour(self, labels: dict[str, str]) -> list[cloudwatch.IMetric]:
        hourly = replace(self.metrics, period=Duration.hours(1))
        return [hourly.count(name, label=label) for name, label in labels.items()]

    def _hours_left(self) -> cloudwatch.MathExpression:
        return in_hours(self.metrics.shortest(names.NEXT_EXPIRY), "Hours to the next expiry")

    def _hours_overdue(self) -> cloudwatch.MathExpression:
        return in_hours(self.metrics.longest(names.OVERDUE), "Hours overdue")


def alarm_states(alarms: Sequence[cloudwatch.Alarm]) -> cloudwatch.IWidget:
    return cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=WIDTH, height=3)


def of_function(part: Function, undelivered: sqs.IQueue) -> cloudwatch.IWidget:
    return graph(
        "The function: failed runs, events not delivered, and how long a run takes",
        [
            part.function.metric_errors(label="Failed runs"),
            part.function.metric_throttles(label="Throttled"),
            undelivered.metric_approximate_number_of_messages_visible(
                statistic="Maximum", label="Events not delivered"
            ),
        ],
        [part.function.metric_duration(statistic="Maximum", label="Longest run (ms)")],
    )


def troubled_runs(part: Function) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title="The last runs that somebody should look at",
        log_group_names=[part.log_group.log_group_name],
        query_lines=list(TROUBLED_RUNS),
        width=HALF,
    )

"""A model of CloudWatch: metrics from what a function printed, and the states of alarms."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Self

from simulator.runtime import Invocation
from tests.infra.metric_math import TimeSeries, evaluate
from tests.infra.templates import Template, only, resources, substituted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

LOOKBACKS = (0, 2)
"""How many periods beyond its own an alarm may look back for data. CloudWatch does not publish the
number; its page on missing data shows two. What is tested must hold either way."""

NO_DATA = "INSUFFICIENT_DATA"

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's identity; with any part of it wrong it is another metric, without data."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    unit: str


FUNCTION = "the function"
ERRORS = Series("AWS/Lambda", "Errors", frozenset({("FunctionName", FUNCTION)}), "")
"""Lambda's own metric, sent for each invocation: 1 if it failed, and 0 otherwise."""


@dataclass(slots=True)
class Metrics:
    """Measured values by series, each with its time; those out of logs arrive so much later."""

    points: dict[Series, list[tuple[datetime, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    late: timedelta = timedelta(0)

    def collect(self, invocation: Invocation, started: datetime) -> None:
        """Read the metrics in a function's output, as CloudWatch does, and add Lambda's own.

        Lambda stamps them with the time of the invocation.
        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
        self.points[ERRORS].append((started, float(invocation.error is not None)))
        for line in invocation.lines:
            about = line.get("_aws", {})
            for directive in about.get("CloudWatchMetrics", ()):
                at = EPOCH + timedelta(milliseconds=about["Timestamp"])
                self._collect(line, directive, at)

    def _collect(self, line: dict[str, Any], directive: dict[str, Any], at: datetime) -> None:
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, line[name]) for name in names)
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                series = Series(directive["Namespace"], metric["Name"], dimensions, metric["Unit"])
                self.points[series] += [
                    (at, one) for one in (value if isinstance(value, list) else [value])
                ]

    def total(self, name: str) -> float:
        """Return the sum of all values of one name."""
        found = (points for series, points in self.points.items() if series.name == name)
        return sum(value for points in found for _, value in points)

    def between(self, series: Series, start: datetime, end: datetime, now: datetime) -> list[float]:
        """Return the values of a span of time that have arrived by now."""
        points = self.points.get(series, [])
        if not series.namespace.startswith("AWS/"):
            end = min(end, now - self.late)
        first, last = (bisect_left(points, at, key=itemgetter(0)) for at in (start, end))
        return [value for _, value in points[first:last]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A series, and how its values in one period become one."""

    series: Series
    statistic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm in the template: on an expression over metrics by their ids.

    With `reports_missing_data`, those who receive alarms are notified when data end, too.
    """

    name: str
    expression: str
    metrics: Mapping[str, Metric]
    period: timedelta
    comparison: str
    threshold: float
    breaching: int
    of: int
    missing: str
    reports_missing_data: bool = False

    @classmethod
    def of_template(cls, properties: Template, function: str) -> Self:
        """Read an alarm on a metric or an expression; `function` is the function's logical id."""
        expression, parts = _expression(properties)
        (period,) = {metric["Period"] for metric in parts.values()}
        return cls(
            name=properties["AlarmName"].partition(": ")[2],
            expression=expression,
            metrics={id_: _metric(metric, function) for id_, metric in parts.items()},
            period=timedelta(seconds=period),
            comparison=properties["ComparisonOperator"],
            threshold=properties["Threshold"],
            breaching=properties["DatapointsToAlarm"],
            of=properties["EvaluationPeriods"],
            missing=properties["TreatMissingData"],
            reports_missing_data=bool(properties.get("InsufficientDataActions")),
        )

    @property
    def series(self) -> Series:
        """Return the only metric's series."""
        (metric,) = self.metrics.values()
        return metric.series

    def rings(self, metrics: Metrics, start: datetime, end: datetime, lookback: int) -> bool:
        """Tell whether it notifies anybody in any minute in between.

        An alarm is evaluated every minute, on periods that end then. Like every alarm it starts
        with insufficient data, and notifies when its state changes.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
        """
        state, at = NO_DATA, _aligned(start, MINUTE) + MINUTE
        rang = False
        while at <= end and not rang:
            before, state = state, self.state(metrics, at, state, lookback)
            lost = state == NO_DATA and before != NO_DATA and self.reports_missing_data
            rang = state == "ALARM" or lost
            at += MINUTE
        return rang

    def state(self, metrics: Metrics, at: datetime, before: str, lookback: int) -> str:
        """Return the state at the end of a period, following the rules for missing data.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        """
        values = self._values(metrics, at, self.of + lookback)
        known = [self._breaches(value) for value in values if value is not None][-self.of :]
        gaps = self.of - len(known)
        if gaps and self.missing == "ignore":
            return before
        if gaps and self.missing == "missing" and all(known) and sum(known) < self.breaching:
            return self._state_of_few(values)
        breaching = sum(known) + (gaps if self.missing == "breaching" else 0)
        return "ALARM" if breaching >= self.breaching else "OK"

    def _state_of_few(self, values: TimeSeries) -> str:
        """Ring for fewer points than needed if all breach, and the oldest is old enough."""
        ages = [age for age, value in enumerate(reversed(values), 1) if value is not None]
        return "ALARM" if ages and ages[-1] >= self.breaching else NO_DATA

    def _breaches(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)

    def _values(self, metrics: Metrics, at: datetime, periods: int) -> TimeSeries:
        """Return the value of each period, oldest first."""
        starts = [at - (n + 1) * self.period for n in reversed(range(periods))]
        return evaluate(
            self.expression,
            {
                id_: [self._measured(metrics, metric, start, at) for start in starts]
                for id_, metric in self.metrics.items()
            },
        )

    def _measured(
        self, metrics: Metrics, metric: Metric, start: datetime, now: datetime
    ) -> float | None:
        values = metrics.between(metric.series, start, start + self.period, now)
        return STATISTICS[metric.statistic](values) if values else None


def alarms(template: Template) -> dict[str, Alarm]:
    """Return a template's alarms by their names without the stack's."""
    function, _ = only(template, "AWS::Lambda::Function")
    found = resources(template, "AWS::CloudWatch::Alarm").values()
    read = [Alarm.of_template(alarm["Properties"], function) for alarm in found]
    return {alarm.name: alarm for alarm in read}


def _expression(properties: Template) -> tuple[str, dict[str, Template]]:
    """Return an alarm's expression, and its metrics by their ids."""
    if "MetricName" in properties:
        return "metric", {"metric": properties | {"Stat": properties["Statistic"]}}
    (expression,) = (part for part in properties["Metrics"] if "Expression" in part)
    others = [part for part in properties["Metrics"] if part is not expression]
    assert expression["ReturnData"]
    assert not any(part["ReturnData"] for part in others)
    stats = {part["Id"]: part["MetricStat"] for part in others}
    return expression["Expression"], {id_: stat | stat["Metric"] for id_, stat in stats.items()}


def _metric(metric: Template, function: str) -> Metric:
    """Read a metric; it is of any unit unless it names one."""
    named = {f"${{{function}}}": FUNCTION}
    dimensions = ((d["Name"], substituted(d["Value"])) for d in metric["Dimensions"])
    series = Series(
        metric["Namespace"],
        metric["MetricName"],
        frozenset((name, named.get(value, value)) for name, value in dimensions),
        metric.get("Unit", ""),
    )
    return Metric(series, metric["Stat"])


def _aligned(at: datetime, period: timedelta) -> datetime:
    return EPOCH + (at - EPOCH) // period * period

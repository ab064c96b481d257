"""A model of CloudWatch: metrics from what a function printed, and the states of alarms."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from simulator.runtime import Invocation
from tests.infra.templates import Template, resources, substituted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LOOKBACKS = (0, 2)
"""How many periods beyond its own an alarm may look back for data. CloudWatch does not publish the
number; its page on missing data shows two. What is tested must hold either way."""

NO_DATA = "INSUFFICIENT_DATA"

STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}

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


@dataclass(slots=True)
class Metrics:
    """Measured values by series, each with its time."""

    points: dict[Series, list[tuple[datetime, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def collect(self, invocation: Invocation) -> None:
        """Read the metrics in a function's output, as CloudWatch does.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
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

    def between(self, series: Series, start: datetime, end: datetime) -> list[float]:
        return [value for at, value in self.points.get(series, ()) if start <= at < end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm in the template; `filled` is the value for gaps, if they are filled.

    With `reports_missing_data`, those who receive alarms are notified when data end, too.
    """

    name: str
    series: Series
    statistic: str
    period: timedelta
    comparison: str
    threshold: float
    breaching: int
    of: int
    missing: str
    filled: float | None
    reports_missing_data: bool = False

    @classmethod
    def of_template(cls, properties: Template) -> Self:
        """Read an alarm on a metric, or on a metric with its gaps filled."""
        metric, filled = _metric(properties)
        return cls(
            name=properties["AlarmName"].partition(": ")[2],
            series=_series(metric),
            statistic=metric["Stat"],
            period=timedelta(seconds=metric["Period"]),
            comparison=properties["ComparisonOperator"],
            threshold=properties["Threshold"],
            breaching=properties["DatapointsToAlarm"],
            of=properties["EvaluationPeriods"],
            missing=properties["TreatMissingData"],
            filled=filled,
            reports_missing_data=bool(properties.get("InsufficientDataActions")),
        )

    def rings(self, metrics: Metrics, start: datetime, end: datetime, lookback: int) -> bool:
        """Tell whether it notifies anybody at the end of any period that ends in between.

        Like every alarm it starts with insufficient data, and notifies when its state changes.
        """
        state, at = NO_DATA, _aligned(start, self.period) + self.period
        rang = False
        while at <= end:
            before, state = state, self.state(metrics, at, state, lookback)
            lost = state == NO_DATA and before != NO_DATA and self.reports_missing_data
            rang = rang or state == "ALARM" or lost
            at += self.period
        return rang

    def state(self, metrics: Metrics, at: datetime, before: str, lookback: int) -> str:
        """Return the state at the end of a period, following the rules for missing data.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        """
        known = self._values(metrics, at, self.of + lookback)[-self.of :]
        breaching = sum(COMPARISONS[self.comparison](value, self.threshold) for value in known)
        gaps = self.of - len(known)
        if gaps and self.missing == "ignore":
            return before
        if gaps and self.missing == "missing":
            return NO_DATA if not known else "ALARM" if breaching == len(known) else "OK"
        breaching += gaps if self.missing == "breaching" else 0
        return "ALARM" if breaching >= self.breaching else "OK"

    def _values(self, metrics: Metrics, at: datetime, periods: int) -> list[float]:
        """Return the values of the periods that have one, oldest first."""
        starts = [at - (n + 1) * self.period for n in reversed(range(periods))]
        found = [metrics.between(self.series, start, start + self.period) for start in starts]
        if self.filled is not None and any(found):
            found = [values or [self.filled] for values in found]
        return [STATISTICS[self.statistic](values) for values in found if values]


def alarms(template: Template) -> dict[str, Alarm]:
    """Return a template's alarms by their names without the stack's."""
    found = resources(template, "AWS::CloudWatch::Alarm").values()
    read = [Alarm.of_template(alarm["Properties"]) for alarm in found]
    return {alarm.name: alarm for alarm in read}


def _metric(properties: Template) -> tuple[Template, float | None]:
    if "MetricName" in properties:
        return properties | {"Stat": properties["Statistic"]}, None
    expression, stat = sorted(properties["Metrics"], key=lambda part: "MetricStat" in part)
    filling = re.fullmatch(r"FILL\((\w+), (\d+)\)", expression["Expression"])
    assert filling is not None
    assert (filling[1], expression["ReturnData"]) == (stat["Id"], True)
    return stat["MetricStat"] | stat["MetricStat"]["Metric"], float(filling[2])


def _series(metric: Template) -> Series:
    dimensions = frozenset((d["Name"], substituted(d["Value"])) for d in metric["Dimensions"])
    return Series(metric["Namespace"], metric["MetricName"], dimensions, metric.get("Unit", ""))


def _aligned(at: datetime, period: timedelta) -> datetime:
    return EPOCH + (at - EPOCH) // period * period

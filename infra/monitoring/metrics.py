"""The function's metrics, as the alarms and the dashboard refer to them."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from notifier import metric_names as names


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """One catalog's metrics, aggregated over the schedule's periods.

    Powertools adds the dimension `service` to the one that the function names.
    """

    catalog: str
    period: Duration

    def count(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return how often something happened."""
        return self._metric(name, "Sum", cloudwatch.Unit.COUNT, label)

    def level(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return how many there are, of what every run counts anew."""
        return self._metric(name, "Maximum", cloudwatch.Unit.COUNT, label)

    def longest(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return the longest duration of each period, in seconds."""
        return self._metric(name, "Maximum", cloudwatch.Unit.SECONDS, label)

    def shortest(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return the shortest duration of each period, in seconds."""
        return self._metric(name, "Minimum", cloudwatch.Unit.SECONDS, label)

    def median(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return the duration, in seconds, that half of those in each period do not exceed."""
        return self._metric(name, "p50", cloudwatch.Unit.SECONDS, label)

    def _metric(
        self, name: str, statistic: str, unit: cloudwatch.Unit, label: str | None
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=names.NAMESPACE,
            metric_name=name,
            dimensions_map={"catalog": self.catalog, "service": names.SERVICE},
            statistic=statistic,
            unit=unit,
            period=self.period,
            label=label,
        )

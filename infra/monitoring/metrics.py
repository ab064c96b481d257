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

    def runs(self, name: str) -> cloudwatch.Metric:
        """Return how many runs reported something: each does so once."""
        return self._metric(name, "SampleCount", cloudwatch.Unit.COUNT)

    def level(self, name: str, *, label: str | None = None) -> cloudwatch.Metric:
        """Return how many there are, of what every run counts anew."""
        return self._metric(name, "Maximum", cloudwatch.Unit.COUNT, label)

    def seconds(self, name: str, statistic: str) -> cloudwatch.Metric:
        """Return the longest, the shortest or another duration of each period."""
        return self._metric(name, statistic, cloudwatch.Unit.SECONDS)

    def _metric(
        self, name: str, statistic: str, unit: cloudwatch.Unit, label: str | None = None
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

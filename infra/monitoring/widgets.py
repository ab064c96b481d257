"""The shapes that the dashboard is made of."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

WIDTH = 24
"""Columns of a CloudWatch dashboard."""

HALF = WIDTH // 2
QUARTER = WIDTH // 4

LAST_PERIODS = 3


def number(
    title: str, metric: cloudwatch.Metric | cloudwatch.MathExpression, *, sum_up: bool = False
) -> cloudwatch.IWidget:
    """Return the latest value of the last periods, or all of them in one."""
    minutes = LAST_PERIODS * int(metric.period.to_minutes())
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=[metric],
        start=f"-PT{minutes}M",
        set_period_to_time_range=sum_up,
        width=QUARTER,
        height=4,
    )


def graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.IWidget:
    axis = cloudwatch.YAxisProps(min=0, show_units=False)
    return cloudwatch.GraphWidget(
        title=title,
        left=list(left),
        right=list(right),
        left_y_axis=axis,
        right_y_axis=axis,
        width=HALF,
    )


def in_hours(seconds: cloudwatch.Metric, label: str) -> cloudwatch.MathExpression:
    """Return a span of time as people read it."""
    return cloudwatch.MathExpression(
        expression="seconds / 3600",
        using_metrics={"seconds": seconds},
        period=seconds.period,
        label=label,
    )

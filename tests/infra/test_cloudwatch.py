"""The evaluation of alarms that the tests rely on agrees with the tables that AWS publishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.infra.cloudwatch import MINUTE, Alarm, Metric, Metrics, Series
from tests.infra.metric_math import TimeSeries, evaluate

PERIOD = timedelta(minutes=5)
END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERIES = Series("N", "M", frozenset(), "Count")


def alarm(missing: str, breaching: int) -> Alarm:
    return Alarm(
        name="alarm",
        expression="metric",
        metrics={"metric": Metric(SERIES, "Maximum")},
        period=PERIOD,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        breaching=breaching,
        of=3,
        missing=missing,
    )


def state(points: str, missing: str, breaching: int) -> str:
    """Evaluate five periods, of which three count, in the notation of AWS's tables."""
    values = {"0": 0.0, "X": 1.0}
    found = [
        (END - (5 - n) * PERIOD, values[point])
        for n, point in enumerate(points.split())
        if point in values
    ]
    return alarm(missing, breaching).state(Metrics({SERIES: found}), END, "RETAINED", lookback=2)


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "RETAINED", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", "RETAINED", "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", "RETAINED", "ALARM", "OK"),
        ("- - - - X", "INSUFFICIENT_DATA", "RETAINED", "ALARM", "OK"),
    ],
)
def test_three_of_three(
    points: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    """Real points are used before any missing one is filled in."""
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    found = [state(points, treatment, 3) for treatment in treatments]
    assert found == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("points", "missing", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "ALARM", "OK"),
        ("- - - X -", "ALARM", "ALARM", "OK"),
    ],
)
def test_two_of_three(points: str, missing: str, breaching: str, not_breaching: str) -> None:
    """Points that breach need not follow one another."""
    found = [state(points, treatment, 2) for treatment in ("missing", "breaching", "notBreaching")]
    assert found == [missing, breaching, not_breaching]


def test_periods_slide_with_each_minute() -> None:
    """Two values in three minutes fill one period or two, as the minute has it."""
    near = [(END + n * MINUTE, 1.0) for n in (0, 3)]
    watched = alarm("notBreaching", breaching=2)
    states = [
        watched.state(Metrics({SERIES: near}), END + n * MINUTE, "OK", lookback=0)
        for n in range(1, 14)
    ]
    assert states == ["OK"] * 5 + ["ALARM"] * 3 + ["OK"] * 2 + ["ALARM"] * 3


def test_what_comes_late_is_not_there_yet() -> None:
    """Metrics out of logs take their time; those that AWS's services send do not."""
    lambdas = Series("AWS/Lambda", "M", frozenset(), "")
    metrics = Metrics({SERIES: [(END, 1.0)], lambdas: [(END, 1.0)]}, late=3 * MINUTE)
    span = (END - PERIOD, END + PERIOD)
    seen = [len(metrics.between(SERIES, *span, END + n * MINUTE)) for n in range(6)]
    assert seen == [0, 0, 0, 0, 1, 1]
    assert metrics.between(lambdas, *span, END + MINUTE) == [1.0]


def series(text: str) -> TimeSeries:
    return [None if point == "-" else float(point) for point in text.split()]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("IF(m1, m2, m3)", "30 0 20 - -"),
        ("IF(m1, 5, m3)", "5 5 20 - -"),
        ("IF(m1, m2, 5)", "30 0 5 5 -"),
        ("m3 > 15", "0 0 1 - 1"),
        ("FILL(m2, 7)", "30 7 0 0 30"),
        ("FILL(none, 7)", "- - - - -"),
        ("SUM([m1, m2])", "31 1 0 0 30"),
        ("SUM([m1, none])", "1 1 0 0 -"),
        ("SUM([none, none])", "- - - - -"),
        ("m1 * 0", "0 0 0 0 -"),
    ],
)
def test_expressions_have_the_values_that_aws_publishes(expression: str, found: str) -> None:
    """Each point by itself: some functions do without a missing one, others drop theirs."""
    metrics = {"m1": "1 1 0 0 -", "m2": "30 - 0 0 30", "m3": "0 0 20 - 20", "none": "- - - - -"}
    assert evaluate(expression, {id_: series(text) for id_, text in metrics.items()}) == series(
        found
    )


def test_other_expressions_are_refused() -> None:
    """Nothing is evaluated by guess."""
    with pytest.raises(NotImplementedError):
        evaluate("m1 + m2", {"m1": [1.0], "m2": [None]})

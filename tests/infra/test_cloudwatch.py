"""The evaluation of alarms that the tests rely on agrees with the tables that AWS publishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.infra.cloudwatch import Alarm, Metrics, Series

PERIOD = timedelta(minutes=5)
END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SERIES = Series("N", "M", frozenset(), "Count")


def state(points: str, missing: str, breaching: int) -> str:
    """Evaluate five periods, of which three count, in the notation of AWS's tables."""
    alarm = Alarm(
        name="alarm",
        series=SERIES,
        statistic="Maximum",
        period=PERIOD,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        breaching=breaching,
        of=3,
        missing=missing,
        filled=None,
    )
    values = {"0": 0.0, "X": 1.0}
    found = [
        (END - (5 - n) * PERIOD, values[point])
        for n, point in enumerate(points.split())
        if point in values
    ]
    return alarm.state(Metrics({SERIES: found}), END, "RETAINED", lookback=2)


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "RETAINED", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", "RETAINED", "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", "RETAINED", "ALARM", "OK"),
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
    ("points", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM"),
        ("0 - X - -", "ALARM", "OK"),
        ("- - - - 0", "ALARM", "OK"),
        ("- - - X -", "ALARM", "OK"),
    ],
)
def test_two_of_three(points: str, breaching: str, not_breaching: str) -> None:
    """Points that breach need not follow one another."""
    found = [state(points, missing, 2) for missing in ("breaching", "notBreaching")]
    assert found == [breaching, not_breaching]

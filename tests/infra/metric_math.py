"""CloudWatch's metric math, as far as the alarms use it; a time series has None where data miss.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

TimeSeries = list[float | None]


def evaluate(expression: str, metrics: Mapping[str, TimeSeries]) -> TimeSeries:
    """Return the expression's time series; as far as it is supported, its syntax is Python's."""
    found: TimeSeries = _value(_parsed(expression), metrics)
    return found


def fill(series: TimeSeries, filler: float) -> TimeSeries:
    """Fill the gaps of a series that has data; one without any stays empty."""
    is_empty = all(value is None for value in series)
    return series if is_empty else [filler if value is None else value for value in series]


def total(array: list[TimeSeries]) -> TimeSeries:
    """Sum an array: there is a point wherever any of the series has one."""
    found = [
        [value for value in values if value is not None] for values in zip(*array, strict=True)
    ]
    return [sum(values) if values else None for values in found]


def choose(condition: TimeSeries, yes: TimeSeries | float, no: TimeSeries | float) -> TimeSeries:
    """Drop the points that the condition does not have, as its rules for missing points say."""

    def chosen(n: int, is_true: float | None) -> float | None:
        if is_true is None:
            return None
        value = yes if is_true else no
        found = value[n] if isinstance(value, list) else value
        return 0 if found is None and is_true else found

    return [chosen(n, is_true) for n, is_true in enumerate(condition)]


FUNCTIONS: Mapping[str, Callable[..., TimeSeries]] = {"FILL": fill, "SUM": total, "IF": choose}


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _value(node: ast.expr, metrics: Mapping[str, TimeSeries]) -> Any:
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return metrics[name]
        case ast.List(elts=parts):
            return [_value(part, metrics) for part in parts]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(_value(argument, metrics) for argument in arguments))
        case ast.BinOp(left=series, op=ast.Mult(), right=ast.Constant(value=number)):
            values = _value(series, metrics)
            return [None if value is None else value * number for value in values]
        case ast.Compare(left=series, ops=[ast.Gt()], comparators=[ast.Constant(value=number)]):
            values = _value(series, metrics)
            return [None if value is None else float(value > number) for value in values]
    raise NotImplementedError(ast.unparse(node))

"""Checks JSON against botocore's service model: what the client sends, and what we answer.

Botocore's own `ParamValidator` lets unknown members, unlisted enum values and broken patterns
pass; the service does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import ListShape, Shape, StructureShape


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one member; `code` is of the API's ValidationExceptionErrorCode."""

    field: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def problems(value: Any, shape: Shape, field: str = "") -> Iterator[Problem]:
    """Yield what does not fit `shape` in `value`, JSON with dates as ISO 8601 strings."""
    if isinstance(shape, StructureShape):
        yield from _structure(value, shape, field)
    elif isinstance(shape, ListShape):
        yield from _list(value, shape, field)
    elif shape.type_name == "integer":
        yield from _integer(value, shape, field)
    elif shape.type_name == "timestamp":
        yield from _timestamp(value, field)
    else:
        yield from _string(value, shape, field)


def _structure(value: Any, shape: StructureShape, field: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(field, "INVALID_VALUE", "is not a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield Problem(_join(field, name), "REQUIRED_FIELD_MISSING", "is required")
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield Problem(field, "INVALID_VALUE", "must have exactly one member")
    for name, member in value.items():
        if name in shape.members:
            yield from problems(member, shape.members[name], _join(field, name))
        else:
            yield Problem(_join(field, name), "INVALID_VALUE", "is not a member")


def _list(value: Any, shape: ListShape, field: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(field, "INVALID_VALUE", "is not a list")
        return
    limits = shape.metadata
    if len(value) < limits.get("min", 0):
        yield Problem(field, "NOT_ENOUGH_VALUES", f"must have at least {limits['min']} values")
    if len(value) > limits.get("max", len(value)):
        yield Problem(field, "TOO_MANY_VALUES", f"must have at most {limits['max']} values")
    for number, item in enumerate(value):
        yield from problems(item, shape.member, f"{field}[{number}]")


def _integer(value: Any, shape: Shape, field: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Problem(field, "INVALID_VALUE", "is not a whole number")
    elif not shape.metadata.get("min", value) <= value <= shape.metadata.get("max", value):
        yield Problem(field, "VALUE_OUT_OF_RANGE", f"{value} is out of range")


def _timestamp(value: Any, field: str) -> Iterator[Problem]:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        yield Problem(field, "INVALID_STRING_FORMAT", "is not an ISO 8601 date")


def _string(value: Any, shape: Shape, field: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(field, "INVALID_VALUE", "is not a string")
        return
    limits = shape.metadata
    if limits.get("enum") and value not in limits["enum"]:
        yield Problem(field, "INVALID_ENUM_VALUE", f"must be one of {', '.join(limits['enum'])}")
    if limits.get("pattern") and not re.fullmatch(limits["pattern"], value):
        yield Problem(field, "INVALID_STRING_FORMAT", f"must match {limits['pattern']}")
    if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
        yield Problem(field, "INVALID_VALUE", "is too short or too long")


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name

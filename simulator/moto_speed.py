"""Spare moto work that it does for every request and that changes no answer."""

from __future__ import annotations

import functools
from typing import Any

from moto import backends
from moto.core import responses
from moto.core.serialize import ResponseSerializer

_value = ResponseSerializer.get_value


def install() -> None:
    """Let moto list its modules and methods once, and DynamoDB's answers keep their own names."""
    found = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: iter(found)
    listing: Any = responses
    listing.method_names_from_class = functools.cache(listing.method_names_from_class)
    ResponseSerializer.get_value = _plain_value  # type: ignore[method-assign]


def _plain_value(self: Any, value: Any, key: str, shape: Any) -> Any:
    is_plain = type(value) is dict and self.operation_model.service_model.service_name == "dynamodb"
    return value.get(key) if is_plain else _value(self, value, key, shape)

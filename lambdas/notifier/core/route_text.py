"""Routes as JSON, between the stack, which checks them (`infra.routes`), and the function."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from .routes import Route


def read(value: object) -> tuple[Route, ...]:
    """Read routes as `write` makes them; raise ValueError for anything else."""
    try:
        return tuple(_route(**given) for given in json.loads(str(value)))
    except (ValueError, TypeError, AttributeError):
        raise ValueError("what the stack writes; deploy again") from None


def write(routes: Iterable[Route]) -> str:
    """Return routes as compact JSON in ASCII, without what is not set."""
    return json.dumps([_given(route) for route in routes], separators=(",", ":"))


def _route(
    *,
    when: Mapping[str, Iterable[str]],
    recipients: Iterable[str] = (),
    escalate_to: Iterable[str] = (),
    **others: Any,
) -> Route:
    conditions = {name: tuple(values) for name, values in when.items()}
    to = tuple(escalate_to)
    return Route(when=conditions, recipients=tuple(recipients), escalate_to=to, **others)


def _given(route: Route) -> dict[str, Any]:
    values = {declared.name: getattr(route, declared.name) for declared in fields(Route)}
    return {name: value for name, value in values.items() if value}

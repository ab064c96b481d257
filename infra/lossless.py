"""JSON of which nothing is lost: of a key that stands twice, Python keeps the last one alone."""

from __future__ import annotations

import json
from typing import Any

from .refusal import shown


def parsed(text: str) -> Any:
    """Return what JSON holds; raise ValueError with what is wrong, a doubled key among it."""
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {shown(key)} stands twice in one object; keep one")
        found[key] = value
    return found

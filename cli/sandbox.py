"""Make a first real invitation in the Sandbox catalog, and follow it to its alert."""

from __future__ import annotations

from .asked import Asked


def run(asked: Asked, *, yes: bool, as_json: bool) -> int:
    raise NotImplementedError

"""Which industries an opportunity may have: those of Partner Central's model, as it ships.

A lead or an account plan says its industry in words of its own, so that others are no mistake.
"""

from __future__ import annotations

from notifier.core.text import comparable

from . import service_model
from .refusal import closest

_LIKENESS = 0.6


def known() -> tuple[str, ...]:
    """Return the industries that the service's model lists."""
    return service_model.values("Industry")


def problem(text: str) -> str | None:
    """Return what is to be said of an industry that no opportunity has, and which was meant."""
    names = {comparable(name): name for name in known()}
    if comparable(text) in names:
        return None
    near = closest(comparable(text), names, _LIKENESS)
    meant = f"did you mean {names[near]}?" if near else f"allowed there: {', '.join(known())}"
    return f"can be a lead's or an account plan's words, but no opportunity has it; {meant}"

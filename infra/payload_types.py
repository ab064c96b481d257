"""Which types of invitations may be named: those of Partner Central's model, as it ships.

docs/decisions/0016 says why no others, though invitations of others are told.
"""

from __future__ import annotations

from . import service_model
from .refusal import closest

_LIKENESS = 0.4
_ALL = ("all", "any", "*")


def known() -> tuple[str, ...]:
    """Return the types that the service's model lists."""
    return service_model.values("EngagementInvitationPayloadType")


def exact(text: str) -> str:
    """Accept a type as the API spells it; raise ValueError with what is allowed, or was meant."""
    if text in known():
        return text
    raise ValueError(f"{', '.join(known())}{_advice(text)}")


def in_any_case(text: str) -> str:
    """Accept a type however its letters are written, and spell it as the API does."""
    return exact(_by_folded().get(text.casefold(), text))


def _advice(text: str) -> str:
    if text.casefold() in _ALL:
        return "; leave it out for all of them"
    names = _by_folded()
    near = closest(text.casefold(), names, _LIKENESS)
    return f"; did you mean {names[near]}?" if near else ""


def _by_folded() -> dict[str, str]:
    return {name.casefold(): name for name in known()}

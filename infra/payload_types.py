"""Which types of invitations may be named: those of Partner Central's model, as it ships.

docs/decisions/0016 says why no others, though invitations of others are told.
"""

from __future__ import annotations

import difflib
import functools

from botocore.loaders import Loader

_LIKENESS = 0.4
_ALL = ("all", "any", "*")


@functools.cache
def known() -> tuple[str, ...]:
    """Return the types that the service's model lists."""
    model = Loader().load_service_model("partnercentral-selling", "service-2")
    return tuple(model["shapes"]["EngagementInvitationPayloadType"]["enum"])


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
    near = difflib.get_close_matches(text.casefold(), names, 1, _LIKENESS)
    return f"; did you mean {names[near[0]]}?" if near else ""


def _by_folded() -> dict[str, str]:
    return {name.casefold(): name for name in known()}

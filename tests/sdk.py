"""Spare the SDK what it works out anew for each client and each call, without changing an answer.

A cold start builds its clients: each reads its service's model, takes and copies a hundred event
handlers, inspects their signatures and looks up the names that events have had before. Each call
cleans every word of its User-Agent, twice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import CO_VARKEYWORDS
from typing import Any

import botocore.session
import pytest
from botocore import compat, hooks, useragent

_hooks: Any = hooks


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Make it so, until the patch is undone."""
    models: dict[Any, Any] = {}
    create = botocore.session.create_loader

    def sharing(search_path: str | None) -> Any:
        loader: Any = create(search_path)
        loader._cache = models  # noqa: SLF001  (what it has read, by service)
        return loader

    aliaser = _hooks.EventAliaser
    alias = functools.cache(aliaser(None)._alias_event_name)  # noqa: SLF001
    patch.setattr(botocore.session, "create_loader", sharing)
    patch.setattr(aliaser, "_alias_event_name", lambda _, name: alias(name))
    patch.setattr(vars(hooks)["_PrefixTrie"], "_recursive_copy", lambda _, node: _copied(node))
    patch.setattr(hooks, "accepts_kwargs", _accepts_kwargs)
    clean = "sanitize_user_agent_string_component"
    patch.setattr(useragent, clean, functools.cache(vars(useragent)[clean]))


def _accepts_kwargs(handler: Callable[..., Any]) -> bool:
    """Return whether an event handler does; the SDK parses its whole signature to learn it."""
    code = getattr(handler, "__code__", None)
    return bool(code.co_flags & CO_VARKEYWORDS if code else compat.accepts_kwargs(handler))


def _copied(node: dict[Any, Any]) -> dict[Any, Any]:
    """Return a copy of a tree of handlers; the handlers themselves are shared."""
    return {name: _copied_part(part) for name, part in node.items()}


def _copied_part(part: Any) -> Any:
    if type(part) is dict:
        return _copied(part)
    return type(part)(*map(list, part)) if type(part) is _hooks.NodeList else part

"""How a configuration is refused: in one line that names what is wrong and what is allowed."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

_LONGEST = 120


class ConfigError(ValueError):
    """A configuration that cannot be deployed: one line with key, value and what is allowed."""


class Need(NamedTuple):
    """What must hold for a value to be of use: `what` as in `refusal`."""

    what: str
    value: object
    is_met: object
    allowed: str


def refuse_unmet(needs: Iterable[Need]) -> None:
    """Raise ConfigError for the first value that is given though its need is not met."""
    for need in needs:
        if need.value and not need.is_met:
            raise refusal(need.what, need.value, need.allowed)


def refusal(what: str, value: object, allowed: str) -> ConfigError:
    """Return the refusal of a value; None was not given at all."""
    found = "missing" if value is None else shown(value)
    return ConfigError(f"context key {what} is {found}; allowed: {allowed}")


def unknown(what: str, name: str, known: Iterable[str]) -> ConfigError:
    """Return the refusal of a name that is not known, with the nearest one that is."""
    near = nearest(name, known)
    advice = f"did you mean {near}?" if near else f"allowed: {', '.join(known)}"
    return ConfigError(f"context key {what}{shown(name)} is unknown; {advice}")


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that is most like another one, if any is like it at all."""
    return closest(name.lower().replace("-", "_"), known, likeness)


def closest(text: str, known: Iterable[str], likeness: float) -> str | None:
    """Return the known text that is most like one as it is written, if any is like it at all."""
    found = difflib.get_close_matches(text, list(known), 1, likeness)
    return found[0] if found else None


def shown(value: object) -> str:
    """Return a value as typed, in the line: not all of a long one, and no secret of Slack's."""
    typed = json.dumps(value, default=str, ensure_ascii=False)
    text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in typed)
    text = re.sub(r"(hooks\.slack\.com/\w+/|xox[a-z.]*-)[^\s\"]+", r"\1...", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

"""Which time zones may be named: those that ship in the function.

A machine may know others (`localtime`, `posixrules`, `right/...`), or the same in another case. The
requirements of synthesis pin the tzdata that ships, so what is installed here is what ships.
"""

from __future__ import annotations

import functools
import importlib.resources

from notifier import settings

from .refusal import closest

_LIKENESS = 0.7


@functools.cache
def known() -> frozenset[str]:
    """Return the names of all zones in the tzdata that ships."""
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8")
    return frozenset(listed.split())


def shipped(text: str) -> str:
    """Accept a time zone that the function will have; raise ValueError with what is allowed."""
    if text in known():
        return settings.timezone(text)
    raise ValueError(f"{settings.TIMEZONES}{_advice(text)}")


def _advice(text: str) -> str:
    """Return which zone was probably meant: by its name, or by its city alone."""
    names = {name.casefold(): name for name in sorted(known())}
    cities = {name.rpartition("/")[2]: name for name in names}
    likely = text.casefold().replace(" ", "_")
    for spelt in (likely, likely.partition("/")[2]):
        near = closest(spelt, (*names, *cities), _LIKENESS)
        if near:
            return f"; did you mean {names[cities.get(near, near)]}?"
    return ""

"""Which country a text means: its code of two or three letters, or one of its usual names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from .country_table import TABLE
from .text import comparable

_ROWS = tuple(row.split(";") for row in TABLE.strip().splitlines())

NAMES: Mapping[str, str] = {code: usual for code, usual, *_ in _ROWS}
"""Each country's usual name in English, by its code."""

CODES: Mapping[str, str] = {
    spelt: code for code, _, *spellings in _ROWS for spelt in (code.lower(), *spellings)
}
"""Each country's code, by everything that it is called, as `spelling` makes it."""

_FILLERS = frozenset({"and", "of", "the"})
_SPELT = {"st": "saint"}


def key(text: str) -> str:
    """Return a country's code of two letters, or the text as it is compared if it is none."""
    return code(text) or comparable(text)


def code(text: str) -> str | None:
    """Return the code of the country that a text means, if it is one."""
    return CODES.get(text.lower()) or CODES.get(spelling(text))


def name(text: str) -> str | None:
    """Return the usual name of the country that a text means, if it is one."""
    return NAMES.get(code(text) or "")


def spelling(text: str) -> str:
    """Return what counts of a country's name: its words, in whatever order, without accents.

    So "Korea, Republic of" is "The Republic of Korea", and "U.S.A." is "USA".
    """
    apart = unicodedata.normalize("NFD", comparable(text).replace("-", " "))
    letters = re.sub(r"[^\w\s]|_", "", apart)
    words = set(letters.split())
    if len(words) > 1:  # "AND" and "ST" alone are codes.
        words = {_SPELT.get(word, word) for word in words} - _FILLERS
    return unicodedata.normalize("NFC", " ".join(sorted(words)))

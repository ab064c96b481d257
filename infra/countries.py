"""Which countries may be named: those of the table that ships, by code or by any usual name."""

from __future__ import annotations

from notifier.core import countries

from .refusal import closest, shown

_LIKENESS = 0.75
_CODE = 3
"""Letters of a code: what is like one is not like its country."""


def exact(text: str) -> str:
    """Return a country's code of two letters; raise ValueError with what is allowed."""
    code = countries.code(text)
    if code:
        return code
    allowed = "countries, by code or name, such as DE, DEU or Germany"
    raise ValueError(f"{allowed}; {shown(text)} is none{_advice(text)}")


def _advice(text: str) -> str:
    codes = countries.CODES
    spellings = [spelt for spelt in codes if len(spelt) > _CODE]
    near = closest(countries.spelling(text), spellings, _LIKENESS)
    return f": did you mean {countries.NAMES[codes[near]]}?" if near else ""

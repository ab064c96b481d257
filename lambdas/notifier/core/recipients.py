"""Whom a message is for: its recipients' ids, by which each email subscription filters.

docs/decisions/0017-filters-are-constant.md says why.
"""

from __future__ import annotations

from hashlib import sha256

NOBODY = ("-",)
"""What a message for programs alone is for, in place of ids."""

_LENGTH = 8


def recipient(address: str) -> str:
    """Return an email address's id: the same in whatever case it is written, and not the address.

    Eight hexadecimal digits of its SHA-256, case-folded.
    """
    return sha256(address.casefold().encode()).hexdigest()[:_LENGTH]

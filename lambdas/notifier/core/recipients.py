"""Whom a message is for: its recipients' ids, by which each email subscription filters.

docs/decisions/0017-filters-are-constant.md says why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

NOBODY = ("-",)
"""What a message for programs alone is for, in place of ids."""

_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who should hear one channel's messages by email, as ids.

    `routes` are those whom a message about each route is for: none where that is nobody's wish.
    `default` are the default route's, `configured` those of all lists. Who is confirmed and in no
    list counts among the default route's: somebody subscribed them by hand.
    """

    routes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    default: frozenset[str] = frozenset()
    configured: frozenset[str] = frozenset()

    def deaf(self, confirmed: Collection[str]) -> tuple[str, ...]:
        """Return the routes that are some people's, none of whom is confirmed."""
        return tuple(r for r, ids in self.routes.items() if ids and ids.isdisjoint(confirmed))

    def has_default(self, confirmed: Collection[str]) -> bool:
        """Say whether anybody hears what is for the default route."""
        return not self.default.isdisjoint(confirmed) or not self.configured.issuperset(confirmed)


def recipient(address: str) -> str:
    """Return an email address's id: the same in whatever case it is written, and not the address.

    Eight hexadecimal digits of its SHA-256, case-folded.
    """
    return sha256(address.casefold().encode()).hexdigest()[:_LENGTH]

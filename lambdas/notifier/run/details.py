"""The details that messages need, and no others."""

from __future__ import annotations

from ..core.model import Details
from ..core.ports import InvitationSource, LookupFailed


class DetailsCache:
    """Fetches each invitation's details at most once a run, and only when a message needs them."""

    def __init__(self, source: InvitationSource) -> None:
        self._source = source
        self._found: dict[str, Details | None] = {}

    @property
    def missing(self) -> int:
        return sum(details is None for details in self._found.values())

    def get(self, invitation_id: str) -> Details | None:
        """Return an invitation's details; None if they cannot be had."""
        if invitation_id not in self._found:
            try:
                self._found[invitation_id] = self._source.details(invitation_id)
            except LookupFailed:
                self._found[invitation_id] = None
        return self._found[invitation_id]

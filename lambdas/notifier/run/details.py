"""The details that messages need, and no others."""

from __future__ import annotations

from ..core.model import Details
from ..core.ports import InvitationSource, LookupFailed


class DetailsCache:
    """Fetches each invitation's details at most once a run, and only when a message needs them.

    Unless `shown`, messages hold no details, and none are fetched for them.
    """

    def __init__(self, source: InvitationSource, *, shown: bool) -> None:
        self._source = source
        self._shown = shown
        self._found: dict[str, Details | None] = {}
        self._missing: set[str] = set()

    @property
    def missing(self) -> int:
        """Return how many invitations were to be shown with details that could not be had."""
        return len(self._missing)

    def get(self, invitation_id: str) -> Details | None:
        """Return an invitation's details; None if they cannot be had, or are not shown."""
        if not self._shown:
            return None
        details = self.look_up(invitation_id)
        if details is None:
            self._missing.add(invitation_id)
        return details

    def look_up(self, invitation_id: str) -> Details | None:
        """Return an invitation's details for another purpose than to show them."""
        if invitation_id not in self._found:
            try:
                self._found[invitation_id] = self._source.details(invitation_id)
            except LookupFailed:
                self._found[invitation_id] = None
        return self._found[invitation_id]

    def keep(self, invitation_id: str, details: Details | None) -> None:
        """Keep what was fetched for another reason, or in vain, so that nobody asks twice."""
        self._found[invitation_id] = details

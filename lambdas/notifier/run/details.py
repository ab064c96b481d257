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

    @property
    def missing(self) -> int:
        return sum(details is None for details in self._found.values())

    def get(self, invitation_id: str) -> Details | None:
        """Return an invitation's details; None if they cannot be had, or are not shown."""
        if not self._shown:
            return None
        if invitation_id not in self._found:
            try:
                self._found[invitation_id] = self._source.details(invitation_id)
            except LookupFailed:
                self._found[invitation_id] = None
        return self._found[invitation_id]

    def keep(self, details: Details) -> None:
        """Keep what was fetched for another reason, so that nobody asks twice."""
        self._found[details.invitation.id] = details

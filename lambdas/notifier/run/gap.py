"""Look for what came and expired while nobody looked: the latest first, as far back as need be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.model import Invitation, Search, State
from ..core.ports import InvitationSource, ListingError, Page, StaleTokenError

GAP = timedelta(days=1)
"""After so long without a complete run, what expired meanwhile is looked for and told."""

LONGEST_LIFE = timedelta(days=90)
"""What came that long before the gap had ended by then: Partner Central gives days or weeks."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a look found; `search` says where the next one goes on, None if nowhere.

    `error` is one line that says what went wrong, if anything did.
    """

    expired: Sequence[Invitation] = ()
    search: Search | None = None
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        return self.search is None and self.error is None


def look(
    source: InvitationSource, state: State, now: datetime, time_for_more: Callable[[], bool]
) -> Findings:
    """Return what expired in the gap before `now`, as far as time allows; nothing without a gap.

    What is found is told at once, whatever becomes of the rest: a later look goes on with it.
    """
    since = state.completed_at
    if since is None or now - since < GAP:
        return Findings()
    search = state.search
    if search is None or now - search.began_at >= GAP:  # A gap of its own: nobody went on.
        search = Search(began_at=now, token="")
    found: list[Invitation] = []
    try:
        for page in source.expired(search.token or None):
            found += page.invitations
            if page.next_token is None or _is_older(page, since - LONGEST_LIFE):
                break
            search = Search(began_at=search.began_at, token=page.next_token)
            if not time_for_more():
                return Findings(found, search)
    except StaleTokenError as error:
        return Findings(found, None, str(error))
    except ListingError as error:
        return Findings(found, search if search.token else None, str(error))
    return Findings(found)


def _is_older(page: Page, moment: datetime) -> bool:
    """Say whether a page is surely past what is looked for; what has no date says nothing."""
    dates = [i.invited_at for i in page.invitations if i.invited_at is not None]
    return bool(dates) and max(dates) < moment

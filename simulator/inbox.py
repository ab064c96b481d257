"""A partner account's invitations, and the people and partners who act on them."""

from __future__ import annotations

import copy
import random
import string
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from .companies import COMPANIES
from .invitations import (
    Entry,
    Json,
    bare_id,
    date_text,
    make_details,
    make_summary,
    merged,
    read_date,
)
from .service_model import check_answer

CATALOGS = ("AWS", "Sandbox")

_SEED = 2026
_FIVE_DAYS = timedelta(days=5)


class Inbox:
    """Invitations in every catalog. Thread-safe; ids and contents are the same in every run.

    `expiry_lag` is how long after its expiration date an invitation still reads as PENDING.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.empty()

    def empty(self) -> None:
        with self._lock:
            self.expiry_lag = timedelta()
            self._entries: list[Entry] = []
            self._added = 0
            self._invited = 0
            self._random = random.Random(_SEED)

    def invite(
        self,
        *,
        kind: str = "OpportunityInvitation",
        title: str | None = None,
        expires_in: timedelta | None = _FIVE_DAYS,
        invited_at: datetime | None = None,
        catalog: str = "AWS",
        sender: str = "AWS",
        details: Json | None = None,
        **overrides: Any,
    ) -> str:
        """Send the account an invitation and return its id, `engi-…`.

        `expires_in` counts from `invited_at` (default: now); None leaves the date out. Members
        in `overrides` (of the summary) and `details` (of the full answer, laid over it structure
        by structure) replace the believable ones; None leaves a member out. What the service
        model does not allow is a ValueError: see `add_raw`.
        """
        with self._lock:
            company = COMPANIES[self._invited % len(COMPANIES)]
            moment = invited_at or datetime.now(UTC)
            summary = make_summary(
                invitation_id=self._new_id(),
                kind=kind,
                title=company.title if title is None else title,
                catalog=catalog,
                sender=sender,
                invited_at=moment,
                expires_in=expires_in,
            )
            full = make_details(company, kind=kind, sender=sender, invited_at=moment)
            entry = self._add(merged(summary, overrides), merged(full, details or {}))
            self._invited += 1
            return str(entry.id)

    def add_raw(self, summary: Json, details: Json | None = None) -> None:
        """Add a hand-made entry, however malformed, that is answered exactly as given.

        Without `details` GetEngagementInvitation answers the summary. Its status does not follow
        the clock.
        """
        with self._lock:
            full = summary if details is None else details
            self._entries.append(Entry(self._next_number(), summary, full, raw=True))

    def accept(self, invitation_id: str) -> None:
        self._decide(invitation_id, "ACCEPTED")

    def reject(self, invitation_id: str) -> None:
        self._decide(invitation_id, "REJECTED")

    def expire(self, invitation_id: str) -> None:
        """Let it expire now, whatever its date says."""
        self._decide(invitation_id, "EXPIRED")

    def vanish(self, invitation_id: str) -> None:
        """Remove it: neither listed nor found from now on."""
        with self._lock:
            self._entries.remove(self._entry(invitation_id))

    def move_expiry(self, invitation_id: str, to: datetime | timedelta) -> None:
        """Move the expiration date to a moment, or by a span."""
        with self._lock:
            summary = self._entry(invitation_id).summary
            if isinstance(to, timedelta):
                present = read_date(summary.get("ExpirationDate"))
                if present is None:
                    raise ValueError(f"{invitation_id} has no expiration date to move")
                to = present + to
            summary["ExpirationDate"] = date_text(to)

    def get(self, invitation_id: str) -> Json:
        """Return what GetEngagementInvitation answers now; raise KeyError if it is not there."""
        with self._lock:
            return copy.deepcopy(self._entry(invitation_id).shown_in_full(self._now()))

    def _new_id(self) -> str:
        characters = self._random.choices(string.digits + string.ascii_lowercase, k=13)
        return f"engi-{''.join(characters)}"

    def _next_number(self) -> int:
        self._added += 1
        return self._added

    def _add(self, summary: Json, details: Json) -> Entry:
        entry = Entry(self._next_number(), summary, details)
        check_answer(entry.shown_in_list(self._now()), "EngagementInvitationSummary")
        check_answer(entry.shown_in_full(self._now()), "GetEngagementInvitationResponse")
        if summary["Catalog"] not in CATALOGS:
            raise ValueError(f"catalog is {summary['Catalog']!r}; allowed: {', '.join(CATALOGS)}")
        self._entries.append(entry)
        return entry

    def _decide(self, invitation_id: str, status: str) -> None:
        with self._lock:
            entry = self._entry(invitation_id)
            if entry.status(self._now()) != "PENDING":
                raise ValueError(f"{invitation_id} is {entry.status(self._now())} already")
            entry.summary["Status"] = status

    def _entry(self, invitation_id: str) -> Entry:
        found = (entry for entry in self._entries if entry.id == bare_id(invitation_id))
        entry = next(found, None)
        if entry is None:
            raise KeyError(invitation_id)
        return entry

    def _now(self) -> datetime:
        """Return the time by which expiry is judged."""
        return datetime.now(UTC) - self.expiry_lag

"""Partner Central in memory: invitations as they truly are over time, and what a listing shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn

from notifier.core.model import ACCEPTED, EXPIRED, PENDING, Details, Invitation
from notifier.core.ports import ListingError, LookupFailed, Page, StaleTokenError
from proof.story import Truth

from .effects import Fault, Process

LATER = frozenset({"ledger.write", "inbox.search", "sns.listeners", "slack.secret"})
"""After any of these, an invitation is asked for because a message is about it."""

STALE = "stale token"
"""A refusal of a token that a listing is to go on with."""


@dataclass(slots=True)
class Inbox:
    """All invitations of a catalog; a listing shows `page` of them at once.

    `nameless` more are listed as pending, without anything by which they could be told.
    """

    catalog: str = "AWS"
    truths: dict[str, Truth] = field(default_factory=dict)
    page: int = 100
    lag: timedelta = timedelta(0)
    nameless: int = 0

    def listed(self, status: str, now: datetime) -> list[Invitation]:
        """Return what the listing of a status shows, in the order in which it came."""
        seen = self._seen(now, "listed", "contradicted")
        shown = (self._shown(truth, now) for truth in seen)
        return [invitation for invitation in shown if invitation.status == status]

    def one(self, id_: str, now: datetime) -> Details | None:
        """Return an invitation's details; None for what is gone."""
        seen = self._seen(now, "listed", "hidden", "contradicted")
        truth = next((t for t in seen if t.id == id_), None)
        if truth is None:
            return None
        shown = self._shown(truth, now)
        is_contradicted = truth.place == "contradicted"
        return Details(
            invitation=replace(shown, status=ACCEPTED) if is_contradicted else shown,
            customer=f"Customer of {id_}",
            country=truth.country,
        )

    def _shown(self, truth: Truth, now: datetime) -> Invitation:
        """Return an invitation as it is shown; its status may lag behind."""
        return Invitation(
            id=truth.id,
            catalog=self.catalog,
            title=truth.title or f"About {truth.id}",
            payload_type=truth.payload_type,
            status=truth.status(max(now - self.lag, truth.came_at)),
            invited_at=truth.came_at,
            expires_at=truth.deadline(now),
            sender_name="AWS",
        )

    def _seen(self, now: datetime, *places: str) -> Iterator[Truth]:
        yield from (t for t in self.truths.values() if t.place in places and t.came_at <= now)


class MemoryPartnerCentral:
    """Partner Central as one run sees it, as `InvitationSource`.

    `listed` and `said` are what it showed: a whole listing's deadlines, and statuses by id; `asked`
    are those whose end was asked for, `searched` what it showed as expired.
    """

    def __init__(self, inbox: Inbox, process: Process, now: datetime) -> None:
        self._inbox = inbox
        self._process = process
        self._now = now
        self.listed: dict[str, datetime | None] | None = None
        self.said: dict[str, str | None] = {}
        self.asked: set[str] = set()
        self.searched: set[str] = set()
        self.unread = 0

    def pending(self) -> Sequence[Invitation]:
        found = self._inbox.listed(PENDING, self._now)
        pages = [
            self._page("list", found[start : start + self._inbox.page], _fails, _without_the_last)
            for start in range(0, max(len(found), 1), self._inbox.page)
        ]
        shown = [invitation for page in pages for invitation in page]
        self.unread = self._inbox.nameless
        self.listed = {invitation.id: invitation.expires_at for invitation in shown}
        return shown

    def expired(self, token: str | None) -> Iterator[Page]:
        """Yield pages; a token names the last one shown, so that none after it is left out."""
        found, size = self._inbox.listed(EXPIRED, self._now)[::-1], self._inbox.page
        if token:
            order = list(self._inbox.truths)
            found = [one for one in found if order.index(one.id) < order.index(token)]
        fails = _fails_to_go_on if token else _fails
        for start in range(0, max(len(found), 1), size):
            page = self._page("search", found[start : start + size], fails)
            fails = _fails
            self.searched |= {invitation.id for invitation in page}
            yield Page(page, page[-1].id if start + size < len(found) else None)

    def details(self, invitation_id: str) -> Details:
        if LATER.isdisjoint(effect.name for effect in self._process.effects):
            self.asked.add(invitation_id)

        def act() -> Details:
            found = self._inbox.one(invitation_id, self._now)
            if found is None:
                raise LookupFailed(f"{invitation_id} is not there")
            return found

        def fails(fault: Fault) -> NoReturn:
            raise LookupFailed(str(fault))

        found = self._process.do(
            "inbox.details", act, fails=fails, wrong=_answered, about=invitation_id
        )
        self.said[invitation_id] = found.invitation.status
        return found

    def _page(
        self,
        name: str,
        page: list[Invitation],
        fails: Callable[[Fault], NoReturn],
        wrong: Callable[[list[Invitation]], list[Invitation]] = lambda page: page,
    ) -> list[Invitation]:
        return self._process.do(f"inbox.{name}", lambda: page, fails=fails, wrong=wrong)


def _without_the_last(page: list[Invitation]) -> list[Invitation]:
    """Return a page that lacks what it should show."""
    return page[:-1]


def _answered(details: Details) -> Details:
    """Return details that contradict the listing."""
    return replace(details, invitation=replace(details.invitation, status=ACCEPTED))


def _fails(fault: Fault) -> NoReturn:
    raise ListingError(str(fault))


def _fails_to_go_on(fault: Fault) -> NoReturn:
    if fault.word == STALE:
        raise StaleTokenError(str(fault))
    _fails(fault)

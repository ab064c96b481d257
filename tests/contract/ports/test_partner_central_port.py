"""Partner Central in memory and over HTTP list the same, page by page, and fail alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
import time_machine

from notifier.adapters import partner_central as adapter
from notifier.adapters.partner_central import PartnerCentral
from notifier.core.model import ACCOUNT_PLAN, LEAD, OPPORTUNITY, PENDING, Details
from notifier.core.ports import Page
from proof.story import HOUR, MINUTE, Truth
from proof.wire.failures import Failure
from proof.wire.scenarios import name_of
from proof.world.effects import Fault, How, unbroken
from proof.world.partner_central import STALE, Inbox, MemoryPartnerCentral
from simulator.account import PartnerAccount
from simulator.wire import aws_json_error
from tests.contract.ports.sides import Sides

A_PAGE = 2
STALE_TOKEN = Failure(
    what="refused",
    name="stale token",
    means=Fault(How.REFUSED, STALE),
    refusal=aws_json_error("ValidationException", "no such token"),
)


class Inboxes(Sides):
    """Invitations that come, move and end, and what runs are shown of them."""

    def __init__(
        self, account: PartnerAccount, client: Any, clock: time_machine.Traveller, seed: int
    ) -> None:
        super().__init__(account.wire, seed)
        self._clock, self._there = clock, account.partner_central
        self._real = PartnerCentral(client, catalog="AWS")
        self._inbox = Inbox(page=A_PAGE, lag=self.random.choice([0, 0, 7]) * MINUTE)
        self._there.expiry_lag = self._inbox.lag
        self._tokens: tuple[Any, Any] = (None, None)

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def _memory(self) -> MemoryPartnerCentral:
        return MemoryPartnerCentral(self._inbox, self.process, self._now)

    def wait(self) -> None:
        self._clock.shift(self.random.choice([MINUTE, 7 * MINUTE, HOUR]))

    def invite(self) -> None:
        number = len(self._inbox.truths)
        kind = self.random.choice([OPPORTUNITY, LEAD, ACCOUNT_PLAN])
        id_, country = name_of(number), self.random.choice(["DE", "FR"])
        lives = self.random.choice([None, MINUTE, HOUR, HOUR])
        is_hidden = not self.random.randrange(5)
        self._inbox.truths[id_] = Truth(
            id=id_,
            title=id_,
            came_at=self._now,
            deadlines=[(self._now, self._now + lives if lives else None)],
            payload_type=kind,
            country=country,
            place="hidden" if is_hidden else "listed",
        )
        self._there.invite(
            kind=kind,
            title=id_,
            expires_in=lives,
            details={"Payload": {kind: {"Customer": {"CountryCode": country}}}},
            Id=id_,
            ParticipantType="SENDER" if is_hidden else "RECEIVER",
        )

    def _one(self) -> Truth | None:
        """Return one that is there; while statuses lag, here of expiry alone, none changes."""
        there = [truth for truth in self._inbox.truths.values() if truth.place != "gone"]
        return self.random.choice(there) if there and not self._inbox.lag else None

    def answer(self) -> None:
        truth, accepts = self._one(), self.flag()
        if truth and truth.status(self._now) == PENDING:
            truth.answered = self._now, "ACCEPTED" if accepts else "REJECTED"
            (self._there.accept if accepts else self._there.reject)(truth.id)

    def move(self) -> None:
        if truth := self._one():
            deadline = self._now + self.random.choice([-1, 1, 5]) * HOUR
            truth.deadlines.append((self._now, deadline))
            self._there.move_expiry(truth.id, deadline)

    def vanish(self) -> None:
        if truth := self._one():
            truth.place = "gone"
            self._there.vanish(truth.id)

    def pending(self) -> None:
        self.alike(
            "list",
            lambda: [one.remembered() for one in self._memory.pending()],
            lambda: [one.remembered() for one in self._real.pending()],
            most=1,
        )

    def expired(self) -> None:
        """Read some pages, perhaps from where the last ones ended."""
        count, (mine, its) = (
            self.random.randint(1, 3),
            self.random.choice([self._tokens, (None, None)]),
        )
        pages: dict[Any, list[Page]] = {}

        def read(source: Any, token: str | None) -> list[Any]:
            pages[source] = list(islice(source.expired(token), count))
            return [
                ([one.remembered() for one in page.invitations], page.next_token is not None)
                for page in pages[source]
            ]

        memory = self._memory
        self.alike(
            "search",
            lambda: read(memory, mine),
            lambda: read(self._real, its),
            more=[STALE_TOKEN],
            most=1,
        )
        if len(pages) == 2:
            self._tokens = pages[memory][-1].next_token, pages[self._real][-1].next_token

    def details(self) -> None:
        id_ = name_of(self.random.randint(0, len(self._inbox.truths)))
        self.alike(
            "details",
            lambda: _said(self._memory.details(id_)),
            lambda: _said(self._real.details(id_)),
        )


def test_memory_counts_what_the_listing_cannot_name(
    account: PartnerAccount, clients: Mapping[str, Any]
) -> None:
    """On every page of it, and beside what can be told."""
    account.partner_central.add_raw({"Catalog": "AWS", "ParticipantType": "RECEIVER"})
    memory = MemoryPartnerCentral(Inbox(nameless=1), unbroken(), datetime.now(UTC))
    real = PartnerCentral(clients["partnercentral"], catalog="AWS")
    assert list(memory.pending()) == real.pending() == []
    assert memory.unread == real.unread == 1


def _said(details: Details) -> Any:
    return details.invitation.remembered(), details.country


ACTS: Sequence[Callable[[Inboxes], None]] = (
    *(Inboxes.wait, Inboxes.invite, Inboxes.invite, Inboxes.answer, Inboxes.move, Inboxes.vanish),
    *(Inboxes.pending, Inboxes.expired, Inboxes.expired, Inboxes.details),
)


@pytest.mark.parametrize("seed", range(8))
def test_memory_lists_what_partner_central_lists(
    account: PartnerAccount,
    clients: Mapping[str, Any],
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    """Whatever comes, changes and goes between two questions, and whichever fails."""
    monkeypatch.setattr(adapter, "PAGE_SIZE", A_PAGE)
    inboxes = Inboxes(account, clients["partnercentral"], clock, seed)
    for _ in range(60):
        inboxes.random.choice(ACTS)(inboxes)

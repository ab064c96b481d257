"""Made-up invitations, for those who have none yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from notifier.adapters.aws import lenient_timestamp
from notifier.adapters.partner_central import parse_details, parse_invitation
from notifier.core.model import Details, Invitation
from notifier.core.ports import LookupFailed, Page
from simulator.companies import COMPANIES
from simulator.invitations import make_details, make_summary

_KINDS = (
    ("OpportunityInvitation", "AWS", timedelta(days=5)),
    ("LeadInvitation", "AWS", timedelta(days=2)),
    ("OpportunityInvitation", "Kestrel Data", timedelta(hours=20)),
)


class Examples:
    """Three invitations as Partner Central would give them, as `InvitationSource`."""

    def __init__(self, catalog: str, now: datetime) -> None:
        self._answers = dict(_answers(catalog, now))
        self._catalog = catalog
        self.unread = 0

    def pending(self) -> Sequence[Invitation]:
        return [parse_invitation(answer, self._catalog) for answer in self._answers.values()]

    def expired(self, token: str | None) -> Iterator[Page]:
        del token
        yield Page((), None)

    def details(self, invitation_id: str) -> Details:
        if invitation_id not in self._answers:
            raise LookupFailed(f"{invitation_id} is no example")
        return parse_details(self._answers[invitation_id], self._catalog)


def _answers(catalog: str, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, (kind, sender, left) in enumerate(_KINDS):
        company, id_ = COMPANIES[number], f"engi-example{number}"
        invited_at = now - timedelta(minutes=2)
        summary = make_summary(
            invitation_id=id_,
            kind=kind,
            title=company.title,
            catalog=catalog,
            sender=sender,
            invited_at=invited_at,
            expires_in=left,
        )
        dates = {
            name: lenient_timestamp(summary[name]) for name in ("InvitationDate", "ExpirationDate")
        }
        yield (
            id_,
            summary
            | dates
            | make_details(company, kind=kind, sender=sender, invited_at=invited_at),
        )

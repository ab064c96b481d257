"""Decide whose an invitation is: the first route whose conditions all hold takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .model import DEFAULT_ROUTE, Details, Invitation
from .text import comparable, holds

_Values = Iterable[str | None]

_OF_SUMMARY: Mapping[str, Callable[[Invitation], _Values]] = {
    "payload_type": lambda invitation: [invitation.payload_type],
    "sender": lambda invitation: [invitation.sender_name, invitation.sender_account_id],
    "title": lambda invitation: [invitation.title],
}
_OF_DETAILS: Mapping[str, Callable[[Details], _Values]] = {
    "country": lambda details: [details.country],
    "industry": lambda details: [details.industry],
}
CONDITIONS = (*_OF_SUMMARY, *_OF_DETAILS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """To whom a reminder goes also, and how long before expiry.

    `to` is a person or a channel in Slack, or email addresses.
    """

    before: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Some of the invitations, and where they are told.

    `when` are conditions by name, all of which must hold; one of a condition's values suffices.
    `slack_channel` is the id of a channel, `mention` who is pinged at the last stage (`U…`, `S…`,
    `here`). `recipients` are the ids of its email addresses.
    """

    name: str
    when: Mapping[str, tuple[str, ...]]
    slack_channel: str | None = None
    mention: str | None = None
    recipients: tuple[str, ...] = ()
    escalate_hours: int | None = None
    escalate_to: tuple[str, ...] = ()

    @property
    def asks_details(self) -> bool:
        return not _OF_DETAILS.keys().isdisjoint(self.when)

    def takes(self, invitation: Invitation, details: Details | None) -> bool | None:
        """Say whether the conditions hold; None if only the details, which are missing, say."""
        for name, wanted in self.when.items():
            if name in _OF_SUMMARY and not _meets(name, wanted, _OF_SUMMARY[name](invitation)):
                return False
        if details is None:
            return None if self.asks_details else True
        return all(
            _meets(name, wanted, _OF_DETAILS[name](details))
            for name, wanted in self.when.items()
            if name in _OF_DETAILS
        )

    def takes_all_of(self, other: Route) -> bool:
        """Say whether nothing that the other would take gets past this one."""
        return all(
            name in other.when and all(_meets(name, wanted, [text]) for text in other.when[name])
            for name, wanted in self.when.items()
        )


def is_email(to: str) -> bool:
    """Tell an email address from an id in Slack."""
    return "@" in to


def choose(routes: Sequence[Route], invitation: Invitation, details: Details | None) -> str | None:
    """Return the name of the invitation's route; None if only its details say."""
    for route in routes:
        takes = route.takes(invitation, details)
        if takes is not False:
            return route.name if takes else None
    return DEFAULT_ROUTE


def _meets(name: str, wanted: Iterable[str], found: _Values) -> bool:
    key = _country if name == "country" else comparable
    texts, sought = ([key(text) for text in some if text] for some in (found, wanted))
    if name == "title":
        return any(holds(text, words) for text in texts for words in sought)
    return not set(sought).isdisjoint(texts)


def _country(text: str) -> str:
    from .countries import key  # noqa: PLC0415  (a table of which few routes make use)

    return key(text)

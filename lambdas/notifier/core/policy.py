"""What the deployer chose, as far as it decides what is due, when, and where it is told.

A channel's name says what it is: `sns`, `slack`, `slack.dach` for the place of route `dach`,
`escalation`, `escalation.dach`. What stands before the dot is its medium: an invitation is told
once on each, so that the ledger remembers when by medium.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .hours import WorkingHours
from .model import DEFAULT_ROUTE
from .recipients import Audience, recipient
from .routes import Escalation, Route, is_email

if TYPE_CHECKING:
    from .standing import Times

SNS = "sns"
SLACK = "slack"
ESCALATION = "escalation"
ALARMS = "alarms"
"""No channel: who hears the alarms is looked at, and nothing is told there."""


def medium(channel: str) -> str:
    return channel.partition(".")[0]


def place(medium_: str, route: str) -> str:
    """Return the channel of a route on a medium that has one for each."""
    return medium_ if route == DEFAULT_ROUTE else f"{medium_}.{route}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to tell, and whom.

    `stages` are times before expiry, longest first. `answers_to` are the media that are told of
    what people answered, beside what expired; `cards_on` is the medium that keeps cards. `details`
    says whether messages may hold what is not in the listing. `routes` are tried in order;
    `mention` is that of the default route, `escalate_hours` and `escalate_to` are its own and those
    of every route that does not say. `recipients` are the ids of the email addresses that hear the
    default route's messages, or those of all routes. `standing` says when standing digests are due.
    """

    stages: tuple[timedelta, ...]
    digest_above: int
    answers_to: frozenset[str] = frozenset()
    cards_on: str | None = None
    working_hours: WorkingHours | None = None
    details: bool = True
    routes: tuple[Route, ...] = ()
    mention: str | None = None
    escalate_hours: int | None = None
    escalate_to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    emails_hear_all: bool = False
    standing: Times | None = None

    def route(self, name: str) -> Route | None:
        """Return the route of that name; None for the default, and for one that was removed."""
        return next((route for route in self.routes if route.name == name), None)

    def present(self, name: str) -> str:
        """Return the route in which an invitation goes on: a removed one's in the default."""
        return name if self.route(name) else DEFAULT_ROUTE

    def channels(self, *, slack: bool) -> tuple[str, ...]:
        """Return every channel, in the order of their turns: the one that takes over comes last."""
        escalations = [self.escalates_on(n) for n in self._names if self.escalation_of(n)]
        places = [place(SLACK, route.name) for route in self.routes]
        in_slack = (places, [SLACK]) if slack else ([], [])
        return tuple(dict.fromkeys((SNS, *in_slack[0], *escalations, *in_slack[1])))

    def takes_over(self, channel: str) -> str | None:
        """Return which channel takes what this one cannot: the default place in Slack."""
        return SLACK if channel not in (SNS, SLACK) else None

    def is_in_slack(self, channel: str) -> bool:
        """Say whether a channel is in Slack; an escalation may be to email addresses."""
        if medium(channel) == ESCALATION:
            return not all(map(is_email, self.escalated_to(channel)))
        return medium(channel) == SLACK

    def escalated_to(self, channel: str) -> tuple[str, ...]:
        """Return whom a channel of an escalation reaches."""
        found = (self.escalation_of(n) for n in self._names if self.escalates_on(n) == channel)
        return next((escalation.to for escalation in found if escalation), ())

    def mention_of(self, name: str) -> str | None:
        """Return who is pinged at the last stage of a route's invitations."""
        route = self.route(name)
        return route.mention if route else self.mention

    def escalation_of(self, name: str) -> Escalation | None:
        """Return a route's escalation; what it does not say is as for the default route."""
        route = self.route(name)
        hours = (route and route.escalate_hours) or self.escalate_hours
        to = (route and route.escalate_to) or self.escalate_to
        return Escalation(before=timedelta(hours=hours), to=to) if hours and to else None

    def audience(self, channel: str) -> Audience:
        """Return who should hear a channel's messages by email; the alarms are not the policy's."""
        if channel == ALARMS:
            return Audience()
        names = [name for name in self._names if self.hears(channel, name)]
        escalations = [self.escalates_on(name) for name in self._names]
        return Audience(
            routes={name: frozenset(self.recipients_of(channel, name)) for name in names},
            default=frozenset(self.recipients),
            configured=frozenset(
                id_
                for name in (SNS, *escalations)
                for route in self._names
                for id_ in self.recipients_of(name, route)
            ),
        )

    @property
    def _names(self) -> tuple[str, ...]:
        return (*(route.name for route in self.routes), DEFAULT_ROUTE)

    def recipients_of(self, channel: str, route: str, *, diverted: bool = False) -> tuple[str, ...]:
        """Return the ids of the email addresses that a channel tells about a route.

        What is `diverted`, because none of them hears it, is for the default route's.
        """
        if diverted:
            return self.recipients
        if medium(channel) == ESCALATION:
            return tuple(map(recipient, filter(is_email, self.escalated_to(channel))))
        found = self.route(route)
        hear_all = self.recipients if found is None or self.emails_hear_all else ()
        return tuple(dict.fromkeys((*hear_all, *(found.recipients if found else ()))))

    def escalates_on(self, name: str) -> str:
        """Return the channel of a route's escalation."""
        route = self.route(name)
        return place(ESCALATION, name) if route and route.escalate_to else ESCALATION

    def hears(self, channel: str, route: str, *, diverted: bool = False) -> bool:
        """Say whether a channel is told of a route's invitations.

        Those that were `diverted` once go on in the default place in Slack.
        """
        route = self.present(route)
        if medium(channel) == ESCALATION:
            return channel == self.escalates_on(route)
        if medium(channel) == SLACK:
            return channel == place(SLACK, DEFAULT_ROUTE if diverted else route)
        return True

"""Whose an invitation is, and what was not decided for lack of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifier.core.model import DEFAULT_ROUTE, Details, Invitation
from notifier.core.policy import Policy
from notifier.core.ports import LookupFailed, Page
from notifier.core.routes import Route, choose
from notifier.run.details import DetailsCache
from notifier.run.routing import choose_routes

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Invitation(
    id="engi-1",
    catalog="AWS",
    title="SAP S/4HANA for Nordhafen",
    payload_type="OpportunityInvitation",
    sender_name="Anycompany",
    sender_account_id="111122223333",
)
DETAILS = Details(invitation=ONE, country="DE", country_name="Germany", industry="Retail")


def route(name: str = "one", **when: str) -> Route:
    return Route(name=name, when={key: tuple(text.split("|")) for key, text in when.items()})


@pytest.mark.parametrize(
    "when",
    [
        {"payload_type": "leadinvitation|opportunityinvitation"},
        {"sender": "anycompany"},
        {"sender": "111122223333"},
        {"title": "sap"},
        {"title": "S/4HANA"},
        {"title": "for nordhafen"},
        {"country": "de"},
        {"country": "GERMANY"},
        {"industry": "retail", "country": "AT|DE", "title": "SAP"},
    ],
)
def test_every_condition_must_hold(when: dict[str, str]) -> None:
    """One of its values suffices, and letter case does not matter."""
    assert choose([route(**when)], ONE, DETAILS) == "one"


@pytest.mark.parametrize(
    "when",
    [
        {"payload_type": "LeadInvitation"},
        {"title": "SA"},
        {"title": "hafen"},
        {"title": "SAP", "country": "FR"},
        {"sender": "any"},
        {"industry": "Retail trade"},
    ],
)
def test_one_that_does_not_hold_is_enough(when: dict[str, str]) -> None:
    """A title is compared by whole words, everything else as a whole."""
    assert choose([route(**when)], ONE, DETAILS) == DEFAULT_ROUTE


@pytest.mark.parametrize(
    ("country", "wanted"),
    [("UK", "GB"), ("DEU", "de"), ("Germany", "DEU"), ("Deutschland", "DE"), ("Mars", "mars")],
)
def test_a_lead_may_call_its_country_anything(country: str, wanted: str) -> None:
    """Both sides are compared by the country's code, and as texts if they are none's."""
    lead = Details(invitation=ONE, country=country)
    assert choose([route(country=f"FR|{wanted}")], ONE, lead) == "one"
    assert choose([route(country="FR|Venus")], ONE, lead) == DEFAULT_ROUTE


def test_a_title_may_be_in_any_script() -> None:
    """And written in any way, as may be what it is compared with."""
    titled = replace(ONE, title="SAP\u306e\u79fb\u884c \u2013 Kunde\u2019s\u00a0Cloud")
    for title in ("\u79fb\u884c", "sap", "KUNDE'S CLOUD", "- kunde's"):
        assert choose([route(title=title)], titled, None) == "one", title


def test_what_is_missing_meets_no_condition() -> None:
    """An invitation that says nothing takes the default route."""
    bare = Invitation(id="engi-2", catalog="AWS")
    for key in ("payload_type", "sender", "title", "country", "industry"):
        assert choose([route(**{key: "x"})], bare, Details(invitation=bare)) == DEFAULT_ROUTE


def test_details_are_asked_for_only_where_they_decide() -> None:
    """A route before it that takes the invitation, or another condition that fails, spares them."""
    by_country = route("de", country="DE")
    assert choose([by_country], ONE, None) is None
    assert choose([route("sap", title="SAP"), by_country], ONE, None) == "sap"
    assert choose([route("de", country="DE", title="Oracle")], ONE, None) == DEFAULT_ROUTE


@pytest.mark.parametrize(
    ("earlier", "later", "takes_all"),
    [
        ({"title": "SAP"}, {"title": "SAP"}, True),
        ({"title": "SAP"}, {"title": "sap", "country": "DE"}, True),
        ({"title": "cloud"}, {"title": "cloud migration"}, True),
        ({"country": "DE|AT"}, {"country": "at"}, True),
        ({"country": "DE"}, {"country": "DE|AT"}, False),
        ({"title": "cloud migration"}, {"title": "cloud"}, False),
        ({"title": "SAP", "country": "DE"}, {"title": "SAP"}, False),
    ],
)
def test_a_route_can_leave_nothing_to_another(
    earlier: dict[str, str], later: dict[str, str], *, takes_all: bool
) -> None:
    """Which synthesis then refuses."""
    assert route(**earlier).takes_all_of(route(**later)) is takes_all


class Inbox:
    """Partner Central, as far as it is asked for details."""

    def __init__(self, *, broken: bool = False) -> None:
        self.asked: list[str] = []
        self.unread = 0
        self._broken = broken

    def pending(self) -> list[Invitation]:
        return []

    def expired(self, token: str | None) -> Iterator[Page]:
        del token
        yield Page([], None)

    def details(self, invitation_id: str) -> Details:
        self.asked.append(invitation_id)
        if self._broken:
            raise LookupFailed("no")
        return replace(DETAILS, invitation=replace(ONE, id=invitation_id))


def several(*hours: int | None) -> list[Invitation]:
    """Return invitations that expire in so many hours; None if they have no date."""
    dates = [None if left is None else NOW + left * HOUR for left in hours]
    return [replace(ONE, id=f"engi-{n}", expires_at=date) for n, date in enumerate(dates)]


def test_the_first_to_expire_are_asked_for_first() -> None:
    """What there is no time for waits for the next run, unless it would expire by then."""
    inbox = Inbox()
    left = iter([True, True])
    routing = choose_routes(
        several(None, 90, 2, 5),
        [route("de", country="DE")],
        DetailsCache(inbox, shown=True),
        time_left=lambda: next(left, False),
        now=NOW,
    )
    assert inbox.asked == ["engi-2", "engi-3"]
    assert routing.chosen == {"engi-2": "de", "engi-3": "de"}
    assert (routing.waiting, routing.unknown) == ({"engi-0", "engi-1"}, 0)


def test_what_would_expire_does_not_wait() -> None:
    """Told in the wrong place is better than told nowhere."""
    routing = choose_routes(
        several(1),
        [route("de", country="DE")],
        DetailsCache(Inbox(), shown=True),
        time_left=lambda: False,
        now=NOW,
    )
    assert (routing.chosen, routing.waiting, routing.unknown) == (
        {"engi-0": DEFAULT_ROUTE},
        set(),
        1,
    )


def test_what_cannot_be_had_takes_the_default_route() -> None:
    """Once for each invitation, and counted."""
    routing = choose_routes(
        several(90, 91),
        [route("de", country="DE")],
        DetailsCache(Inbox(broken=True), shown=True),
        time_left=lambda: True,
        now=NOW,
    )
    assert set(routing.chosen.values()) == {DEFAULT_ROUTE}
    assert routing.unknown == 2


def test_channels_follow_from_routes() -> None:
    """The one that takes over comes last; an escalation to addresses is not in Slack."""
    routes = (
        Route(name="a", when={}, escalate_to=("U1",)),
        Route(name="b", when={}, escalate_hours=4),
    )
    policy = Policy(
        stages=(HOUR,), digest_above=5, routes=routes, escalate_hours=8, escalate_to=("x@y.com",)
    )
    names = ("sns", "slack.a", "slack.b", "escalation.a", "escalation", "slack")
    assert policy.channels(slack=True) == names
    assert [name for name in names if policy.takes_over(name)] == [
        "slack.a",
        "slack.b",
        "escalation.a",
        "escalation",
    ]
    assert [policy.hears(name, "b") for name in names] == [True, False, True, False, True, False]
    assert [policy.hears(name, "gone") for name in names] == [
        *(True, False, False, False, True, True)
    ]
    assert policy.channels(slack=False) == ("sns", "escalation.a", "escalation")
    assert policy.escalation_of("b") is not None

"""Who receives which of the topic's messages by email, as SNS' filters decide it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infra import subscriptions
from infra.config import Config
from infra.refusal import ConfigError
from infra.routes import MOST
from simulator.sns_rules import Published, passes
from tests.infra.conftest import Synth
from tests.infra.templates import environment, output, subscribed

ROUTES: list[dict[str, Any]] = [
    {"name": "dach", "when": {"country": "DE"}, "emails": ["dach@x.com", "Both@x.com"]},
    {
        "name": "leads",
        "when": {"payload_type": "LeadInvitation"},
        "emails": ["leads@x.com", "both@x.com"],
        "escalate_to": ["boss@x.com", "leads@x.com"],
    },
    {"name": "quiet", "when": {"title": "test"}, "slack_channel": "C0123"},
]
CONTEXT: dict[str, Any] = {
    "emails": ["all@x.com"],
    "routes": ROUTES,
    "escalate_hours": 8,
    "escalate_to": ["chief@x.com", "all@x.com"],
}

MESSAGES = {
    "new in default": (["new"], "default"),
    "new in dach": (["new"], "dach"),
    "expired in leads": (["closed.expired", "new"], "leads"),
    "new in quiet": (["new"], "quiet"),
    "escalated in default": (["escalated"], "default.escalation"),
    "escalated in dach": (["escalated"], "dach.escalation"),
    "escalated in leads": (["escalated"], "leads.escalation"),
    "answered in dach": (["closed.accepted"], "dach"),
    "standing digest": (["digest"], "default"),
    "connected": (["connected"], "default"),
}
DEFAULT = {"new in default", "standing digest", "connected"}
TO_CHIEF = {"escalated in default", "escalated in dach"}


def published(alerts: list[str], route: str) -> Published:
    names = ",".join(f'"{alert}"' for alert in alerts)
    return Published(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        raw=b"",
        subject=None,
        default="",
        email="",
        attributes={"alerts": f"[{names}]", "route": route},
        attribute_types={"alerts": "String.Array", "route": "String"},
    )


def heard(**context: Any) -> dict[str, set[str]]:
    """Return the names of the messages that each address receives."""
    policies = subscriptions.by_address(Config.from_context(context))
    return {
        address: {
            name
            for name, message in MESSAGES.items()
            if passes(published(*message), {key: list(values) for key, values in policy.items()})
        }
        for address, policy in policies.items()
    }


def test_each_route_has_its_readers() -> None:
    """An address in several lists receives what all of them do, and nobody an answer.

    Who is told of what is escalated follows from the route, or from the top where it says nothing.
    """
    assert heard(**CONTEXT) == {
        "all@x.com": DEFAULT | TO_CHIEF,
        "dach@x.com": {"new in dach"},
        "Both@x.com": {"new in dach", "expired in leads"},
        "leads@x.com": {"expired in leads", "escalated in leads"},
        "chief@x.com": TO_CHIEF,
        "boss@x.com": {"escalated in leads"},
    }


def test_the_first_emails_can_hear_all() -> None:
    """They hear what every route takes, but no escalation that is not theirs."""
    every_route = DEFAULT | {"new in dach", "expired in leads", "new in quiet"}
    found = heard(**CONTEXT, emails_hear_all=True)
    assert found["all@x.com"] == every_route | TO_CHIEF
    assert found["dach@x.com"] == {"new in dach"}
    others = heard(**CONTEXT | {"emails": "me@x.com"}, emails_hear_all=True)
    assert others["me@x.com"] == every_route


def test_without_routes_no_filter_knows_them() -> None:
    """Nobody's filter changes until there is something to tell apart."""
    for more in ({}, {"escalate_hours": 8, "escalate_to": "U0123"}):
        (policy,) = subscriptions.by_address(
            Config.from_context({"emails": "a@x.com"} | more)
        ).values()
        assert list(policy) == ["alerts"]
        assert "escalated" not in policy["alerts"]


def test_who_is_in_every_list_needs_no_filter_by_route() -> None:
    """So that a filter holds as many routes as there may be."""
    every = {"emails": "a@x.com", "escalate_to": "a@x.com", "escalate_hours": 4}
    routes = [every | {"name": f"r{n}", "when": {"title": f"{n}"}} for n in range(MOST)]
    (policy,) = subscriptions.by_address(Config.from_context(every | {"routes": routes})).values()
    assert list(policy) == ["alerts"]


@pytest.mark.parametrize("listed", [1, 2])
def test_who_is_in_more_lists_than_a_filter_holds_is_refused(listed: int) -> None:
    """SNS would refuse the subscription in the middle of a deployment."""
    routes: list[dict[str, Any]] = [
        {"name": f"r{n}", "when": {"title": f"{n}"}, "emails": "a@x.com"} for n in range(MOST)
    ]
    for route in routes[:listed]:
        route |= {"escalate_to": "a@x.com", "escalate_hours": 4}
    context = {"slack": "true", "emails": "b@x.com", "routes": routes}
    if listed == 1:
        assert len(subscriptions.by_address(Config.from_context(context))) == 2
        return
    line = (
        "context key routes: a@x.com is in 22 lists of emails and escalate_to; allowed: 21, or "
        "all of them"
    )
    with pytest.raises(ConfigError) as refused:
        Config.from_context(context)
    assert str(refused.value) == line


def test_the_stack_subscribes_them(synth: Synth) -> None:
    """One subscription for each address, and the function knows how many there are."""
    template = synth(**CONTEXT)
    expected = subscriptions.by_address(Config.from_context(CONTEXT))
    topic, _ = output(template, "TopicArn")
    found = {s["Endpoint"]: s["FilterPolicy"] for s in subscribed(template, topic)}
    assert found == expected
    variables = environment(template)
    assert variables["EMAILS_EXPECTED"] == str(len(expected))
    assert "dach@x.com" not in variables["ROUTES"]

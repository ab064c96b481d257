"""Who receives which of the topic's messages by email, as SNS' filters decide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra import subscriptions
from infra.config import Config
from infra.refusal import ConfigError
from infra.subscriptions import MOST, by_recipient, filter_policy
from notifier.adapters.sns.channel import SnsChannel, Subscriptions
from notifier.bootstrap import deployed_policy
from notifier.core.message import Message
from notifier.core.model import Alert, Invitation, Kind, NotConnected
from notifier.core.policy import SNS
from notifier.core.recipients import recipient
from notifier.settings import Settings
from simulator.sns_rules import Published, passes
from tests.infra import landed
from tests.infra.conftest import Synth
from tests.infra.templates import CONFIGURATIONS, EVERYTHING, environment, output, subscribed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
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
EVERY = {"emails": "a@x.com", "escalate_to": "a@x.com", "escalate_hours": 4}
CONTEXTS: list[dict[str, Any]] = [
    *CONFIGURATIONS,
    EVERYTHING,
    CONTEXT,
    CONTEXT | {"emails_hear_all": True},
    CONTEXT | {"emails": "me@x.com", "emails_hear_all": True},
    CONTEXT | {"emails": []},
    {"emails": "a@x.com", "escalate_hours": 8, "escalate_to": "U0123"},
    EVERY | {"routes": [EVERY | {"name": f"r{n}", "when": {"title": f"{n}"}} for n in range(3)]},
]
DEFAULT = {"new on default", "greeting", "warning", "closed.expired on default"}
TO_CHIEF = {"escalated on default", "escalated on dach", "escalated on quiet"}


def alert(kind: Kind, route: str) -> Alert:
    invitation = Invitation(id="engi-1", catalog="AWS")
    return Alert(kind=kind, invitation=invitation, reason="why", since=NOW, route=route)


def messages(config: Config) -> Iterator[tuple[str, Message]]:
    """Yield a message of each kind about each route, as it is sent, and its name."""
    about = NotConnected(channel="slack", remedy="mend it")
    for name, more in (
        ("greeting", {"welcome": 1}),
        ("warning", {"not_connected": about}),
    ):
        yield name, Message(catalog="AWS", now=NOW, channel=SNS, **more)
    policy = deployed_policy(settings(config))
    for route in ("default", *(route.name for route in config.routes)):
        for kind in (Kind.NEW, Kind.CLOSED_EXPIRED, Kind.CLOSED_ACCEPTED, Kind.ESCALATED):
            channel = policy.escalates_on(route) if kind is Kind.ESCALATED else SNS
            if channel in policy.channels(slack=True) and not policy.is_in_slack(channel):
                alerts = (alert(kind, route),)
                yield (
                    f"{kind} on {route}",
                    Message(catalog="AWS", now=NOW, channel=channel, alerts=alerts),
                )


def settings(config: Config) -> Settings:
    """Return what the function reads."""
    given = Settings(
        **config.chosen(),
        table_name="table",
        topic_arn="arn:aws:sns:us-east-1:111122223333:topic",
        recipients=subscriptions.heads(config),
    )
    return Settings.from_env(given.to_env())


def published(config: Config, message: Message) -> Published:
    """Return what the function publishes."""
    sent: list[dict[str, Any]] = []
    client: Any = type("Client", (), {"publish": lambda _, **request: sent.append(request)})()
    policy = deployed_policy(settings(config))
    SnsChannel(
        lambda: client,
        name=message.channel,
        topic_arn="arn",
        subscriptions=Subscriptions,
        policy=policy,
        zone=ZoneInfo("UTC"),
        url="https://x.com",
    ).send(message)
    attributes = sent[0]["MessageAttributes"]
    return Published(
        at=NOW,
        raw=b"",
        subject=None,
        default="",
        email="",
        attributes={name: a["StringValue"] for name, a in attributes.items()},
        attribute_types={name: a["DataType"] for name, a in attributes.items()},
    )


def heard(
    config: Config, filters: Mapping[str, Mapping[str, list[Any]]] | None = None
) -> dict[str, set[str]]:
    """Return the names of the messages that each address receives."""
    addresses = by_recipient(config).values()
    filters = filters or {address: filter_policy(address) for address in addresses}
    sent = {name: published(config, message) for name, message in messages(config)}
    return {
        address: {name for name, message in sent.items() if passes(message, policy)}
        for address, policy in filters.items()
    }


def test_each_route_has_its_readers() -> None:
    """An address in several lists receives what all of them do, and nobody an answer.

    Who is told of what is escalated follows from the route, or from the top where it says nothing.
    """
    both = {"new on dach", "closed.expired on dach", "new on leads", "closed.expired on leads"}
    assert heard(Config.from_context(CONTEXT)) == {
        "all@x.com": DEFAULT | TO_CHIEF,
        "dach@x.com": {"new on dach", "closed.expired on dach"},
        "Both@x.com": both,
        "leads@x.com": {"new on leads", "closed.expired on leads", "escalated on leads"},
        "chief@x.com": TO_CHIEF,
        "boss@x.com": {"escalated on leads"},
    }


@pytest.mark.parametrize("context", CONTEXTS)
def test_people_hear_what_they_heard_before(context: dict[str, Any]) -> None:
    """With the filters that knew routes as with those that name the reader, in either order."""
    config = Config.from_context(context)
    assert heard(config) == heard(config, landed.filters(config))


def test_what_names_nobody_reaches_everybody() -> None:
    """As what an older version sends: no filter loses it."""
    message = published(Config.from_context(CONTEXT), Message(catalog="AWS", now=NOW, channel=SNS))
    del message.attributes["recipients"]
    assert passes(message, filter_policy("anybody@x.com"))


def test_an_id_is_no_address_and_stays_the_same() -> None:
    """Whatever an address is in, and however it is written."""
    assert recipient("Sales@Example.com") == recipient("sales@example.com") == "1bc5b2df"


def test_a_topic_has_no_room_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """SNS would refuse the subscription in the middle of a deployment."""
    emails = [f"{n}@x.com" for n in range(MOST + 1)]
    assert len(by_recipient(Config.from_context({"emails": emails[1:]}))) == MOST
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"emails": emails})
    line = f"emails, routes and escalate_to name {MOST + 1} addresses; allowed: {MOST}"
    assert str(refused.value) == line
    monkeypatch.setattr(subscriptions, "recipient", lambda _: "the same")
    with pytest.raises(ConfigError, match=r"1@x\.com has the same id as 0@x\.com"):
        Config.from_context({"emails": emails[:2]})


def test_the_stack_subscribes_them(synth: Synth) -> None:
    """One subscription for each address, and the function knows their ids."""
    template = synth(**CONTEXT)
    config = Config.from_context(CONTEXT)
    topic, _ = output(template, "TopicArn")
    found = {s["Endpoint"]: s["FilterPolicy"] for s in subscribed(template, topic)}
    assert found == {address: filter_policy(address) for address in by_recipient(config).values()}
    assert {s["FilterPolicyScope"] for s in subscribed(template, topic)} == {"MessageAttributes"}
    variables = environment(template)
    assert variables["RECIPIENTS"] == recipient("all@x.com")
    assert "dach@x.com" not in variables["ROUTES"]
    assert recipient("dach@x.com") in variables["ROUTES"]

"""Settings: what the function accepts, and how it refuses the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notifier.bootstrap import policy
from notifier.core.policy import Policy
from notifier.core.routes import Escalation, Route
from notifier.settings import Settings, SettingsError

DACH = Route(
    name="dach",
    when={"country": ("DE", "Österreich"), "title": ('a "quoted", word',)},
    slack_channel="C0123",
    mention="S0123",
    escalate_hours=12,
    escalate_to=("lead@example.com", "boss@example.com"),
)

SETTINGS = Settings(
    catalog="Sandbox",
    table_name="ledger",
    topic_arn="arn:aws:sns:us-east-1:123456789012:alerts",
    slack_secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf",
    expiring_hours=(48, 12),
    digest_above=3,
    payload_types=("LeadInvitation",),
    timezone="Europe/Berlin",
    partner_central_url="https://example.com/partner-central?tab=1",
    routes=(DACH, Route(name="leads", when={"payload_type": ("LeadInvitation",)})),
    mention="here",
    escalate_hours=8,
    escalate_to=("U0123",),
    digest_days=("Mon", "Thu"),
    digest_at="08:30",
)


@pytest.mark.parametrize("slack", [True, False])
def test_what_the_stack_writes_the_function_reads(*, slack: bool) -> None:
    """`to_env` and `from_env` are each other's inverse."""
    settings = SETTINGS if slack else Settings(
        catalog="AWS", table_name="t", topic_arn=SETTINGS.topic_arn
    )  # fmt: skip
    assert Settings.from_env(settings.to_env()) == settings


def test_routes_are_compact() -> None:
    """The environment has little room."""
    settings = replace(SETTINGS, routes=(replace(DACH, recipients=("0a1b2c3d",)),))
    text = settings.to_env()["ROUTES"]
    assert text == (
        '[{"name":"dach","when":{"country":["DE","\\u00d6sterreich"],'
        '"title":["a \\"quoted\\", word"]},"slack_channel":"C0123","mention":"S0123",'
        '"recipients":["0a1b2c3d"],'
        '"escalate_hours":12,"escalate_to":["lead@example.com","boss@example.com"]}]'
    )
    assert Settings.from_env(settings.to_env()) == settings


def test_what_is_not_chosen_takes_no_room() -> None:
    """Whatever is empty is not in the environment."""
    assert "" not in replace(SETTINGS, routes=(), payload_types=()).to_env().values()


def escalations(**top: Any) -> list[Escalation | None]:
    """Return the escalation of each route, and of the default one."""
    when = {"title": ("x",)}
    routes = (
        Route(name="all", when=when, escalate_hours=2, escalate_to=("U01",)),
        Route(name="hours", when=when, escalate_hours=3),
        Route(name="to", when=when, escalate_to=("U02",)),
        Route(name="none", when=when),
    )
    made = policy(replace(SETTINGS, routes=routes, **top))
    return [made.escalation_of(name) for name in ("all", "hours", "to", "none", "default")]


@pytest.mark.parametrize(
    ("hours", "to", "expected"),
    [
        (None, (), [(2, "U01"), None, None, None, None]),
        (8, (), [(2, "U01"), None, (8, "U02"), None, None]),
        (None, ("U09",), [(2, "U01"), (3, "U09"), None, None, None]),
        (8, ("U09",), [(2, "U01"), (3, "U09"), (8, "U02"), (8, "U09"), (8, "U09")]),
    ],
)
def test_each_route_completes_its_escalation_from_the_top(
    hours: int | None, to: tuple[str, ...], expected: list[tuple[int, str] | None]
) -> None:
    """Half of it may stand at the top for routes that add the other half."""
    wanted = [e and Escalation(before=timedelta(hours=e[0]), to=(e[1],)) for e in expected]
    assert escalations(escalate_hours=hours, escalate_to=to) == wanted


def test_the_policy_has_what_was_chosen() -> None:
    """Routes and mentions are taken over as they are."""
    made: Policy = policy(SETTINGS)
    assert made.routes == SETTINGS.routes
    assert (made.mention_of("dach"), made.mention_of("default")) == ("S0123", "here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOG", "aws"),
        ("CATALOG", ""),
        ("TABLE_NAME", " "),
        ("TOPIC_ARN", "alerts"),
        ("RECIPIENTS", "yes"),
        ("SLACK_SECRET_ARN", "slack"),
        ("EXPIRING_HOURS", ""),
        ("EXPIRING_HOURS", "72,,4"),
        ("EXPIRING_HOURS", "72,-4"),
        ("EXPIRING_HOURS", "0"),
        ("EXPIRING_HOURS", "721"),
        ("EXPIRING_HOURS", "²"),
        ("DIGEST_ABOVE", "0"),
        ("DIGEST_ABOVE", "five"),
        ("DIGEST_ABOVE", "101"),
        ("PAYLOAD_TYPES", "Lead Invitation"),
        ("TIMEZONE", "Berlin"),
        ("TIMEZONE", "../../etc/passwd"),
        ("TIMEZONE", ""),
        ("DIGEST_DAYS", "Monday"),
        ("DIGEST_DAYS", "Mon,"),
        ("DIGEST_AT", "9:00"),
        ("DIGEST_AT", "24:00"),
        ("MENTION", "@anna"),
        ("MENTION", "channel"),
        ("MENTION", "C0123"),
        ("ESCALATE_HOURS", "0"),
        ("ESCALATE_TO", "S0123"),
        ("ESCALATE_TO", "U0123,U0456"),
        ("ESCALATE_TO", "U0123,lead@example.com"),
        ("ROUTES", "[{"),
        ("ROUTES", '{"name": "dach"}'),
        ("ROUTES", "[1]"),
        ("ROUTES", '[{"name": "dach"}]'),
        ("ROUTES", '[{"name": "dach", "when": {}, "colour": "red"}]'),
        ("PARTNER_CENTRAL_URL", "http://example.com"),
        ("PARTNER_CENTRAL_URL", "https://example.com/|<!channel>"),
        ("PARTNER_CENTRAL_URL", "https:///path"),
    ],
)
def test_a_wrong_setting_fails_with_its_name(name: str, value: str) -> None:
    """One line names the setting, its value and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(SETTINGS.to_env() | {name: value})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"setting {name} is {value.strip()!r}; allowed: ")


def test_a_missing_setting_fails_with_its_name() -> None:
    """An empty environment names the first thing that it lacks."""
    with pytest.raises(SettingsError, match=r"setting CATALOG is ''; allowed: one of AWS"):
        Settings.from_env({})


def test_stages_are_sorted_and_each_once() -> None:
    """The order in the configuration does not matter."""
    read = Settings.from_env(SETTINGS.to_env() | {"EXPIRING_HOURS": "4, 72,4,24"})
    assert read.expiring_hours == (72, 24, 4)


def test_days_are_in_the_weeks_order_and_each_once() -> None:
    """The order in the configuration does not matter."""
    read = Settings.from_env(SETTINGS.to_env() | {"DIGEST_DAYS": "Sun, Mon,Sun"})
    assert read.digest_days == ("Mon", "Sun")

"""What synthesis accepts, the function accepts: every setting at the edges of what is allowed."""

from __future__ import annotations

import importlib.metadata
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra import payload_types, zones
from infra.config import Config
from infra.environment import variables
from infra.refusal import ConfigError
from notifier import bootstrap
from notifier.adapters import aws
from notifier.adapters.slack import blocks as block_kit
from notifier.core.compose import compose
from notifier.core.message import Message
from notifier.settings import LONGEST_LINK, Settings
from simulator.slack_rules import refusal
from tests.infra.templates import KEY_ARN, READER_ARN, SECRET_ARN
from toolchain.package import REQUIREMENTS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://example.com/"
ROLE = "arn:aws:iam::444455556666:role/"
TEXTS = [
    "x",
    "x" * 300,
    "x" * 301,
    "\u79fb\u884c",
    'a "b"',
    "\\",
    "\udcfc",
    "\u200b",
    "a,b",
    "\x00",
    "\n",
]
TYPES = [*payload_types.known(), "leadinvitation", "QuoteInvitation", ""]

EDGES: dict[str, list[Any]] = {
    "catalog": ["AWS", "Sandbox", " AWS\n", "aws", ""],
    "expiring_hours": ["1", "720", "0", "721", " 4 , 72", "\u0664", "4_8", [720, 1], [], 1.0, "+4"],
    "digest_above": [1, 100, 0, 101, "100", "0x1", "\u00b2", True],
    "payload_types": [*TYPES, TYPES[:3], ",".join(TYPES[:2])],
    "timezone": [
        *("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "US/Pacific"),
        *("localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin", "Factory"),
        *("europe/berlin", "Europe", "Europe/", "Europe//Berlin", "./UTC", "zone.tab", "tzdata.zi"),
        *("zones", "", "UTC\x00", "leapseconds", "__init__.py"),
    ],
    "working_hours": [
        *("Mon-Fri 09:00-17:00", "Sun-Sat 00:00-23:59", "Mon 00:00-00:01", "Mon, 09:00-10:00"),
        *("Mon 09:00-24:00", "Mon 00:00-24:00", "Mon 17:00-09:00", "Mon \u0660\u0669:00-10:00"),
        *("Mon- 09:00-10:00", "Mon 09:00:00-10:00", "", "Mon\u00a009:00-10:00"),
    ],
    "digest_days": ["Mon", "Sun,Mon", [], "mon", "Mon,", ["Tue"]],
    "digest_at": ["00:00", "23:59", "24:00", "9:00", "\u0660\u0669:00", "09:00:00"],
    "details": ["full", "none", "None", ""],
    "emails_hear_all": [True, False, "TRUE", "yes", 1],
    "routes": [
        *([], "", "[]", None),
        *([{"name": "a", "when": {"title": text}}] for text in TEXTS),
        *([{"name": "a", "when": {"sender": [text, "y"]}}] for text in TEXTS),
        *([{"name": "a", "when": {"industry": text}}] for text in TEXTS),
        *([{"name": "a", "when": {"payload_type": text}}] for text in TYPES),
        *(
            [{"name": "a", "when": {"country": text}}]
            for text in ("DE", "UK", "DEU", "EU", "\u65e5\u672c")
        ),
        [{"name": "a" * 20, "when": {"title": "x"}, "slack_channel": "C01", "mention": "S01"}],
        [{"name": "a", "when": {"title": "x"}, "emails": "a@x.com", "escalate_to": "W01"}],
        [{"name": "a", "when": {"title": "x"}, "escalate_hours": 720, "escalate_to": "b@x.com"}],
        [{"name": f"r{n}", "when": {"title": f"t{n}"}} for n in range(20)],
    ],
    "mention": ["here", "U01", "S01", "C01", "u01", "channel"],
    "escalate_hours": [1, 720, 0, 721],
    "escalate_to": ["U01", "C01", "a@x.com,b@x.com", "U01,U02", "S01", []],
    "partner_central_url": [
        *(URL, URL + "x" * (LONGEST_LINK - len(URL)), URL + "x" * LONGEST_LINK),
        *(
            URL + "&" * 390,
            URL + "&" * 400,
            URL + "\x01",
            URL + "\x7f",
            URL + "\u00fc",
            URL + "a b",
        ),
        *(
            "https://[",
            "https://[::1]/",
            "https://:443",
            "https://x:99999",
            "https:///",
            "http://x",
        ),
        *("https://a@b/", "HTTPS://x", URL + "|", URL + "\u200b", "https://\u2100.com"),
    ],
    "partner_central_role_arn": [
        *(READER_ARN, ROLE + "r" * 64, ROLE + "r" * 65, ROLE, ROLE + "/r", ROLE + "a//r"),
        *(ROLE + "a/r/", ROLE + "a/*/r", READER_ARN.replace("arn:aws:", "arn:aws-cn:")),
    ],
    "partner_central_external_id": ["x", "xx", "x" * 1224, "x" * 1225, "a b", "\u00e9\u00e9"],
    "schedule_minutes": [1, 60, 0, 61],
    "emails": ["a@x.com", "a@x.com, b@x.co.uk", "", [f"a{n}@x.com" for n in range(151)]],
    "ops_emails": ["ops@x.com", [], None],
    "slack": [True, False, "false"],
    "slack_secret_arn": [SECRET_ARN, SECRET_ARN.replace("team/", "t+e=a.m@/"), SECRET_ARN[:-7]],
    "slack_secret_kms_key_arn": [KEY_ARN, KEY_ARN.upper()],
    "kms_key_arn": [KEY_ARN, "alias/x"],
}
"""Values on both sides of each edge; some are accepted and some are not."""

CONTEXTS = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) for key, values in EDGES.items()}
)


def test_every_setting_has_its_edges() -> None:
    """A new setting is played with too."""
    assert set(EDGES) == {declared.name for declared in fields(Config)}


@contextmanager
def only_what_ships() -> Iterator[None]:
    """Hide the machine's own time zones, and forget what was read of them."""
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()


def accepted(context: dict[str, Any]) -> Config | None:
    try:
        return Config.from_context(context)
    except ConfigError:
        return None


def play(context: dict[str, Any]) -> bool:
    """Hand the function what synthesis accepts, and send a message; say whether it accepts."""
    config = accepted(context)
    if config is None:
        return False
    env = variables(config)
    assert all(value.isprintable() for value in env.values())
    with (
        only_what_ships(),
        mock.patch.multiple(aws, client=mock.Mock(), partner_central=mock.Mock()),
    ):
        given = Settings.from_env(env)
        parts = bootstrap.parts(given, env, lambda: 100.0)
    # Those of addresses' ids: the stack's routes know the addresses.
    assert {**given.chosen(), "routes": None} == {**config.chosen(), "routes": None}
    assert [route.when for route in given.routes] == [route.when for route in config.routes]
    assert parts.policy.routes == given.routes
    check_message(parts.policy.mention, given.partner_central_url)
    return True


def check_message(mention: str | None, url: str) -> None:
    """Slack takes a message with the configured link and mention."""
    content = compose(Message(catalog="AWS", now=NOW, welcome=3))
    blocks = [block.to_dict() for block in block_kit.blocks(content, url=url)]
    assert refusal({"text": mention or "-", "blocks": blocks}) is None
    assert url.replace("&", "&amp;") in str(blocks)


WITH: dict[str, dict[str, Any]] = {
    "routes": {"escalate_hours": 8, "escalate_to": "U01"},
    "slack_secret_kms_key_arn": {"slack_secret_arn": SECRET_ARN},
    "partner_central_external_id": {"partner_central_role_arn": READER_ARN},
    "escalate_hours": {"escalate_to": "U01"},
    "escalate_to": {"escalate_hours": 8},
    "emails_hear_all": {"routes": [{"name": "a", "when": {"title": "x"}}]},
}
"""What else a setting needs."""


@pytest.mark.parametrize("key", EDGES)
def test_what_synthesis_accepts_the_function_accepts(key: str) -> None:
    """Each edge of each setting alone, with the machine's own time zones hidden."""
    others = {"emails": "a@x.com"} | WITH.get(key, {})
    good = [value for value in EDGES[key] if play(others | {key: value})]
    assert good
    assert len(good) < len(EDGES[key]) or key in ("ops_emails", "slack")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(CONTEXTS)
def test_whatever_is_accepted_together_works_together(context: dict[str, Any]) -> None:
    """Any of the edges with any of the others."""
    play(context)


def test_the_zones_that_may_be_named_are_those_that_ship() -> None:
    """What synthesis has installed is what the function's requirements pin, and all of it loads."""
    version = importlib.metadata.version("tzdata")
    assert f"tzdata=={version} " in REQUIREMENTS.read_text()
    with only_what_ships():
        for name in zones.known():
            zoneinfo.ZoneInfo(name)


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("right/Europe/Berlin", "Europe/Berlin"),
        ("posix/Asia/Tokyo", "Asia/Tokyo"),
        ("New York", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("utc", "UTC"),
        ("localtime", None),
        ("posixrules", None),
    ],
)
def test_the_zone_that_was_meant_is_named(zone: str, meant: str | None) -> None:
    """By its city alone, in any case, or below a folder of this machine's."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"timezone": zone})
    asked = f"; did you mean {meant}?" if meant else ""
    allowed = f"a time zone of the IANA database, such as Europe/Berlin{asked}"
    assert str(refused.value) == f'context key timezone is "{zone}"; allowed: {allowed}'

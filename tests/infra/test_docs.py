"""The documents describe the stack as it is."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra import key_policy
from infra.config import Config
from infra.monitoring import alarm_texts
from infra.monitoring.alarm_texts import AlarmText
from infra.refusal import ConfigError
from infra.routes import KEYS
from notifier.core.routes import CONDITIONS
from tests.infra.conftest import Synth
from tests.infra.templates import EMAILS, Template

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
SECURITY = ROOT / "docs" / "security.md"
README = ROOT / "README.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

ALARMS = [text for text in vars(alarm_texts).values() if isinstance(text, AlarmText)]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Markdown renderers make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def block(page: Path, name: str) -> Any:
    found = re.search(rf"```json {name}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found, name
    return json.loads(found[1])


@pytest.mark.parametrize("text", ALARMS, ids=lambda text: text.name)
def test_every_alarm_has_its_section(text: AlarmText) -> None:
    """The address in an alarm's email leads to a section of the runbook."""
    assert text.anchor in anchors(OPERATIONS)
    assert (ROOT / alarm_texts.RUNBOOK) == OPERATIONS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings that a page links to exist."""
    for file, anchor in LINK.findall(page.read_text("utf-8")):
        target = (page.parent / file) if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), anchor


def test_the_documented_key_policy_is_the_one_that_is_needed() -> None:
    """What the page says to add to a key's policy is what the code says it must allow."""
    needed = key_policy.statements(account="111122223333", stack="InvitationNotifier-AWS")
    assert block(SECURITY, "key-policy") == needed


def test_the_documented_role_policy_is_the_functions_own(template: Template) -> None:
    """The role in another account may do what the function's role may do otherwise."""
    own = [
        {key: value for key, value in statement.items() if key != "Sid"}
        for resource in template["Resources"].values()
        for statement in resource["Properties"].get("PolicyDocument", {}).get("Statement", [])
        if str(statement["Action"]).startswith("partnercentral:")
    ]
    assert block(SECURITY, "role-policy")["Statement"] == own


@pytest.mark.parametrize("page", [OPERATIONS, SECURITY], ids=lambda page: page.name)
def test_outputs_that_are_named_exist(page: Path, synth: Synth) -> None:
    """Every <Name> in a command is one of the stack's outputs."""
    outputs = synth(emails=EMAILS)["Outputs"]
    named = set(re.findall(r"<([A-Z][A-Za-z]+)>", page.read_text("utf-8"))) - {"ARN"}
    assert named <= set(outputs)


def test_the_configuration_table_is_the_configuration() -> None:
    """Each key has one row that shows its default."""
    expected = [(field.name, default_cell(field)) for field in dataclasses.fields(Config)]
    assert sorted(configuration_rows()) == sorted(expected)


@pytest.mark.parametrize("page", [README, CONFIGURATION], ids=lambda page: page.name)
def test_documented_routes_can_be_deployed(page: Path) -> None:
    """The examples are accepted as they are printed."""
    routes = block(page, "routes")
    assert [route.name for route in Config.from_context({"routes": routes}).routes] == [
        route["name"] for route in routes
    ]


def test_the_documented_mistake_is_refused_in_these_words() -> None:
    """The line in the page is the one that is printed."""
    (route, *_) = block(CONFIGURATION, "routes")
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"routes": [route | {"slack_channel": "#dach"}]})
    assert f"```text\n{refused.value}\n```" in CONFIGURATION.read_text("utf-8")


@pytest.mark.parametrize(("names", "header"), [(KEYS, "key of a route"), (CONDITIONS, "condition")])
def test_what_a_route_may_hold_is_documented(names: Sequence[str], header: str) -> None:
    """Each key of a route, and each condition, has its row."""
    (table,) = re.findall(
        rf"^\| {header} \| .*\n((?:\|.*\n)+)", CONFIGURATION.read_text("utf-8"), re.MULTILINE
    )
    first = "".join(line.split("|")[1] for line in table.splitlines())
    assert re.findall(r"`(\w+)`", first) == list(names)


DEFAULTS_IN_WORDS: dict[str, tuple[object, str]] = {
    "payload_types": ((), "all"),
    "ops_emails": ((), "as `emails`"),
    "slack_secret_arn": (None, "made by the stack"),
    "partner_central_url": (
        "https://us-east-1.console.aws.amazon.com/partnercentral/home",
        "Partner Central in the AWS console",
    ),
}
"""Keys for which the table describes this default; any other empty one is "none" there."""


def default_cell(field: dataclasses.Field[Any]) -> str:
    """Return what the table shows as a key's default."""
    described, words = DEFAULTS_IN_WORDS.get(field.name, (None, "none"))
    if field.default == described or (field.default == () and words == "none"):
        return words
    return f"`{text_of(field.default)}`"


def text_of(value: object) -> str:
    """Return a value as it is written after `-c key=`."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def configuration_rows() -> list[tuple[str, str]]:
    """Return key and default from the rows of the one table with this header."""
    pages = "\n".join(page.read_text("utf-8") for page in (README, CONFIGURATION))
    (table,) = re.findall(r"^\| key \| default \| meaning \|\n((?:\|.*\n)+)", pages, re.MULTILINE)
    return re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE)

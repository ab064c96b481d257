"""What the documents say of the stack is what the stack is."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra import key_policy
from infra.config import Config
from infra.monitoring import alarm_texts
from infra.monitoring.alarm_texts import AlarmText
from tests.infra.conftest import Synth
from tests.infra.templates import MAIL, Template

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
SECURITY = ROOT / "docs" / "security.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

ALARMS = [text for text in vars(alarm_texts).values() if isinstance(text, AlarmText)]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made where Markdown is shown."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def block(page: Path, name: str) -> Any:
    found = re.search(rf"```json {name}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found, name
    return json.loads(found[1])


@pytest.mark.parametrize("text", ALARMS, ids=lambda text: text.name)
def test_every_alarm_has_its_section(text: AlarmText) -> None:
    """The address in an alarm's mail leads to a section of the runbook."""
    assert text.anchor in anchors(OPERATIONS)
    assert (ROOT / alarm_texts.RUNBOOK) == OPERATIONS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings that a page links to are there."""
    for file, anchor in LINK.findall(page.read_text("utf-8")):
        target = (page.parent / file) if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), anchor


def test_the_key_policy_is_the_one_that_is_needed() -> None:
    """What the page tells to add to a key is what the code says the key must allow."""
    needed = key_policy.statements(account="111122223333", stack="InvitationNotifier-AWS")
    assert block(SECURITY, "key-policy") == needed


def test_the_role_policy_is_the_functions_own(template: Template) -> None:
    """The role in another account may do what the function's role may without one."""
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
    outputs = synth(emails=MAIL)["Outputs"]
    named = set(re.findall(r"<([A-Z][A-Za-z]+)>", page.read_text("utf-8"))) - {"ARN"}
    assert named <= set(outputs)


def test_every_key_is_in_the_table() -> None:
    """The table lists the configuration's keys, each once, and no other."""
    table = CONFIGURATION.read_text("utf-8").partition("| key | default | meaning |\n")[2]
    keys = re.findall(r"^\| `(\w+)` \|", table.partition("\n\n")[0], re.MULTILINE)
    assert sorted(keys) == sorted(field.name for field in dataclasses.fields(Config))

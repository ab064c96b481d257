"""What programs are promised: every message published fits docs/message-contract.schema.json."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.account import PartnerAccount
from tests.deployed import Notifier

DAY = timedelta(days=1)
DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "message-contract.schema.json").read_text())


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA)


def published(account: PartnerAccount) -> list[dict[str, Any]]:
    return [json.loads(message.default) for message in account.aws.published]


def test_every_kind_of_message_fits_the_schema(
    account: PartnerAccount, notifier: Notifier, validator: Draft202012Validator
) -> None:
    """First contact, single alerts of every kind, digests in parts, and broken data."""
    notifier.tick()
    account.partner_central.invite(title="Opportunity", expires_in=4 * DAY)
    account.partner_central.invite(kind="LeadInvitation", title="Lead", expires_in=None)
    account.partner_central.add_raw({"Id": "engi-abcdefghijklm", "Catalog": "AWS"})
    notifier.tick()
    notifier.tick(after=2 * DAY)
    account.partner_central.invite(title="Missed", expires_in=DAY / 2)
    notifier.tick(after=DAY)
    for number in range(400):
        account.partner_central.invite(title=f"Project {number}", expires_in=5 * DAY)
    notifier.tick()
    messages = published(account)
    for message in messages:
        validator.validate(message)
    kinds = {alert["kind"] for message in messages for alert in message["alerts"]}
    assert kinds == {"new", "expiring", "closed.expired"}
    assert any(message["connected"] for message in messages)
    assert any(message["parts"] > 1 for message in messages)
    assert any(alert["details"] for message in messages for alert in message["alerts"])


def test_the_page_shows_a_message_that_fits(validator: Draft202012Validator) -> None:
    """The sample in docs/message-contract.md is a valid message."""
    page = (DOCS / "message-contract.md").read_text()
    sample = page.partition("```json\n")[2].partition("```")[0]
    validator.validate(json.loads(sample))

"""`sandbox` makes a first invitation, follows it to its alert, and cleans up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from cli import sandbox
from cli.account import WritingRefusedError, sandbox_only
from cli.asked import Asked
from simulator.account import PartnerAccount
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.deployed import START, Notifier

TITLE = f"{sandbox.TITLE} {START:%H%M%S}"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller) -> list[float]:
    """Let each pause pass at once, on the simulated clock."""
    taken: list[float] = []
    _pausing(monkeypatch, clock, taken, lambda: None)
    return taken


def _pausing(
    monkeypatch: pytest.MonkeyPatch,
    clock: time_machine.Traveller,
    taken: list[float],
    meanwhile: Callable[[], object],
) -> None:
    def sleep(seconds: float) -> None:
        taken.append(seconds)
        clock.shift(timedelta(seconds=seconds))
        meanwhile()

    monkeypatch.setattr(sandbox, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: sum(taken)))


def test_from_nothing_to_an_invitation(
    user: PartnerAccount, pauses: list[float], shell: Shell
) -> None:
    """It waits until the invitation comes, and says how to see its alert where none is deployed."""
    user.partner_central.referral_lag = timedelta(seconds=95)
    answer = shell("sandbox", "--yes")
    assert answer.code == 0, answer.err
    assert len(pauses) == 10
    assert f"came: {TITLE}" in answer.err
    assert "there is no stack InvitationNotifier-Sandbox" in answer.err
    created = _body(user, "CreateOpportunity")
    assert (created["Catalog"], created["Origin"]) == ("Sandbox", "AWS Referral")


def test_it_is_followed_to_its_alert_and_rejected(
    user: PartnerAccount,
    shell: Shell,
    clock: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The deployed notifier tells it on both channels; then it is gone from the inbox."""
    notifier = Notifier(user, clock)
    notifier.configure(catalog="Sandbox")
    deployed(user, catalog="Sandbox")
    _pausing(monkeypatch, clock, [], notifier.tick)
    answer = shell("sandbox", "--yes", "--reject", "--json")
    assert answer.code == 0, answer.err
    assert set(answer.json["told"]) == {"sns", "slack"}
    assert answer.json["rejected"] is True
    assert user.partner_central.get(answer.json["invitation"])["Status"] == "REJECTED"
    assert any(TITLE in post.payload["text"] for post in user.slack.posts)


def test_nothing_is_made_unasked(user: PartnerAccount, shell: Shell) -> None:
    """Where nobody can be asked, it shows what it would create, and ends with 2."""
    answer = shell("sandbox")
    assert answer.code == 2
    assert '"Catalog": "Sandbox"' in answer.err
    assert ("partnercentral", "CreateOpportunity") not in user.wire.count()


def test_every_other_catalog_is_refused(user: PartnerAccount, shell: Shell) -> None:
    """A catalog that is named must be the Sandbox; nobody is called otherwise."""
    answer = shell("sandbox", "--yes", "-c", "catalog=AWS")
    assert answer.code == 2
    assert answer.err == "catalog is AWS; allowed: Sandbox, the only one for tests\n"
    assert not user.wire.calls


def test_no_other_catalog_can_be_written_to(user: PartnerAccount) -> None:
    """Even a fault in the command could not: such a request does not leave the process."""
    client: Any = sandbox_only(Asked()).partner_central()
    with pytest.raises(WritingRefusedError, match="its catalog is not Sandbox"):
        client.reject_engagement_invitation(Catalog="AWS", Identifier="engi-0123456789abc")
    with pytest.raises(WritingRefusedError, match="not on the list"):
        client.accept_engagement_invitation(Catalog="Sandbox", Identifier="engi-0123456789abc")
    assert not user.wire.calls


@pytest.mark.usefixtures("pauses")
def test_an_invitation_that_never_comes(user: PartnerAccount, shell: Shell) -> None:
    """After as long as was asked for it says what it left behind, and ends with 1."""
    user.partner_central.referral_lag = None
    answer = shell("sandbox", "--yes", "--patience", "1")
    assert answer.code == 1
    assert "no invitation came within 1 minute; opportunity O1000000 stays" in answer.err


def _body(user: PartnerAccount, operation: str) -> Any:
    (call,) = [call for call in user.wire.calls if call.operation == operation]
    return json.loads(call.body)

"""`make bootstrap` and `make deploy` as the CDK CLI really runs them, into accounts by moto.

It ends where moto does: schedules, the policies of topics and of the queue, and what becomes of an
event that failed are left out of the stack; an alarm is only a name, and IAM allows everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.cloudwatch.models import Dashboard

from infra.deploy.account import BOOTSTRAP_VERSION, QUALIFIER_KEY, bootstrap_parameter
from simulator.account import PartnerAccount
from simulator.moto_app import ACCOUNT
from tests.infra.rehearsed import Rehearsal

pytestmark = [
    pytest.mark.xdist_group("rehearsal"),  # They write the same outputs, one after the other.
    pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning"),  # moto leaves it out
]

STACK = "InvitationNotifier-Sandbox"
SANDBOX = ("-c", "catalog=Sandbox", "-c", "emails=you@example.com", "--yes")
ANOTHER = "111122223333"


@pytest.fixture
def rehearsal(account: PartnerAccount, tmp_path: Path) -> Iterator[Rehearsal]:
    made = Rehearsal(account, tmp_path)
    yield made
    made.close()


def stacks(rehearsal: Rehearsal, account: str = ACCOUNT) -> dict[str, str]:
    """Return the state of every stack in an account."""
    found = rehearsal.client("cloudformation", account).describe_stacks()["Stacks"]
    return {stack["StackName"]: stack["StackStatus"] for stack in found}


def deployed(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the notifier's stack."""
    formation = rehearsal.client("cloudformation")
    found: dict[str, Any] = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    return found


def test_the_remedy_for_a_qualifier(rehearsal: Rehearsal) -> None:
    """What the refusal says to run prepares the account as the stack will look for it."""
    given = ("-c", f"{QUALIFIER_KEY}=acme", "--toolkit-stack-name", "CDKToolkit-acme")
    prepared = rehearsal.make("bootstrap", *given)
    assert prepared.code == 0, prepared.said
    assert stacks(rehearsal) == {"CDKToolkit-acme": "CREATE_COMPLETE"}
    parameter = bootstrap_parameter("acme")
    found = rehearsal.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert int(found) >= BOOTSTRAP_VERSION


def test_after_a_first_try_that_failed(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first try left, protected as CDK protects it, is removed, and it is deployed."""
    rehearsal.make("bootstrap")
    with monkeypatch.context() as patch:
        patch.setattr(Dashboard, "create_from_cloudformation_json", no_dashboard)
        failed = rehearsal.make("deploy", *SANDBOX)
    assert failed.code == 1, failed.said
    assert (stack := deployed(rehearsal))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack["EnableTerminationProtection"]
    (left,) = tables(rehearsal)

    refused = rehearsal.make("deploy", *SANDBOX[:-1])
    assert refused.code == 1
    assert "nothing was changed: run this again on a terminal, or with --yes" in refused.said

    ended = rehearsal.make("deploy", *SANDBOX)
    assert ended.code == 0, ended.said
    assert "It failed because: Dashboard7A714131: too many dashboards" in ended.said
    assert f"it is deleted with the table {left}, which nothing was put into" in ended.said
    assert deployed(rehearsal)["StackStatus"] == "CREATE_COMPLETE"
    assert left not in tables(rehearsal)
    assert "A run just now: complete, 0 pending" in ended.said


def test_from_nothing_with_a_profile(rehearsal: Rehearsal) -> None:
    """Its account is checked and deployed into, whatever credentials the environment holds."""
    rehearsal.add_profile("partner", ANOTHER)
    prepared = rehearsal.make("bootstrap", "--profile", "partner")
    assert prepared.code == 0, prepared.said
    assert "warning" not in prepared.said
    ended = rehearsal.make("deploy", *SANDBOX, "--profile", "partner")
    assert ended.code == 0, ended.said
    assert ended.said.startswith(f"{STACK} into account {ANOTHER}, us-east-1, as ")
    assert stacks(rehearsal, ANOTHER) == {"CDKToolkit": "CREATE_COMPLETE", STACK: "CREATE_COMPLETE"}
    assert not stacks(rehearsal)
    assert "still waiting for: you@example.com" in ended.said
    assert "A run just now: complete, 0 pending; not connected yet: " in ended.said


def no_dashboard(*_: Any, **__: Any) -> None:
    raise RuntimeError("too many dashboards")


def tables(rehearsal: Rehearsal) -> list[str]:
    """Return the stack's tables, or what is left of them."""
    names: list[str] = rehearsal.client("dynamodb").list_tables()["TableNames"]
    return [name for name in names if name.startswith(STACK)]

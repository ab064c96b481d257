"""`make bootstrap` and `make deploy` as the CDK CLI really runs them, in accounts by moto.

It ends where moto does: the stack has no schedules, no policies of topics and queue, and no
settings for events that failed; an alarm is only a name, and IAM allows everything.
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
    pytest.mark.xdist_group("rehearsal"),  # They write the same outputs, so they take turns.
    pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning"),  # moto does not know it
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
    """Return the status of every stack in an account."""
    found = rehearsal.client("cloudformation", account).describe_stacks()["Stacks"]
    return {stack["StackName"]: stack["StackStatus"] for stack in found}


def deployed(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the notifier's stack."""
    formation = rehearsal.client("cloudformation", ANOTHER)
    found: dict[str, Any] = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    return found


def test_the_remedy_for_a_qualifier(rehearsal: Rehearsal) -> None:
    """The command in the refusal bootstraps the account in the way that the stack requires."""
    given = ("-c", f"{QUALIFIER_KEY}=acme", "--toolkit-stack-name", "CDKToolkit-acme")
    bootstrapped = rehearsal.make("bootstrap", *given)
    assert bootstrapped.code == 0, bootstrapped.said
    assert stacks(rehearsal) == {"CDKToolkit-acme": "CREATE_COMPLETE"}
    parameter = bootstrap_parameter("acme")
    found = rehearsal.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert int(found) >= BOOTSTRAP_VERSION


def test_a_first_deployment_that_fails_and_the_next_with_a_profile(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is done in the profile's account; what the failure left, protected by CDK, is removed."""
    rehearsal.add_profile("partner", ANOTHER)
    partner = ("--profile", "partner")
    bootstrapped = rehearsal.make("bootstrap", *partner)
    assert bootstrapped.code == 0, bootstrapped.said
    assert "warning" not in bootstrapped.said
    with monkeypatch.context() as patch:
        patch.setattr(Dashboard, "create_from_cloudformation_json", no_dashboard)
        failed = rehearsal.make("deploy", *SANDBOX, *partner)
    assert failed.code == 1, failed.said
    assert (stack := deployed(rehearsal))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack["EnableTerminationProtection"]
    (left,) = tables(rehearsal)

    refused = rehearsal.make("deploy", *SANDBOX[:-1], *partner)
    assert refused.code == 1
    assert "nothing was changed: run this again in a terminal, or with --yes" in refused.said

    ended = rehearsal.make("deploy", *SANDBOX, *partner)
    assert ended.code == 0, ended.said
    assert ended.said.startswith(f"Deploying {STACK} to account {ANOTHER} in us-east-1 as ")
    assert "It failed because: Dashboard7A714131: too many dashboards" in ended.said
    assert f"it is deleted, along with the table {left} (nothing was stored there)." in ended.said
    assert stacks(rehearsal, ANOTHER) == {"CDKToolkit": "CREATE_COMPLETE", STACK: "CREATE_COMPLETE"}
    assert left not in tables(rehearsal)
    assert not stacks(rehearsal)
    assert "still waiting for: you@example.com" in ended.said
    assert "The run succeeded; invitations pending: 0; not connected yet: " in ended.said


def no_dashboard(*_: Any, **__: Any) -> None:
    raise RuntimeError("too many dashboards")


def tables(rehearsal: Rehearsal) -> list[str]:
    """Return the stack's tables, including those that it left behind."""
    names: list[str] = rehearsal.client("dynamodb", ANOTHER).list_tables()["TableNames"]
    return [name for name in names if name.startswith(STACK)]

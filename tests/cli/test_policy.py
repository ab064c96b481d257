"""The policy in `docs/security.md` is what the reading commands need, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cli.account import READING
from simulator.account import PartnerAccount
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.infra.test_docs import SECURITY, block

COMMANDS = [["preview"], ["preview", "--deployed"], ["status"], ["doctor"]]
"""Every reading command; each runs over a deployed account with an invitation in it."""

PREFIXES = {"partnercentral-selling": "partnercentral"}
"""What IAM calls a service, where the SDK has another name for it."""

OTHERWISE = {
    "lambda:": "lambda:GetFunctionConfiguration",
    "monitoring:DescribeAlarms": "cloudwatch:DescribeAlarms",
}
"""What the simulator has no name for, as it is in the path; and what is signed by another name."""

FREE = {"sts:GetCallerIdentity"}
"""What nobody needs a permission for.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""


def test_the_policy_allows_what_is_on_the_list() -> None:
    """Each action of the policy is on the list of what may be called, and the other way round."""
    listed = {_action(name) for name in READING}
    assert set(_actions()) == listed - FREE


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_needs_more(user: PartnerAccount, shell: Shell, command: list[str]) -> None:
    """What arrives at the other end is allowed."""
    user.partner_central.invite()
    deployed(user)
    shell(*command)
    # The simulator names services as IAM does.
    names = {f"{service}:{operation}" for service, operation in user.wire.count()}
    called = {OTHERWISE.get(name, name) for name in names if not name.startswith("slack:")}
    assert called
    assert called <= set(_actions()) | FREE


def test_the_policy_reads_alone() -> None:
    """No action is a wildcard, so that nothing comes in with a service's next release."""
    assert not [action for action in _actions() if "*" in action]


def _action(name: str) -> str:
    service, _, operation = name.partition(":")
    return f"{PREFIXES.get(service, service)}:{operation}"


def _actions() -> Iterator[str]:
    statements: list[dict[str, Any]] = block(SECURITY, "reading")["Statement"]
    for statement in statements:
        assert statement["Effect"] == "Allow"
        action = statement["Action"]
        yield from [action] if isinstance(action, str) else action

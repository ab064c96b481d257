"""The deployed package in Lambda's own runtime: one synthesis and one environment for the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.environment import ExecutionEnvironment
from simulator.account import PartnerAccount
from tests.packaged.deployment import Deployment, deployment

CONTEXT = {"emails": ["sales@partner.example"], "timezone": "Asia/Tokyo"}


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Return what a synthesis puts into its output folder, which is not in the repository."""
    return deployment(tmp_path_factory.mktemp("cdk.out"), CONTEXT)


@pytest.fixture(scope="session")
def function(deployed: Deployment, box: PartnerAccount) -> Iterator[ExecutionEnvironment]:
    """Return an environment with the template's handler, variables and time-out.

    It stays while the tests reset the account beside it: its addresses and names are the same.
    """
    with ExecutionEnvironment(
        [deployed.asset],
        deployed.function["Handler"],
        deployed.variables(box),
        timeout=deployed.function["Timeout"],
    ) as environment:
        yield environment

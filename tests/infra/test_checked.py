"""The app refuses to be deployed to an account, or with a configuration, that was not checked."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from infra import checked
from infra.config import Config
from infra.deploy import deployment
from infra.refusal import ConfigError
from simulator.account import PartnerAccount
from tests.infra.deploying import ACCOUNT, Cdk, outputs
from tests.infra.test_app import run_app

CONFIG = Config(catalog="Sandbox")
CHECKED = checked.environment(CONFIG, ACCOUNT)
ANOTHER = "111122223333"


def test_what_was_checked_is_deployed() -> None:
    """The same account and the same configuration."""
    checked.refuse_another(CONFIG, {**CHECKED, checked.ACCOUNT: ACCOUNT})


def test_without_checks_nothing_is_refused() -> None:
    """`make synth`, `cdk diff` and the like check no account."""
    checked.refuse_another(CONFIG, {})
    checked.refuse_another(CONFIG, {checked.ACCOUNT: ANOTHER})


@pytest.mark.parametrize(
    ("environment", "found"), [({checked.ACCOUNT: ANOTHER}, ANOTHER), ({}, "none")]
)
def test_another_account_is_refused(environment: dict[str, str], found: str) -> None:
    """Both are named, and how to use only one."""
    with pytest.raises(ConfigError) as refused:
        checked.refuse_another(CONFIG, CHECKED | environment)
    assert str(refused.value) == (
        f"CDK uses credentials for account {found}, but account {ACCOUNT} was checked; "
        "use one profile for both: --profile NAME, or AWS_PROFILE"
    )


def test_another_configuration_is_refused() -> None:
    """It came in a way that the checks do not know."""
    with pytest.raises(
        ConfigError, match=r"^CDK uses another configuration than the one that was "
    ):
        checked.refuse_another(Config(catalog="AWS"), {**CHECKED, checked.ACCOUNT: ACCOUNT})


def test_the_command_tells_the_app(account: PartnerAccount, session: boto3.Session) -> None:
    """What it passes to the CDK CLI is what the app compares."""
    cdk = Cdk(outputs(account))
    deployment.deploy(["-c", "catalog=Sandbox"], session, cdk)
    assert cdk.environment == CHECKED


def test_the_app_ends_with_one_line(tmp_path: Path) -> None:
    """Run as by the CDK CLI, with credentials that were not checked, it writes nothing."""
    variables = {checked.VARIABLE: CHECKED[checked.VARIABLE], checked.ACCOUNT: ANOTHER}
    ended = run_app(tmp_path, "-c", "catalog=Sandbox", CDK_OUTDIR="out", **variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"CDK uses credentials for account {ANOTHER}, but account {ACCOUNT}")
    assert not list(tmp_path.rglob("*.json"))

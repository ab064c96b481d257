"""The app refuses to be deployed where, or as, nobody has checked it."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from infra import checked
from infra.config import Config, ConfigError
from infra.deploy import deployment
from simulator.account import PartnerAccount
from tests.infra.deploying import ACCOUNT, Cdk, outputs
from tests.infra.test_app import run_app

CONFIG = Config(catalog="Sandbox")
CHECKED = checked.environment(CONFIG, ACCOUNT)
ANOTHER = "111122223333"


def test_what_was_checked_is_deployed() -> None:
    """The same account and the same configuration."""
    checked.refuse_another(CONFIG, {**CHECKED, checked.ACCOUNT: ACCOUNT})


def test_where_nothing_was_checked_anything_goes() -> None:
    """`make synth`, `cdk diff` and the like say nothing of an account."""
    checked.refuse_another(CONFIG, {})
    checked.refuse_another(CONFIG, {checked.ACCOUNT: ANOTHER})


@pytest.mark.parametrize(
    ("environment", "found"), [({checked.ACCOUNT: ANOTHER}, ANOTHER), ({}, "none")]
)
def test_another_account_is_refused(environment: dict[str, str], found: str) -> None:
    """Both are named, and how to make them one."""
    with pytest.raises(ConfigError) as refused:
        checked.refuse_another(CONFIG, CHECKED | environment)
    assert str(refused.value) == (
        f"CDK found credentials for account {found}, and account {ACCOUNT} was checked; "
        "name one profile for both: --profile NAME, or AWS_PROFILE"
    )


def test_another_configuration_is_refused() -> None:
    """It came by a way that the checks do not know."""
    with pytest.raises(ConfigError, match=r"^CDK found another configuration than was checked; "):
        checked.refuse_another(Config(catalog="AWS"), {**CHECKED, checked.ACCOUNT: ACCOUNT})


def test_the_command_tells_the_app(account: PartnerAccount, session: boto3.Session) -> None:
    """What it hands to the CDK CLI is what the app compares."""
    cdk = Cdk(outputs(account))
    deployment.deploy(["-c", "catalog=Sandbox"], session, cdk)
    assert cdk.environment == CHECKED


def test_the_app_ends_with_one_line(tmp_path: Path) -> None:
    """As the CDK CLI runs it, with credentials that were not checked; nothing is written."""
    variables = {checked.VARIABLE: CHECKED[checked.VARIABLE], checked.ACCOUNT: ANOTHER}
    ended = run_app(tmp_path, "-c", "catalog=Sandbox", CDK_OUTDIR="out", **variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"CDK found credentials for account {ANOTHER}, and account {ACCOUNT}")
    assert not list(tmp_path.rglob("*.json"))

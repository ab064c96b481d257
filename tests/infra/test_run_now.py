"""`make deploy` ends with what a run reports, not with what was deployed."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from infra.deploy import deployment, run_now
from simulator.account import PartnerAccount
from simulator.wire import Fault, Hang, Refuse
from tests.infra.deploying import DENIED, Cdk, outputs

BY_HAND = "aws lambda invoke --region us-east-1 --function-name notifier /dev/stdout"


def answers(account: PartnerAccount, answer: Any, *headers: tuple[str, str]) -> None:
    """Make the function return this answer whenever it is invoked."""
    body = json.dumps(answer).encode()
    account.wire.inject(
        Fault("lambda", Refuse(200, body, (("Content-Type", "application/json"), *headers)))
    )


def run(**fields: Any) -> dict[str, Any]:
    return {"held": False, "complete": True, "listed": 0, "channels": {}} | fields


def deployed(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    code = deployment.deploy([], session, Cdk(outputs(account)))
    return code, capsys.readouterr().out


def test_a_run_that_succeeded(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says that it works, and how many invitations are pending."""
    answers(account, run(listed=3))
    code, said = deployed(account, session, capsys)
    assert code == 0
    assert "The run succeeded; invitations pending: 3.\n" in said


def test_a_channel_that_is_not_connected_is_named(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run can succeed although nobody receives anything."""
    answers(account, run(channels={"sns": {"not_connected": "confirm"}, "slack": {"told": 0}}))
    assert (
        "The run succeeded; invitations pending: 0; not connected yet: email.\n"
        in (deployed(account, session, capsys)[1])
    )


def test_a_run_that_failed_makes_the_command_fail(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stack exists but does not work: whoever deployed it learns so now, with the reason."""
    error = {"errorMessage": "AccessDenied: partnercentral:List\nmore", "errorType": "RunFailed"}
    answers(account, error, ("X-Amz-Function-Error", "Unhandled"))
    code, said = deployed(account, session, capsys)
    assert code == 1
    assert "The run failed: AccessDenied: partnercentral:List more\n" in said
    assert BY_HAND in said


def test_another_run_was_in_progress(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The schedule may have been faster; that run is in the log."""
    answers(account, run(held=True, complete=False))
    code, said = deployed(account, session, capsys)
    assert code == 0
    assert "Another run was already in progress" in said
    assert BY_HAND in said


@pytest.mark.parametrize("answer", [None, [], {"complete": True}, "ok"])
def test_an_answer_without_a_summary(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    answer: Any,
) -> None:
    """Nothing is claimed that was not reported."""
    answers(account, answer)
    code, said = deployed(account, session, capsys)
    assert code == 0
    assert "succeeded" not in said
    assert BY_HAND in said


def test_without_permission_to_invoke_the_command_is_printed(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Deployers who may only assume CDK's roles are warned, and the command succeeds."""
    account.wire.inject(Fault("lambda", DENIED, times=None))
    code, said = deployed(account, session, capsys)
    assert code == 0
    assert "No answer from the function (AccessDeniedException)" in said
    assert BY_HAND in said


def test_a_run_that_takes_too_long_is_invoked_once(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits forever, and the invocation is not repeated."""
    monkeypatch.setattr(run_now, "PATIENCE_SECONDS", 1)
    slow = account.wire.inject(Fault("lambda", Hang(2), times=None))
    code, said = deployed(account, session, capsys)
    assert code == 0
    assert "No answer from the function (ReadTimeoutError)" in said
    assert account.wire.hits(slow) == 1


def test_the_wait_is_longer_than_the_functions_timeout() -> None:
    """A run that uses all of its time is still reported."""
    assert run_now.PATIENCE_SECONDS > 120


@pytest.mark.parametrize("option", ["--no-execute", "--method=prepare-change-set"])
def test_a_change_set_that_is_only_prepared_is_not_a_deployment(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    """Nothing was deployed, so nothing is reported and nothing is run."""
    assert deployment.deploy([option], session, Cdk({})) == 0
    assert "Deployed" not in capsys.readouterr().out
    assert ("lambda", "") not in account.wire.count()

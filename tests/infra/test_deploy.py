"""`make deploy`: one line for what is missing beforehand, a list of what remains afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from infra.config import Config
from infra.deploy import deployment
from infra.deploy.account import (
    BOOTSTRAP_VERSION,
    QUALIFIER,
    NotReadyError,
    caller,
    check_bootstrap,
)
from infra.deploy.next_steps import remaining_steps
from infra.deploy.subscribers import audiences
from infra.refusal import ConfigError
from simulator.account import PartnerAccount
from simulator.injection import Service
from simulator.wire import Fault, Refuse, aws_query_error
from tests.deployed import READER
from tests.infra.deploying import DENIED, Cdk, bootstrapped, outputs
from tests.infra.templates import EMAILS, Template

ROOT = Path(__file__).parents[2]


def remaining(session: boto3.Session, config: Config, found: dict[str, str]) -> list[str]:
    """Return what remains after a deployment with these outputs."""
    return remaining_steps(session, config, found, audiences(session, config, found))


def test_context_and_options_are_passed_on(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """CDK receives the arguments unchanged, after one line that says what is deployed where."""
    cdk = Cdk(outputs(account))
    arguments = ["-c", "catalog=Sandbox", "-c", "emails=a@example.com", "--require-approval=never"]
    assert deployment.deploy(arguments, session, cdk) == 0
    ((first, _, file, *rest),) = cdk.asked
    assert (first, rest) == ("deploy", arguments)
    assert file == str(deployment.OUTPUTS)
    said = capsys.readouterr().out
    assert said.startswith(
        "Deploying InvitationNotifier-Sandbox to account 123456789012 in us-east-1 as "
    )


def test_a_configured_region_that_is_not_used_is_named(
    account: PartnerAccount,
    session: boto3.Session,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever works in another region learns why this is deployed elsewhere."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    deployment.deploy([], session, Cdk(outputs(account)))
    assert (
        "us-east-1 (not eu-central-1: Partner Central is in us-east-1)" in capsys.readouterr().out
    )


def test_an_invalid_configuration_ends_it_before_any_call(
    account: PartnerAccount, session: boto3.Session
) -> None:
    """Neither AWS nor CDK is called with a value that synth would refuse."""
    cdk = Cdk({})
    with pytest.raises(ConfigError, match="context key catalog is"):
        deployment.deploy(["--context", "catalog=Prod"], session, cdk)
    assert not cdk.asked
    assert not account.wire.calls


@pytest.mark.parametrize(
    ("refusal", "complaint"),
    [
        (aws_query_error("ExpiredToken", "expired", 403), r"rejects .*\(ExpiredToken\); sign in"),
        (aws_query_error("InvalidClientTokenId", "no", 403), r"\(InvalidClientTokenId\); sign in"),
    ],
)
def test_credentials_that_aws_rejects(
    account: PartnerAccount, session: boto3.Session, refusal: Refuse, complaint: str
) -> None:
    """One line with AWS's own error code, and what to do."""
    account.wire.inject(Fault("sts", refusal, times=None))
    with pytest.raises(NotReadyError, match=complaint):
        deployment.deploy([], session, Cdk({}))


def test_credentials_of_another_partition(account: PartnerAccount, session: boto3.Session) -> None:
    """Accounts in China and GovCloud have no Partner Central."""
    answer = (
        b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        b"<GetCallerIdentityResult><Arn>arn:aws-cn:iam::123456789012:user/me</Arn>"
        b"<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    account.wire.inject(Fault("sts", Refuse(200, answer, (("Content-Type", "text/xml"),))))
    with pytest.raises(NotReadyError, match="partition aws-cn; allowed: aws"):
        caller(session)


def test_an_account_that_is_not_bootstrapped(account: PartnerAccount) -> None:
    """The remedy is a command of this project."""
    fresh = boto3.Session("AKIAMADEUP", "made-up")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", account.aws.url)
        with pytest.raises(
            NotReadyError, match=r"not bootstrapped for CDK .*; run: make bootstrap"
        ):
            check_bootstrap(fresh, "123456789012", QUALIFIER)


def test_an_account_that_was_bootstrapped_long_ago(session: boto3.Session) -> None:
    """A version that is too old is named, along with the one that is needed."""
    bootstrapped("5")
    with pytest.raises(NotReadyError, match="with version 5, but 6 is needed"):
        deployment.deploy([], session, Cdk({}))


def test_the_version_is_the_one_the_stack_requires(manifest: Template) -> None:
    """CDK itself writes the version into the manifest."""
    stack = manifest["artifacts"]["InvitationNotifier-AWS"]["properties"]
    assert stack["requiresBootstrapStackVersion"] == BOOTSTRAP_VERSION


def test_without_permission_to_check_it_continues(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Deployers who may only assume CDK's roles are warned, not stopped."""
    account.wire.inject(Fault("ssm", DENIED, times=None))
    cdk = Cdk(outputs(account))
    assert deployment.deploy([], session, cdk) == 0
    assert (
        "cannot check whether CDK is bootstrapped in us-east-1 (AccessDenied"
        in capsys.readouterr().out
    )
    assert cdk.asked


def test_what_remains_after_a_first_deployment(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has to confirm, and the command that fills the secret, with its real name."""
    account.aws.reset()
    bootstrapped(str(BOOTSTRAP_VERSION))
    for address in EMAILS:
        account.aws.subscribe_email(address, confirmed=False)
    account.aws.confirm(EMAILS[0])
    deployment.deploy(["-c", f"emails={','.join(EMAILS)}"], session, Cdk(outputs(account)))
    said = capsys.readouterr().out
    assert "What remains to be done:" in said
    assert f"still waiting for: {EMAILS[1]}.\n" in said
    assert "(or that address alone)" in said
    assert f"--secret-id {account.aws.secret_arn} --secret-string file://slack.json" in said
    assert "aws lambda invoke --region us-east-1 --function-name notifier" in said


def test_a_bot_has_to_be_invited_to_every_channel(
    account: PartnerAccount, session: boto3.Session
) -> None:
    """Those of the routes and of the escalations, but nobody is invited to a person."""
    account.wire.inject(Fault("secretsmanager", DENIED, times=None))
    when = {"title": "x"}
    routes = [
        {"name": "dach", "when": when | {"country": "DE"}, "slack_channel": "C01"},
        {"name": "leads", "when": when | {"sender": "y"}, "escalate_to": "U04"},
        {"name": "rest", "when": when, "slack_channel": "C01", "escalate_to": "Carl@example.com"},
    ]
    context = {"routes": routes, "escalate_hours": 8, "escalate_to": "G03"}
    (step,) = (
        line
        for line in remaining(session, Config.from_context(context), outputs(account))
        if line.startswith("Connect Slack")
    )
    assert "/invite the bot to the channel, C01, G03)" in step


def test_nothing_remains_once_everything_is_done(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """An upgrade asks for nothing; the secret's value is not read to find out."""
    deployment.deploy(["-c", f"emails={READER}"], session, Cdk(outputs(account)))
    assert "Deployed. Nothing remains to be done." in capsys.readouterr().out
    assert ("secretsmanager", "GetSecretValue") not in account.wire.count()


@pytest.mark.parametrize(("service", "step"), [("sns", "Check"), ("secretsmanager", "Connect")])
def test_a_step_that_cannot_be_checked_is_listed(
    account: PartnerAccount, session: boto3.Session, service: Service, step: str
) -> None:
    """Without permission to look, one step too many is better than one too few."""
    refusal = (
        DENIED if service == "secretsmanager" else aws_query_error("AuthorizationError", "", 403)
    )
    account.wire.inject(Fault(service, refusal, times=None))
    config = Config(emails=(READER,))
    assert [line.split()[0] for line in remaining(session, config, outputs(account))] == [step]


def test_a_failed_deployment_lists_no_steps(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """CDK has the last word, and its exit code is ours."""
    assert deployment.deploy([], session, Cdk({}, code=3)) == 3
    assert "Deployed" not in capsys.readouterr().out


def test_bootstrap_needs_no_configuration(session: boto3.Session) -> None:
    """It bootstraps the account of the credentials, in Partner Central's region."""
    cdk = Cdk({})
    deployment.bootstrap(["--verbose"], session, cdk)
    assert cdk.asked == [["bootstrap", "aws://123456789012/us-east-1", "--app", "", "--verbose"]]


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["-c", "catalogue=AWS"], {}, 'context key "catalogue" is unknown; did you mean catalog?'),
        ([], {}, "no usable AWS credentials (NoCredentialsError); sign in with"),
        ([], {"AWS_PROFILE": "gone"}, "The config profile (gone) could not be found"),
    ],
)
def test_it_ends_with_one_line(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], complaint: str
) -> None:
    """As the command is really run: exit code 1, one line, no traceback."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    ended = subprocess.run(
        [sys.executable, "-m", "infra.deploy", *arguments],
        cwd=ROOT,
        env=clean
        | environment
        | {"PYTHONPATH": os.pathsep.join((str(ROOT / "lambdas"), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith(complaint)

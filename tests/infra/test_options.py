"""What makes the CDK CLI deploy elsewhere is followed by our checks, or refused in one line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_cdk import App

from infra.config import Config
from infra.deploy import deployment, options
from infra.deploy.account import BOOTSTRAP_VERSION, QUALIFIER, QUALIFIER_KEY, NotReadyError
from infra.stack import NotifierStack
from simulator.account import PartnerAccount
from simulator.moto_app import REGION
from tests.infra.conftest import UNSTAGED
from tests.infra.deploying import ACCOUNT, Cdk, bootstrapped, outputs
from tests.infra.templates import STACKS

ANOTHER = "111122223333"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder, in the home of somebody who has configured nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (folder := tmp_path / "project").mkdir()
    return folder


def write(folder: Path, name: str, **settings: Any) -> None:
    (folder / name).write_text(json.dumps(settings))


# The profile.


@pytest.mark.parametrize(
    "arguments",
    [
        ["--profile", "mine"],
        ["--profile=mine"],
        ["-c", "catalog=Sandbox", "--yes", "--profile", "mine", "--require-approval", "never"],
    ],
)
def test_the_profile_on_the_command_line(root: Path, arguments: Sequence[str]) -> None:
    """However it is written, and whatever surrounds it."""
    assert options.read(arguments, {}, root).profile == "mine"


def test_the_precedence_of_profiles(root: Path) -> None:
    """The command line's, then the variable's, the project's, and the user's."""
    assert options.read([], {}, root).profile is None
    write(root.parent, ".cdk.json", profile="user's")
    assert options.read([], {}, root).profile == "user's"
    write(root, "cdk.json", profile="project's")
    assert options.read([], {}, root).profile == "project's"
    variable = {"CDK_PROFILE": "variable's"}
    assert options.read([], variable, root).profile == "variable's"
    assert options.read(["--profile", "command's"], variable, root).profile == "command's"


def test_an_empty_profile_is_none(root: Path) -> None:
    """As for the CDK CLI: then the environment decides."""
    assert options.read(["--profile", ""], {"CDK_PROFILE": ""}, root).profile is None


@pytest.fixture
def signed_in(account: PartnerAccount, session: boto3.Session, tmp_path: Path) -> None:
    """Sign in to two accounts on this machine: one by default, one with a profile."""
    role = f"arn:aws:iam::{ANOTHER}:role/partner"
    account.aws.roles.trust(role)
    client: Any = session.client("sts", region_name=REGION)
    keys = client.assume_role(RoleArn=role, RoleSessionName="deployer")["Credentials"]
    (folder := tmp_path / ".aws").mkdir()
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAMADEUP\naws_secret_access_key = made-up\n"
        f"[partner]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
        f"aws_session_token = {keys['SessionToken']}\n"
    )


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("arguments", "environment", "found"),
    [
        ([], {}, ACCOUNT),
        (["--profile", "partner"], {}, ANOTHER),
        ([], {"CDK_PROFILE": "partner"}, ANOTHER),
        ([], {"AWS_PROFILE": "partner"}, ANOTHER),
        (["--profile", "default"], {"AWS_PROFILE": "partner"}, ACCOUNT),
    ],
)
def test_the_checks_use_the_account_that_cdk_deploys_to(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    found: str,
) -> None:
    """Whichever way the profile was named."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    cdk = Cdk({})
    assert deployment.bootstrap(arguments, deployment.session_for(arguments), cdk) == 0
    ((_, target, *_),) = cdk.asked
    assert target == f"aws://{found}/us-east-1"


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["--app", "x"], {}, "option --app cannot be used here; make deploy always"),
        (["-a", "x"], {}, "option --app cannot be used here; make deploy always"),
        ([], {"CDK_APP": "x"}, "variable CDK_APP cannot be used here; make deploy always"),
        (["--proxy", "x"], {}, "option --proxy cannot be used here; set HTTPS_PROXY instead"),
        ([], {"CDK_PROXY": "x"}, "variable CDK_PROXY cannot be used here; set HTTPS_PROXY instead"),
        (
            ["--ca-bundle-path=x"],
            {},
            "option --ca-bundle-path cannot .*; set AWS_CA_BUNDLE instead",
        ),
        (["--caBundlePath", "x"], {}, "option --ca-bundle-path cannot .*; set AWS_CA_BUNDLE"),
        ([], {"CDK_CA_BUNDLE_PATH": "x"}, "variable CDK_CA_BUNDLE_PATH .*; set AWS_CA_BUNDLE"),
        (["--ec2creds"], {}, "option --ec2creds cannot be used here; name a profile instead"),
        (["-i"], {}, "option --ec2creds cannot be used here; name a profile instead"),
        ([], {"CDK_EC2CREDS": "true"}, "variable CDK_EC2CREDS .*; name a profile instead"),
        ([], {"CDK_CONTEXT": "a=b"}, "variable CDK_CONTEXT cannot be used here; use -c key="),
        (["--region", "eu-west-1"], {}, "option --region is eu-west-1; allowed: us-east-1, where"),
        (
            [],
            {"CDK_REGION": "eu-west-1"},
            "option --region is eu-west-1; allowed: us-east-1, where",
        ),
        (["-ccatalog=AWS"], {}, "option -ccatalog=AWS is not understood; allowed: -c key=value"),
        (["-vc", "catalog=AWS"], {}, "option -vc is not understood; allowed: -c key=value"),
        (
            ["--profile"],
            {},
            r"option --profile is not understood \(expected one argument\); allowed: the form",
        ),
        (
            ["--yes=true"],
            {},
            "option --yes/-y is not understood .*; allowed: the form in `cdk deploy --help`",
        ),
        (["--outputs-file", "x"], {}, "option --outputs-file cannot .*; read build/outputs.json"),
        (["--ec2creds=false"], {}, "option --ec2creds/-i is not understood .*; allowed: the form"),
    ],
)
def test_what_the_checks_cannot_follow_is_refused(
    root: Path, arguments: list[str], environment: dict[str, str], complaint: str
) -> None:
    """One line names it, as given or as documented, and what to use instead."""
    with pytest.raises(NotReadyError, match=rf"^{complaint}") as refused:
        options.read(arguments, environment, root)
    assert len(str(refused.value).splitlines()) == 1


def test_bootstrap_refuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands create a session first."""
    monkeypatch.setenv("CDK_REGION", "eu-west-1")
    with pytest.raises(NotReadyError, match=r"^option --region is eu-west-1"):
        deployment.session_for([])


@pytest.mark.parametrize(
    "arguments",
    [["--region", REGION], ["--role-arn", "x", "--verbose"], ["-v"], ["-R"], ["-c=catalog=AWS"]],
)
def test_what_changes_nothing_is_accepted(root: Path, arguments: list[str]) -> None:
    """Options that affect neither the account nor the context are CDK's own business."""
    assert options.read(arguments, {}, root).profile is None


# The context.


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "catalog=Sandbox"],
        ["-c=catalog=Sandbox"],
        ["--context", "catalog=Sandbox"],
        ["--context=catalog=Sandbox"],
        ["-c", "catalog=Sandbox", "-c", "catalog=Sandbox"],
    ],
)
def test_context_on_the_command_line_takes_precedence(root: Path, arguments: list[str]) -> None:
    """However it is written, and however often."""
    write(root, "cdk.json", context={"catalog": "AWS", "slack": False})
    assert options.read(arguments, {}, root).context == {"catalog": "Sandbox", "slack": False}


def test_context_of_the_files(root: Path) -> None:
    """The project's takes precedence over what was looked up, and that over the user's."""
    write(root.parent, ".cdk.json", context={"a": "user", "b": "user", "c": "user"})
    write(root, "cdk.context.json", a="looked up", b="looked up")
    write(root, "cdk.json", context={"a": "project"})
    found = options.read([], {}, root).context
    assert found == {"a": "project", "b": "looked up", "c": "user"}


# What is asked for.


@pytest.mark.parametrize(
    ("arguments", "approved", "kept", "executed"),
    [
        ([], False, False, True),
        (["--yes"], True, False, True),
        (["-y"], True, False, True),
        (["--no-rollback"], False, True, True),
        (["-R"], False, True, True),
        (["--rollback=false"], False, True, True),
        (["--no-execute"], False, False, False),
        (["--method=prepare-change-set"], False, False, False),
        (["-m", "prepare-change-set"], False, False, False),
        (["-m", "direct"], False, False, True),
    ],
)
def test_what_is_asked_for(
    root: Path,
    arguments: list[str],
    approved: bool,  # noqa: FBT001  (a parameter of the test)
    kept: bool,  # noqa: FBT001  (likewise)
    executed: bool,  # noqa: FBT001  (likewise)
) -> None:
    """Whether a failure may be removed, is kept, and whether anything is deployed at all."""
    asked = options.read(arguments, {}, root)
    assert (asked.approved, asked.kept, asked.executed) == (approved, kept, executed)


def test_what_is_asked_for_elsewhere(root: Path) -> None:
    """A variable or cdk.json can set it too, like any option of the CDK CLI."""
    assert not options.read([], {"CDK_METHOD": "prepare-change-set"}, root).executed
    assert options.read([], {"CDK_ROLLBACK": "false"}, root).kept
    write(root, "cdk.json", method="prepare-change-set", rollback=False)
    assert options.read([], {}, root).kept
    assert not options.read([], {}, root).executed
    assert options.read(["--method", "direct"], {}, root).executed


# The qualifier.


def test_the_qualifier_is_cdks_default_unless_set(root: Path) -> None:
    """On the command line, or in cdk.json, as other projects do."""
    assert options.read([], {}, root).qualifier == QUALIFIER
    assert options.read(["-c", f"{QUALIFIER_KEY}=acme"], {}, root).qualifier == "acme"
    write(root, "cdk.json", context={QUALIFIER_KEY: "corp"})
    assert options.read([], {}, root).qualifier == "corp"


def test_the_bootstrap_of_another_qualifier_is_checked(
    account: PartnerAccount, session: boto3.Session
) -> None:
    """CDK's default one is not enough; the remedy leaves it alone."""
    arguments = ["-c", f"{QUALIFIER_KEY}=acme"]
    with pytest.raises(NotReadyError) as refused:
        deployment.deploy(arguments, session, Cdk({}))
    assert str(refused.value) == (
        f"account {ACCOUNT} is not bootstrapped for CDK in us-east-1 with the qualifier acme; run: "
        f'make bootstrap ARGS="-c {QUALIFIER_KEY}=acme --toolkit-stack-name CDKToolkit-acme"'
    )
    bootstrapped(str(BOOTSTRAP_VERSION), "acme")
    cdk = Cdk(outputs(account))
    assert deployment.deploy(arguments, session, cdk) == 0
    assert cdk.asked[0][-2:] == arguments


@STACKS
def test_the_stack_is_deployed_through_that_bootstrap(tmp_path: Path) -> None:
    """Its version, its bucket and its roles are those of the qualifier."""
    app = App(
        analytics_reporting=False,
        outdir=str(tmp_path),
        context=UNSTAGED | {QUALIFIER_KEY: "acme"},
    )
    config = Config.from_context(app.node.get_all_context())
    NotifierStack(app, config=config, account=ACCOUNT)
    app.synth()
    manifest = (tmp_path / "manifest.json").read_text("utf-8")
    stack = json.loads(manifest)["artifacts"]["InvitationNotifier-AWS"]["properties"]
    assert stack["bootstrapStackVersionSsmParameter"] == "/cdk-bootstrap/acme/version"
    assert ":role/cdk-acme-deploy-role-" in stack["assumeRoleArn"]
    assert QUALIFIER not in manifest

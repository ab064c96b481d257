"""A first deployment that failed is no dead end; a key that would make it fail is found first."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends

from infra import key_policy
from infra.deploy import deployment, failed
from infra.deploy.account import NotReadyError
from infra.deploy.key import look_at_key
from simulator.account import PartnerAccount
from simulator.moto_app import REGION
from simulator.wire import Fault, aws_json_error, aws_query_error
from tests.infra.deploying import ACCOUNT, Cdk, outputs

STACK = "InvitationNotifier-AWS"

TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "catalog", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "catalog", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
                "DeletionProtectionEnabled": True,
            },
        },
        "Secret": {"Type": "AWS::SecretsManager::Secret", "DeletionPolicy": "Retain"},
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
}


@pytest.fixture
def stack(account: PartnerAccount, session: boto3.Session) -> Any:
    """Return a stack whose creation failed, with termination protection on, as CDK leaves it."""
    assert account.aws.url
    client: Any = session.client("cloudformation", region_name=REGION)
    client.create_stack(
        StackName=STACK, TemplateBody=json.dumps(TEMPLATE), EnableTerminationProtection=True
    )
    (found,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    found.status = "ROLLBACK_COMPLETE"
    return found


@pytest.fixture
def table(stack: Any) -> str:
    """Return the name of the table that it left."""
    found: str = stack.resource_map["Table"].name
    return found


@pytest.fixture
def secret(stack: Any) -> str:
    """Return the ARN of the secret that it left, as earlier versions did."""
    found: str = stack.resource_map["Secret"].physical_resource_id
    return found


def tables(session: boto3.Session) -> list[str]:
    return session.client("dynamodb", region_name=REGION).list_tables()["TableNames"]


def secrets(session: boto3.Session) -> list[str]:
    client: Any = session.client("secretsmanager", region_name=REGION)
    return [found["ARN"] for found in client.list_secrets()["SecretList"]]


def calls(account: PartnerAccount) -> list[str]:
    """Return what was changed, in order."""
    return [
        call.operation
        for call in account.wire.calls
        if call.operation.startswith(("Update", "Delete"))
    ]


def test_it_is_removed_with_what_it_left(
    account: PartnerAccount,
    session: boto3.Session,
    table: str,
    secret: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever says yes is told first what will happen; then CDK deploys as if it were the first."""
    cdk = Cdk(outputs(account))
    assert deployment.deploy(["--yes"], session, cdk) == 0
    assert cdk.asked
    said = capsys.readouterr().out
    assert f"{STACK} is left of a first deployment that failed (ROLLBACK_COMPLETE)" in said
    assert f"the table {table}, the secret {secret}, which nothing was put into" in said
    assert calls(account) == [
        "UpdateTerminationProtection",
        "DeleteStack",
        "UpdateTable",
        "DeleteTable",
        "DeleteSecret",
    ]
    assert table not in tables(session)
    assert secret not in secrets(session)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"])
def test_nothing_is_removed_unasked(
    account: PartnerAccount, session: boto3.Session, stack: Any, status: str
) -> None:
    """Without a terminal and without --yes it ends with one line, before CDK begins."""
    stack.status = status
    cdk = Cdk(outputs(account))
    with pytest.raises(NotReadyError, match="run this again on a terminal, or with --yes"):
        deployment.deploy([], session, cdk)
    assert not cdk.asked
    assert not calls(account)


@pytest.mark.parametrize(("answer", "removed"), [("y", True), ("yes", True), ("", False)])
def test_it_asks_on_a_terminal(
    session: boto3.Session,
    stack: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    removed: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    """The answer that changes nothing is the one that comes with Return alone."""
    assert stack.status == "ROLLBACK_COMPLETE"
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    if removed:
        assert failed.clear_away(session, STACK, agreed=False) is None
    else:
        with pytest.raises(NotReadyError):
            failed.clear_away(session, STACK, agreed=False)


def test_a_table_that_holds_something_is_kept(
    session: boto3.Session, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a run recorded before the creation failed is nobody's to throw away unseen."""
    client: Any = session.client("dynamodb", region_name=REGION)
    client.put_item(TableName=table, Item={"catalog": {"S": "AWS"}})
    failed.clear_away(session, STACK, agreed=True)
    assert f"Kept, because something was put into it: the table {table}." in capsys.readouterr().out
    assert table in tables(session)


def test_a_secret_that_was_filled_is_kept(
    session: boto3.Session, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody may have filled it already; its value is never read to know it."""
    client: Any = session.client("secretsmanager", region_name=REGION)
    client.put_secret_value(SecretId=secret, SecretString="{}")
    failed.clear_away(session, STACK, agreed=True)
    assert f"something was put into it: the secret {secret}." in capsys.readouterr().out
    assert secret in secrets(session)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_what_ever_worked_is_not_touched(
    account: PartnerAccount, session: boto3.Session, stack: Any, status: str
) -> None:
    """An update that failed is CloudFormation's to roll back, and CDK's to try again."""
    stack.status = status
    assert failed.clear_away(session, STACK, agreed=True) is None
    assert not calls(account)


def test_what_is_under_way_is_waited_for(session: boto3.Session, stack: Any) -> None:
    """A creation that is being rolled back cannot be deployed over."""
    stack.status = "ROLLBACK_IN_PROGRESS"
    with pytest.raises(NotReadyError, match="ROLLBACK_IN_PROGRESS; try again when that has ended"):
        failed.clear_away(session, STACK, agreed=True)


def test_where_there_is_no_stack_nothing_is_asked(session: boto3.Session) -> None:
    """The first deployment of all begins without a word."""
    assert failed.clear_away(session, STACK, agreed=False) is None


def test_who_may_not_look_at_stacks_goes_on(
    account: PartnerAccount, session: boto3.Session
) -> None:
    """CDK's own roles may deploy what the deployer may not see."""
    denied = aws_query_error("AccessDenied", "no", 403)
    account.wire.inject(Fault("cloudformation", denied, times=None))
    line = failed.clear_away(session, STACK, agreed=True)
    assert line == f"cannot tell in what state {STACK} is (AccessDenied); going on"


# The key.


@pytest.fixture
def key(session: boto3.Session) -> Callable[[list[Any]], str]:
    """Return what makes a key with these statements in its policy."""

    def make(statements: list[Any]) -> str:
        client: Any = session.client("kms", region_name=REGION)
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        found: str = client.create_key(Policy=policy)["KeyMetadata"]["Arn"]
        return found

    return make


NEEDED = key_policy.statements(account=ACCOUNT, stack=STACK)
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
AS_LISTS = [
    {
        **statement,
        "Principal": {kind: [name, "x"] for kind, name in statement["Principal"].items()},
        "Action": "kms:*",
    }
    for statement in NEEDED
]


@pytest.mark.parametrize("statements", [NEEDED, [ANYBODY], AS_LISTS], ids=["exact", "all", "lists"])
def test_a_key_that_lets_the_stack_use_it(
    session: boto3.Session, key: Callable[[list[Any]], str], statements: list[Any]
) -> None:
    """Whatever allows the same is as good."""
    assert look_at_key(session, key(statements), account=ACCOUNT, stack=STACK) is None


@pytest.mark.parametrize("missing", range(len(NEEDED)), ids=[s["Sid"] for s in NEEDED])
def test_a_key_whose_policy_lacks_a_statement(
    account: PartnerAccount,
    session: boto3.Session,
    key: Callable[[list[Any]], str],
    missing: int,
) -> None:
    """The line names it, and where it stands; CDK is not called."""
    arn = key([statement for n, statement in enumerate(NEEDED) if n != missing])
    cdk = Cdk(outputs(account))
    complaint = f"lacks {NEEDED[missing]['Sid']}; add what docs/security.md#a-key-of-your-own shows"
    with pytest.raises(NotReadyError, match=complaint):
        deployment.deploy(["-c", f"kms_key_arn={arn}"], session, cdk)
    assert not cdk.asked


def test_a_key_that_cannot_be_used(session: boto3.Session, key: Callable[[list[Any]], str]) -> None:
    """Disabled, or not there: the line says which."""
    arn = key(NEEDED)
    session.client("kms", region_name=REGION).disable_key(KeyId=arn.rpartition("/")[2])
    with pytest.raises(NotReadyError, match="is in state Disabled; allowed: Enabled"):
        look_at_key(session, arn, account=ACCOUNT, stack=STACK)
    with pytest.raises(NotReadyError, match="does not exist"):
        look_at_key(session, arn[:-4] + "0000", account=ACCOUNT, stack=STACK)


def test_who_may_not_look_at_keys_goes_on(
    account: PartnerAccount, session: boto3.Session, key: Callable[[list[Any]], str]
) -> None:
    """A line says what the key needs, and nothing is stopped."""
    arn = key(NEEDED)
    denied = aws_json_error("AccessDeniedException", "no")
    account.wire.inject(Fault("kms", denied, times=None))
    line = look_at_key(session, arn, account=ACCOUNT, stack=STACK)
    assert line is not None
    assert "(AccessDeniedException); going on" in line

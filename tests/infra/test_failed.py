"""After a first deployment that failed, a second can work; an unusable key is found before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from infra import key_policy
from infra.deploy import deployment, failed
from infra.deploy.account import NotReadyError
from infra.deploy.key import check_key
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
    from moto.cloudformation.models import (  # noqa: PLC0415  (it loads all of moto)
        cloudformation_backends,
    )

    (found,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    found.status = "ROLLBACK_COMPLETE"
    return found


@pytest.fixture
def table(stack: Any) -> str:
    """Return the name of the table that it left behind."""
    found: str = stack.resource_map["Table"].name
    return found


@pytest.fixture
def secret(stack: Any) -> str:
    """Return the ARN of the secret that it left behind, as earlier versions did."""
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


def test_it_is_removed_with_what_it_left_behind(
    account: PartnerAccount,
    session: boto3.Session,
    table: str,
    secret: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What will happen is printed first; afterwards CDK deploys as if for the first time."""
    cdk = Cdk(outputs(account))
    assert deployment.deploy(["--yes"], session, cdk) == 0
    assert cdk.asked
    said = capsys.readouterr().out
    assert f"{STACK} is left over from a first deployment that failed (ROLLBACK_COMPLETE)" in said
    assert f"the table {table} and the secret {secret} (nothing was stored there)." in said
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
def test_nothing_is_removed_without_asking(
    account: PartnerAccount, session: boto3.Session, stack: Any, status: str
) -> None:
    """Without a terminal and without --yes it ends with one line, before CDK starts."""
    stack.status = status
    cdk = Cdk(outputs(account))
    with pytest.raises(NotReadyError, match="run this again in a terminal, or with --yes"):
        deployment.deploy([], session, cdk)
    assert not cdk.asked
    assert not calls(account)


@pytest.mark.parametrize(("answer", "removed"), [("y", True), ("yes", True), ("", False)])
def test_it_asks_in_a_terminal(
    session: boto3.Session,
    stack: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    removed: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    """Just pressing Return changes nothing."""
    assert stack.status == "ROLLBACK_COMPLETE"
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    if removed:
        assert failed.remove_failed(session, STACK, approved=False) is None
    else:
        with pytest.raises(NotReadyError):
            failed.remove_failed(session, STACK, approved=False)


def test_a_table_that_holds_something_is_kept(
    session: boto3.Session, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a run recorded before the creation failed is not thrown away."""
    client: Any = session.client("dynamodb", region_name=REGION)
    client.put_item(TableName=table, Item={"catalog": {"S": "AWS"}})
    failed.remove_failed(session, STACK, approved=True)
    assert (
        f"Kept, because something was stored there: the table {table}." in capsys.readouterr().out
    )
    assert table in tables(session)


def test_a_secret_that_was_filled_is_kept(
    session: boto3.Session, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody may have filled it already; its value is not read to find out."""
    client: Any = session.client("secretsmanager", region_name=REGION)
    client.put_secret_value(SecretId=secret, SecretString="{}")
    failed.remove_failed(session, STACK, approved=True)
    assert f"something was stored there: the secret {secret}." in capsys.readouterr().out
    assert secret in secrets(session)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_a_stack_that_has_worked_is_not_touched(
    account: PartnerAccount, session: boto3.Session, stack: Any, status: str
) -> None:
    """CloudFormation rolls back an update that failed, and CDK can try it again."""
    stack.status = status
    assert failed.remove_failed(session, STACK, approved=True) is None
    assert not calls(account)


def test_an_unfinished_operation_is_waited_for(session: boto3.Session, stack: Any) -> None:
    """Nothing can be deployed while a creation is being rolled back."""
    stack.status = "ROLLBACK_IN_PROGRESS"
    with pytest.raises(
        NotReadyError, match="ROLLBACK_IN_PROGRESS; try again once that has finished"
    ):
        failed.remove_failed(session, STACK, approved=True)


def test_without_a_stack_nothing_is_asked(session: boto3.Session) -> None:
    """The very first deployment starts without a question."""
    assert failed.remove_failed(session, STACK, approved=False) is None


def test_without_permission_to_read_stacks_it_continues(
    account: PartnerAccount, session: boto3.Session
) -> None:
    """CDK's roles may deploy what the deployer may not see."""
    denied = aws_query_error("AccessDenied", "no", 403)
    account.wire.inject(Fault("cloudformation", denied, times=None))
    line = failed.remove_failed(session, STACK, approved=True)
    assert line == f"cannot check what state {STACK} is in (AccessDenied); continuing"


# The key.


@pytest.fixture
def key(session: boto3.Session) -> Callable[[list[Any]], str]:
    """Return a function that creates a key with these statements in its policy."""

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
def test_a_key_that_allows_what_the_stack_needs(
    session: boto3.Session, key: Callable[[list[Any]], str], statements: list[Any]
) -> None:
    """Any statements that allow the same will do."""
    assert check_key(session, key(statements), account=ACCOUNT, stack=STACK) is None


@pytest.mark.parametrize("missing", range(len(NEEDED)), ids=[s["Sid"] for s in NEEDED])
def test_a_key_whose_policy_lacks_a_statement(
    account: PartnerAccount,
    session: boto3.Session,
    key: Callable[[list[Any]], str],
    missing: int,
) -> None:
    """The line names it, and the page that shows it; CDK is not called."""
    arn = key([statement for n, statement in enumerate(NEEDED) if n != missing])
    cdk = Cdk(outputs(account))
    complaint = f"lacks {NEEDED[missing]['Sid']}; add what docs/security.md#a-key-of-your-own shows"
    with pytest.raises(NotReadyError, match=complaint):
        deployment.deploy(["-c", f"kms_key_arn={arn}"], session, cdk)
    assert not cdk.asked


def test_a_key_that_cannot_be_used(session: boto3.Session, key: Callable[[list[Any]], str]) -> None:
    """It is disabled or does not exist: the line says which."""
    arn = key(NEEDED)
    session.client("kms", region_name=REGION).disable_key(KeyId=arn.rpartition("/")[2])
    with pytest.raises(NotReadyError, match="is in state Disabled; allowed: Enabled"):
        check_key(session, arn, account=ACCOUNT, stack=STACK)
    with pytest.raises(NotReadyError, match="does not exist"):
        check_key(session, arn[:-4] + "0000", account=ACCOUNT, stack=STACK)


def test_without_permission_to_read_keys_it_continues(
    account: PartnerAccount, session: boto3.Session, key: Callable[[list[Any]], str]
) -> None:
    """A line says where to find what the key must allow."""
    arn = key(NEEDED)
    denied = aws_json_error("AccessDeniedException", "no")
    account.wire.inject(Fault("kms", denied, times=None))
    line = check_key(session, arn, account=ACCOUNT, stack=STACK)
    assert line is not None
    assert "(AccessDeniedException); continuing" in line

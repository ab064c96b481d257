"""A reading command changes nothing: what is not on the list never leaves the process."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from cli.account import READING, SIGNING_IN, WritingRefusedError, read_only, writing
from cli.asked import Asked
from simulator.account import PartnerAccount

TOPIC = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:alerts", "Message": "no"}
ITEM = {"TableName": "ledger", "Key": {"catalog": {"S": "AWS"}, "id": {"S": "lease"}}}
WRITES = [
    ("sns", "publish", TOPIC),
    ("dynamodb", "delete_item", ITEM),
    ("dynamodb", "update_item", ITEM),
    ("secretsmanager", "put_secret_value", {"SecretId": "slack", "SecretString": "{}"}),
    (
        "partnercentral-selling",
        "reject_engagement_invitation",
        {"Catalog": "AWS", "Identifier": "engi-1"},
    ),
    ("lambda", "invoke", {"FunctionName": "notifier"}),
]
CHANGES = (
    "Put",
    "Update",
    "Delete",
    "Create",
    "Publish",
    "Send",
    "Start",
    "Stop",
    "Reject",
    "Accept",
    "Invoke",
    "Transact",
    "BatchWrite",
    "Tag",
    "Untag",
    "Set",
    "Add",
    "Remove",
)


@pytest.mark.parametrize(("service", "operation", "parameters"), WRITES, ids=lambda v: str(v)[:30])
def test_what_writes_never_arrives(
    user: PartnerAccount, service: str, operation: str, parameters: dict[str, object]
) -> None:
    """Every writing call ends in the process; nothing is counted at the other end."""
    session: Any = read_only(Asked()).session
    client = session.client(service, region_name="us-east-1")
    with pytest.raises(WritingRefusedError, match="was not called"):
        getattr(client, operation)(**parameters)
    assert not user.wire.calls


def test_the_same_call_arrives_without_the_guard(user: PartnerAccount) -> None:
    """The count is a count: what may write does arrive."""
    client = writing(Asked()).client("sns")
    client.publish(TopicArn=user.aws.topic_arn, Message="hello")
    assert user.wire.count() == {("sns", "Publish"): 1}


def test_what_reads_arrives(user: PartnerAccount) -> None:
    """What is on the list is called as ever."""
    source = read_only(Asked()).partner_central()
    source.list_engagement_invitations(Catalog="AWS", ParticipantType="RECEIVER")
    assert user.wire.count() == {("partnercentral", "ListEngagementInvitations"): 1}


def test_another_role_is_guarded_too(user: PartnerAccount) -> None:
    """Whoever reads through another role may not write through it either."""
    role = "arn:aws:iam::210987654321:role/reader"
    client = read_only(Asked([f"partner_central_role_arn={role}"])).partner_central()
    with pytest.raises(WritingRefusedError):
        client.reject_engagement_invitation(Catalog="AWS", Identifier="engi-1")
    assert not user.wire.calls


def test_nothing_on_the_list_changes_anything() -> None:
    """The names on the list are names of operations that read."""
    changing = [name for name in READING if name.partition(":")[2].startswith(CHANGES)]
    assert not changing


def test_every_name_on_the_lists_is_an_operation() -> None:
    """A name that the SDK does not have would allow nothing."""
    session = botocore.session.get_session()
    for name in READING | SIGNING_IN:
        service, _, operation = name.partition(":")
        assert operation in session.get_service_model(service).operation_names

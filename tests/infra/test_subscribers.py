"""`make deploy` never says that all is done while a configured address receives nothing."""

from __future__ import annotations

import json
import shlex

import boto3
import pytest

from infra.deploy import deployment
from infra.subscriptions import filter_policy
from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.answers import SNS_NAMESPACE
from simulator.wire import Fault, Refuse, aws_query_error
from tests.deployed import READER
from tests.infra.conftest import Synth
from tests.infra.deploying import Cdk, outputs
from tests.infra.templates import EMAILS, subscribed

DONE = "Nothing remains to be done."
EMAIL_TO_CONFIRM = "AWS Notification - Subscription Confirmation"


def listing(*subscriptions: tuple[str, str]) -> Refuse:
    """Return SNS's list of addresses, each with its ARN or the word in its place."""
    members = "".join(
        f"<member><Endpoint>{address}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn>"
        "<Protocol>email</Protocol></member>"
        for address, arn in subscriptions
    )
    body = (
        f'<ListSubscriptionsByTopicResponse xmlns="{SNS_NAMESPACE}">'
        f"<ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions>"
        "</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
    )
    return Refuse(200, body.encode(), (("Content-Type", "text/xml"),))


def deploying(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    *context: str,
    **others: str,
) -> str:
    """Deploy, and return what was printed."""
    arguments = [part for pair in context for part in ("-c", pair)]
    deployment.deploy(arguments, session, Cdk(outputs(account) | others))
    return capsys.readouterr().out


def command(said: str) -> list[str]:
    """Return the words of the one `aws sns subscribe` that was printed, as a shell reads them."""
    (line,) = (line for line in said.splitlines() if "aws sns subscribe" in line)
    return shlex.split(line)


def test_an_address_that_sns_has_deleted(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody confirmed within 48 hours is gone; the command that restores it is printed."""
    said = deploying(
        account, session, capsys, f"emails={READER},{EMAILS[0]}", "ops_emails=", "slack=true"
    )
    assert DONE not in said
    words = command(said)
    assert words[:3] == ["aws", "sns", "subscribe"]
    named = dict(zip(words[3::2], words[4::2], strict=True))
    assert named["--notification-endpoint"] == EMAILS[0]
    assert named["--topic-arn"] == account.aws.topic_arn
    assert (named["--region"], named["--protocol"]) == ("us-east-1", "email")


def test_the_command_does_what_it_says(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    synth: Synth,
) -> None:
    """SNS accepts it, with the filter policy of the stack's own subscriptions."""
    words = command(deploying(account, session, capsys, f"emails={READER},{EMAILS[0]}"))
    named = dict(zip(words[3::2], words[4::2], strict=True))
    attributes = json.loads(named["--attributes"])
    session.client("sns", region_name="us-east-1").subscribe(
        TopicArn=named["--topic-arn"],
        Protocol=named["--protocol"],
        Endpoint=named["--notification-endpoint"],
        Attributes=attributes,
    )
    template = synth(emails=EMAILS)
    (wanted,) = (
        properties
        for topic in template["Resources"]
        for properties in subscribed(template, topic)
        if properties["Endpoint"] == EMAILS[0] and "FilterPolicy" in properties
    )
    assert json.loads(attributes["FilterPolicy"]) == wanted["FilterPolicy"]
    assert attributes["FilterPolicyScope"] == wanted["FilterPolicyScope"]


def test_an_address_that_was_unsubscribed(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation does not restore it, so the next deployment says so."""
    account.aws.unsubscribe(READER)
    said = deploying(account, session, capsys, f"emails={READER}")
    assert DONE not in said
    assert READER in command(said)


@pytest.mark.parametrize(
    ("arns", "remains"),
    [
        (["Deleted"], True),
        (["PendingConfirmation"], True),
        (["Deleted", "arn:aws:sns:us-east-1:123456789012:alerts:1"], False),
        (["arn:aws:sns:us-east-1:123456789012:alerts:1", "PendingConfirmation"], False),
    ],
)
def test_only_a_real_arn_is_confirmed(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    arns: list[str],
    remains: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    """SNS keeps listing a deleted subscription; a later one for that address may be confirmed."""
    answer = listing(*((READER.upper(), arn) for arn in arns))
    account.wire.inject(Fault("sns", answer, "ListSubscriptionsByTopic", times=None))
    said = deploying(account, session, capsys, f"emails={READER}", "ops_emails=")
    assert (DONE not in said) is remains


def test_an_address_that_has_yet_to_confirm(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The email is named, and who has to confirm it; nobody is asked to subscribe a second time."""
    account.aws.subscribe_email(EMAILS[0], confirmed=False)
    said = deploying(account, session, capsys, f"emails={READER},{EMAILS[0]}")
    assert f"'{EMAIL_TO_CONFIRM}'" in said
    assert f"waiting for: {EMAILS[0]}" in said
    assert "aws sns subscribe" not in said


def test_alarms_have_their_own_topic(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each topic is compared with its own addresses; alarms are not filtered."""
    ops = account.aws.topic_arn.replace("alerts", "alarms")
    account.wire.inject(
        Fault(
            "sns",
            listing(),
            "ListSubscriptionsByTopic",
            containing=b"alarms",
            times=None,
        )
    )
    said = deploying(
        account,
        session,
        capsys,
        f"emails={READER}",
        f"ops_emails={EMAILS[1]}",
        OpsTopicArn=ops,
    )
    words = command(said)
    assert (ops in words, EMAILS[1] in words) == (True, True)
    assert "--attributes" not in words


def test_an_unusual_address_is_quoted(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Characters that an address may contain have other meanings in a shell."""
    address = "o'brien&`sons`$1!@example.com"
    words = command(deploying(account, session, capsys, f"emails={READER},{address}"))
    assert address in words


def test_without_permission_to_look_it_is_not_done(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """One step too many is better than one too few."""
    account.wire.inject(Fault("sns", aws_query_error("AuthorizationError", "", 403), times=None))
    said = deploying(account, session, capsys, f"emails={READER}")
    assert DONE not in said
    assert f"'{EMAIL_TO_CONFIRM}'" in said


def test_it_is_done_once_everybody_is_confirmed(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """An upgrade asks for nothing, whatever the case of an address."""
    said = deploying(account, session, capsys, f"emails={READER.capitalize()}")
    assert DONE in said


def test_somebody_has_to_hear_the_alarms(
    account: PartnerAccount, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever it is: a program, or a person whom no list names."""
    arn = moto_app.query_call("sns", "CreateTopic", "TopicArn", Name="alarms")
    context = (f"emails={READER}", "ops_emails=")
    said = deploying(account, session, capsys, *context, OpsTopicArn=arn)
    assert "Let somebody hear the alarms" in said
    assert DONE not in said
    endpoint = f"arn:aws:sqs:us-east-1:{moto_app.ACCOUNT}:alarms"
    call = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": endpoint}
    moto_app.query_call("sns", "Subscribe", "SubscriptionArn", **call)
    assert DONE in deploying(account, session, capsys, *context, OpsTopicArn=arn)


@pytest.mark.parametrize("flags", [["--yes"], []])
def test_what_is_missing_is_subscribed_again(
    account: PartnerAccount,
    session: boto3.Session,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
) -> None:
    """With its filter, and with `--yes` at once; without, and without a terminal, it is a step."""
    arguments = ["-c", f"emails={READER},{EMAILS[0]}", "-c", "ops_emails=", *flags]
    deployment.deploy(arguments, session, Cdk(outputs(account)))
    said = capsys.readouterr().out
    sns = session.client("sns", region_name="us-east-1")
    listed = sns.list_subscriptions_by_topic(TopicArn=account.aws.topic_arn)["Subscriptions"]
    found = [s["SubscriptionArn"] for s in listed if s["Endpoint"] == EMAILS[0]]
    assert len(found) == len(flags)
    assert ("aws sns subscribe" in said) is not bool(flags)
    for arn in found:
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert json.loads(attributes["FilterPolicy"]) == filter_policy(EMAILS[0])

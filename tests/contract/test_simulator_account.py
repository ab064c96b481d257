"""The account as a whole: what the function is told, and starting over."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
import time_machine

from notifier.settings import Settings
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault


@pytest.fixture
def account() -> Iterator[PartnerAccount]:
    with PartnerAccount() as box:
        yield box


@pytest.fixture
def function(account: PartnerAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this process in the function's place, behind a proxy that would lose every call."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for proxy in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    for name, value in account.environment().items():
        monkeypatch.setenv(name, value)


def test_a_profile_of_the_developers_is_out_of_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up at home, where it need not be; afterwards it is as it was."""
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with PartnerAccount():
        assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_PROFILE"] == "nowhere"


def test_the_environment_holds_the_notifiers_settings(account: PartnerAccount) -> None:
    """Settings are read back as the notifier reads them, with what a test changes."""
    settings = Settings.from_env(account.environment(digest_above=3, slack_secret_arn=None))
    assert settings.digest_above == 3
    assert settings.slack_secret_arn is None
    assert settings.table_name == account.aws.table_name
    assert Settings.from_env(account.environment()).slack_secret_arn == account.aws.secret_arn


@pytest.mark.usefixtures("function")
def test_the_environment_leads_boto3_to_the_simulator(account: PartnerAccount) -> None:
    """Nothing but the environment is needed, however far away the simulated time is."""
    account.aws.put_secret("x")
    account.aws.subscribe_email("sales@example.com")
    with time_machine.travel(datetime(2187, 2, 28, 23, 59, tzinfo=UTC)):
        invitation = account.partner_central.invite()
        found = boto3.client("partnercentral-selling").list_engagement_invitations(
            Catalog="AWS", ParticipantType="RECEIVER"
        )
        boto3.client("dynamodb").scan(TableName=account.aws.table_name)
        boto3.client("sns").publish(TopicArn=account.aws.topic_arn, Message="x")
        boto3.client("secretsmanager").get_secret_value(SecretId=account.aws.secret_arn)
    assert [entry["Id"] for entry in found["EngagementInvitationSummaries"]] == [invitation]
    assert account.wire.count() == {
        ("partnercentral", "ListEngagementInvitations"): 1,
        ("dynamodb", "Scan"): 1,
        ("sns", "Publish"): 1,
        ("secretsmanager", "GetSecretValue"): 1,
    }
    assert {call.at.year for call in account.wire.calls} == {2187}


def test_a_reset_makes_it_as_new(account: PartnerAccount) -> None:
    """Nothing of one test is left for the next, and the environment stays what it was."""
    before = account.environment()
    invitation = disturb(account)
    account.reset()
    assert account.environment() == before
    with pytest.raises(KeyError):
        account.partner_central.get(invitation)
    with pytest.raises(KeyError):
        account.aws.inbox("sales@example.com")
    assert not account.slack.down
    assert account.partner_central.quota == 10
    assert account.wire.latency == {}
    assert account.wire.calls == []


def disturb(account: PartnerAccount) -> str:
    account.partner_central.quota = None
    account.slack.down = True
    account.aws.subscribe_email("sales@example.com")
    account.wire.inject(Fault("slack", Drop(), times=None))
    account.wire.latency["sns"] = 1.0
    return account.partner_central.invite()


def test_a_box_starts_and_stops_quickly(account: PartnerAccount) -> None:
    """After the first one, which loads moto, an account costs a test next to nothing."""
    account.close()
    begun = time.monotonic()
    for _ in range(3):
        PartnerAccount().close()
    assert time.monotonic() - begun < 1.5

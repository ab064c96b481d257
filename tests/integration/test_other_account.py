"""Reading another account's invitations through a role there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault
from tests.deployed import Notifier

ROLE = "arn:aws:iam::444455556666:role/partner-central/invitation-reader"
EXTERNAL_ID = "notifier-2026"


@pytest.fixture
def elsewhere(account: PartnerAccount, notifier: Notifier) -> Notifier:
    """Return a notifier told to read through the role that alone may read."""
    account.partner_central.reader = ROLE
    notifier.configure(partner_central_role_arn=ROLE, partner_central_external_id=EXTERNAL_ID)
    return notifier


def test_invitations_are_read_through_the_role(
    account: PartnerAccount, elsewhere: Notifier
) -> None:
    """The listing and the details are asked for in the role's name; the rest in our own."""
    account.aws.roles.trust(ROLE, external_id=EXTERNAL_ID)
    account.partner_central.invite(title="Warehouse move", expires_in=timedelta(days=5))
    elsewhere.tick()
    assert "Warehouse move" in str(elsewhere.mails[-1].subject)
    assert account.wire.count()["partnercentral", "GetEngagementInvitation"] == 1


def test_a_role_once_taken_is_kept(account: PartnerAccount, elsewhere: Notifier) -> None:
    """Runs share the role's credentials, and take it anew before they run out."""
    account.aws.roles.trust(ROLE, external_id=EXTERNAL_ID)
    elsewhere.tick()
    elsewhere.tick(after=timedelta(minutes=5))
    assert account.wire.count()["sts", "AssumeRole"] == 1
    elsewhere.tick(after=timedelta(minutes=50))
    assert account.wire.count()["sts", "AssumeRole"] == 2


@pytest.mark.parametrize("external_id", [None, "somebody-else"])
def test_a_role_that_does_not_trust_us_is_named(
    account: PartnerAccount, elsewhere: Notifier, external_id: str | None
) -> None:
    """A trust policy that does not let us in is a blind run whose one line says what to mend."""
    account.aws.roles.trust(ROLE, external_id=external_id)
    failed = elsewhere.tick(fails=True)
    assert "the role partner_central_role_arn cannot be assumed (AccessDenied)" in str(failed.error)
    assert failed.summary["denied"] == ["sts:AssumeRole"]
    assert failed.metrics["AccessDenied"] == 1
    assert "Heartbeat" not in failed.metrics
    assert "Traceback" not in failed.output


def test_sts_that_does_not_answer_blinds_one_run_alone(
    account: PartnerAccount, elsewhere: Notifier
) -> None:
    """Without an answer from STS the run is blind; the next one sees again."""
    account.aws.roles.trust(ROLE, external_id=EXTERNAL_ID)
    fault = account.wire.inject(Fault("sts", Drop(), times=None))
    elsewhere.tick(fails=True)
    account.wire.heal(fault)
    assert elsewhere.tick(after=timedelta(minutes=5)).summary["complete"]


def test_our_own_role_reads_where_none_is_given(
    account: PartnerAccount, notifier: Notifier
) -> None:
    """Without the setting STS is never asked."""
    notifier.tick()
    assert account.wire.count()["sts", "AssumeRole"] == 0

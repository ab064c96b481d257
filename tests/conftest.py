"""A partner account in a box and a Lambda runtime beside it, for every test that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import time_machine

from simulator.account import PartnerAccount
from tests.deployed import READER, START, Notifier


def pytest_xdist_auto_num_workers() -> int:
    """One process more than CPUs: some tests wait for quotas and time-outs in real time."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def box() -> Iterator[PartnerAccount]:
    with PartnerAccount() as account:
        yield account


@pytest.fixture
def account(box: PartnerAccount) -> Iterator[PartnerAccount]:
    """Return an account with one confirmed reader and a webhook in the secret."""
    box.reset()
    box.slack.rate = box.partner_central.quota = None
    box.aws.subscribe_email(READER)
    box.aws.put_secret({"webhook_url": box.slack.webhook_url})
    yield box
    box.wire.heal_all()
    box.wire.raise_errors()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def notifier(account: PartnerAccount, clock: time_machine.Traveller) -> Notifier:
    return Notifier(account, clock)


@pytest.fixture
def connected(notifier: Notifier) -> Notifier:
    """Return a notifier whose channels have said hello; no call or message is counted yet."""
    notifier.tick()
    notifier.forget()
    return notifier

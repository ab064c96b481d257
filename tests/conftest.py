"""A partner account in a box and a Lambda runtime beside it, for every test that asks."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import botocore.endpoint
import pytest
import time_machine

from infra.subscriptions import filter_policy
from simulator.account import PartnerAccount
from tests import sdk
from tests.deployed import READER, START, Notifier

# Hundreds of thousands of objects live as long as a process: look for garbage among them seldom.
gc.set_threshold(100_000, 20, 100)

# For formats that nothing here checks, jsonschema would build a grammar of URIs, for seconds.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the processes for `-n auto`: one more than cores, for some tests only wait."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Never look for garbage among what was imported, not even at the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def box() -> Iterator[PartnerAccount]:
    with PartnerAccount() as account:
        yield account


@pytest.fixture(scope="session", autouse=True)
def sdk_hastened() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        sdk.hasten(patch)
        yield


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the SDK's pauses between its attempts, which are measured in real time."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.fixture
def account(box: PartnerAccount) -> Iterator[PartnerAccount]:
    """Return an account with one confirmed reader and a webhook in the secret."""
    box.reset()
    box.slack.rate = box.partner_central.quota = None
    box.aws.subscribe_email(READER, filter_policy=filter_policy(READER))
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

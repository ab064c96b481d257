"""What it costs to tell how invitations ended, call by call."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Fault, aws_query_error
from tests.deployed import Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
QUIET = Counter({"UpdateItem": 2, "ListEngagementInvitations": 1, "Query": 1})
THREE = Counter({"GetEngagementInvitation": 1, "Publish": 1, "TransactWriteItems": 1})
CARD = Counter({"GetSecretValue": 1, "chat.update": 1, "TransactWriteItems": 1})
DOWN = Fault("sns", aws_query_error("Throttled", "simulated", 400), "Publish", times=None)


def calls(account: PartnerAccount) -> Counter[str]:
    """Return how often each operation was called since this was last asked."""
    found = Counter(call.operation for call in account.wire.calls)
    account.wire.clear()
    return found


def known(account: PartnerAccount, notifier: Notifier, number: int = 1) -> list[str]:
    """Return the ids of invitations that everybody was told of."""
    ids = [account.partner_central.invite(expires_in=5 * DAY) for _ in range(number)]
    notifier.tick()
    account.wire.clear()
    return ids


@pytest.mark.parametrize("way", ["webhook", "bot"])
def test_one_end_adds_three_calls(account: PartnerAccount, notifier: Notifier, way: str) -> None:
    """Ask what became of it, tell programs, close its record; a bot's card is one more to tell."""
    if way == "bot":
        slack = account.slack
        account.aws.put_secret({"bot_token": slack.bot_token, "channel": slack.channel})
    (id_,) = known(account, notifier)
    account.partner_central.accept(id_)
    notifier.tick(after=TICK)
    assert calls(account) == QUIET + THREE + (CARD if way == "bot" else Counter())
    notifier.tick(after=TICK)
    assert calls(account) == QUIET


def test_many_ends_are_one_message(account: PartnerAccount, connected: Notifier) -> None:
    """They are recorded together, and closed together."""
    for id_ in known(account, connected, 4):
        account.partner_central.accept(id_)
    connected.tick(after=TICK)
    asked = Counter({"GetEngagementInvitation": 4, "Publish": 1, "TransactWriteItems": 2})
    assert calls(account) == QUIET + asked


def test_what_ended_is_asked_for_once(account: PartnerAccount, connected: Notifier) -> None:
    """While a channel is down its end is remembered."""
    (id_,) = known(account, connected)
    account.partner_central.accept(id_)
    account.wire.inject(DOWN)
    connected.tick(after=TICK, fails=True)
    assert calls(account) - QUIET == THREE
    connected.tick(after=TICK, fails=True)
    assert calls(account) - QUIET == Counter({"Publish": 1})
    account.wire.heal(DOWN)
    connected.tick(after=TICK)
    assert calls(account) - QUIET == Counter({"Publish": 1, "TransactWriteItems": 1})


def test_a_new_one_is_asked_for_once(account: PartnerAccount, connected: Notifier) -> None:
    """However many channels tell of it; what came back is not even new."""
    account.partner_central.invite(expires_in=5 * DAY)
    connected.tick()
    assert calls(account) - QUIET == Counter(
        {
            "BatchGetItem": 1,
            "GetEngagementInvitation": 1,
            "ListSubscriptionsByTopic": 1,
            "Publish": 1,
            "GetSecretValue": 1,
            "webhook": 1,
            "TransactWriteItems": 3,
        }
    )

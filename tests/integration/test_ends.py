"""How an invitation ends: what is asked, told and recorded once somebody answered it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Fault, aws_query_error
from tests.deployed import READER, Notifier

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


def known(account: PartnerAccount, notifier: Notifier) -> str:
    """Return the id of an invitation that everybody was told of."""
    id_ = account.partner_central.invite(expires_in=5 * DAY)
    notifier.tick()
    account.wire.clear()
    return id_


@pytest.fixture(params=["webhook", "bot"])
def way(request: pytest.FixtureRequest, account: PartnerAccount) -> str:
    slack = account.slack
    bot = {"bot_token": slack.bot_token, "channel": slack.channel}
    if request.param == "bot":
        account.aws.put_secret(bot)
    return str(request.param)


def test_one_end_adds_three_calls(account: PartnerAccount, way: str, connected: Notifier) -> None:
    """Ask what became of it, tell programs, close its record; a bot's card is one more to tell."""
    account.partner_central.accept(known(account, connected))
    connected.tick(after=TICK)
    assert calls(account) == QUIET + THREE + (CARD if way == "bot" else Counter())
    connected.tick(after=TICK)
    assert calls(account) == QUIET


def test_many_ends_are_one_message(account: PartnerAccount, connected: Notifier) -> None:
    """They are recorded together, and closed together."""
    ids = [account.partner_central.invite(expires_in=5 * DAY) for _ in range(4)]
    connected.tick()
    for id_ in ids:
        account.partner_central.accept(id_)
    account.wire.clear()
    connected.tick(after=TICK)
    asked = Counter({"GetEngagementInvitation": 4, "Publish": 1, "TransactWriteItems": 2})
    assert calls(account) == QUIET + asked


def test_what_ended_is_asked_for_once(
    account: PartnerAccount, way: str, connected: Notifier
) -> None:
    """While a channel is down its end is remembered, and so is a card that shows it."""
    account.partner_central.accept(known(account, connected))
    account.wire.inject(DOWN)
    connected.tick(after=TICK, fails=True)
    card = CARD - Counter({"TransactWriteItems": 1}) if way == "bot" else Counter()
    assert calls(account) - QUIET == THREE + card
    connected.tick(after=TICK, fails=True)
    assert calls(account) - QUIET == Counter({"Publish": 1})
    account.wire.heal(DOWN)
    connected.tick(after=TICK)
    assert calls(account) - QUIET == Counter({"Publish": 1, "TransactWriteItems": 1})
    connected.tick(after=TICK)
    assert calls(account) == QUIET


def test_an_end_spares_no_look_at_who_listens(account: PartnerAccount, connected: Notifier) -> None:
    """A day's first run looks whether emails reach anybody."""
    account.partner_central.accept(known(account, connected))
    connected.tick(after=DAY)
    assert calls(account)["ListSubscriptionsByTopic"] == 1


def test_what_people_wait_for_is_told_to_nobody_beside_an_end(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Where something new is due too, it is looked at who listens: nothing is told to nobody."""
    account.partner_central.accept(known(account, connected))
    account.partner_central.invite(expires_in=5 * DAY)
    account.aws.unsubscribe(READER)
    assert connected.tick(after=TICK).metrics["NotConnectedSns"] == 1
    assert not calls(account)["Publish"]

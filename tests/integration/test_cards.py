"""A card's life in Slack, over HTTP: new, reminded of, moved, ended, and given up."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.slack import Post
from simulator.wire import Fault, Refuse
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
TITLE = "Nordhafen"
DACH = Route(name="dach", when={"country": ("DE",)}, slack_channel="C0DACH", mention="S0DACH")


@pytest.fixture
def bot(account: PartnerAccount, notifier: Notifier) -> Notifier:
    """Return a notifier that posts as a bot, into a route's channel too, and has said hello."""
    account.slack.open("C0DACH")
    account.aws.put_secret({"bot_token": account.slack.bot_token, "channel": account.slack.channel})
    notifier.configure(routes=(DACH,))
    notifier.tick()
    notifier.forget()
    return notifier


@pytest.fixture
def id_(account: PartnerAccount) -> str:
    """Return the id of an invitation from Norway, which expires in five days."""
    norway = {"Payload": {"OpportunityInvitation": {"Customer": {"CountryCode": "NO"}}}}
    return account.partner_central.invite(title=TITLE, expires_in=5 * DAY, details=norway)


@pytest.fixture
def card(bot: Notifier, id_: str) -> Post:
    """Return its card."""
    del id_
    assert "cards" not in of_slack(bot.tick())  # It was posted; later changes alone are counted.
    (post,) = bot.posts
    return post


def shown(account: PartnerAccount, card: Post) -> str:
    """Return all that a card shows now."""
    (now,) = [post for post in account.slack.shown() if post.ts == card.ts]
    return json.dumps(now.payload["blocks"], ensure_ascii=False)


def is_broadcast(post: Post) -> bool:
    return str(post.payload.get("reply_broadcast", "")).lower() in ("1", "true")


def of_slack(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = run.summary["channels"]["slack"]
    return found


def to_slack(account: PartnerAccount) -> Counter[str]:
    return Counter(call.operation for call in account.wire.calls if call.service == "slack")


def test_reminded_of_moved_and_accepted(
    account: PartnerAccount, bot: Notifier, card: Post, id_: str
) -> None:
    """Reminders stand in its thread; the card moves, then says what became of it, in one line."""
    bot.tick(after=2 * DAY + TICK)
    reminder = bot.posts[-1]
    assert (reminder.thread_ts, is_broadcast(reminder)) == (card.ts, False)
    account.partner_central.move_expiry(id_, timedelta(days=2))
    bot.tick(after=TICK)
    assert f"<!date^{int((card.at + 7 * DAY).timestamp())}^" in shown(account, card)
    assert "Accept or decline in Partner Central" in shown(account, card)
    account.wire.clear()
    bot.tick(after=TICK)
    assert not to_slack(account)
    account.partner_central.accept(id_)
    run = bot.tick(after=HOUR)
    line = shown(account, card)
    assert f"✅ {TITLE} · from AWS" in line
    assert "*accepted* <!date^" in line
    assert "2 days 1 hour after the first alert" in line
    assert "Accept or decline" not in line
    assert (of_slack(run)["cards"], run.summary["closed"]) == ({"updated": 1, "waiting": 0}, 1)
    assert len(bot.posts) == 2
    published = json.loads(account.aws.published[-1].default)
    assert [alert["kind"] for alert in published["alerts"]] == ["closed.accepted"]


def test_the_last_reminder_and_the_loss(account: PartnerAccount, bot: Notifier, card: Post) -> None:
    """Both are broadcast; the loss says whom to ask for a new one."""
    for left in (3 * DAY, DAY, 4 * HOUR):
        bot.tick(after=5 * DAY - left + TICK - (bot.now - card.at))
    bot.tick(after=4 * HOUR)
    assert [is_broadcast(post) for post in bot.posts] == [False, False, False, True, True]
    assert all(post.thread_ts == card.ts for post in bot.posts[1:])
    text = json.dumps(bot.posts[-1].payload, ensure_ascii=False)
    for words in (f"Expired unanswered: {TITLE}", "mailto:", "for a new invitation"):
        assert words in text
    assert "*expired unanswered* <!date^" in shown(account, card)


def test_a_route_has_its_place_and_its_mention(account: PartnerAccount, bot: Notifier) -> None:
    """All is said there, and to those who filter by it; the last reminder alone pings."""
    germany = {"Payload": {"OpportunityInvitation": {"Customer": {"CountryCode": "DE"}}}}
    account.partner_central.invite(title="<!channel>", expires_in=5 * DAY, details=germany)
    first = len(account.aws.published)
    for after in (TICK, 2 * DAY, 2 * DAY, 20 * HOUR, DAY):
        bot.tick(after=after)
    assert {post.channel for post in bot.posts} == {"C0DACH"}
    texts = [json.dumps(post.payload) for post in bot.posts]
    assert ["<!subteam^S0DACH>" in text for text in texts] == [False, False, False, True, False]
    assert not any("<!channel>" in post.payload["text"] for post in bot.posts)
    routes = {message.attributes["route"] for message in account.aws.published[first:]}
    assert routes == {"dach"}


def test_what_a_place_cannot_take_says_why_it_stands_elsewhere(
    account: PartnerAccount, bot: Notifier
) -> None:
    """And the run's error says what is wrong there."""
    account.slack.open("C0DACH").is_member = False
    germany = {"Payload": {"OpportunityInvitation": {"Customer": {"CountryCode": "DE"}}}}
    account.partner_central.invite(title="Weserbahn", expires_in=5 * DAY, details=germany)
    run = bot.tick(fails=True)
    assert "not_in_channel" in str(run.error)
    (post,) = bot.posts
    assert post.channel == account.slack.channel
    assert "Sent here because the Slack channel of route dach" in json.dumps(post.payload)


def test_a_card_that_cannot_be_updated_fails_no_run(
    account: PartnerAccount, bot: Notifier, card: Post, id_: str
) -> None:
    """It is given up once, and the log says so; the record is closed."""
    del card
    account.partner_central.accept(id_)
    body = json.dumps({"ok": False, "error": "edit_window_closed"}).encode()
    refused = Refuse(200, body, (("Content-Type", "application/json"),))
    account.wire.inject(Fault("slack", refused, operation="chat.update", times=None))
    run = bot.tick(after=TICK)
    assert of_slack(run)["cards_given_up"] == [f"{id_}: edit_window_closed"]
    assert run.summary["closed"] == 1
    account.wire.clear()
    bot.tick(after=TICK)
    assert not to_slack(account)


def test_an_update_in_plain_form_takes_the_old_blocks_away(
    account: PartnerAccount, bot: Notifier, card: Post, id_: str
) -> None:
    """Slack keeps a message's blocks unless an update brings others, be it none."""
    account.partner_central.accept(id_)
    body = json.dumps({"ok": False, "error": "invalid_blocks"}).encode()
    refused = Refuse(200, body, (("Content-Type", "application/json"),))
    account.wire.inject(Fault("slack", refused, operation="chat.update"))
    assert bot.tick(after=TICK).summary["closed"] == 1
    (update,) = account.slack.updates
    assert update.ts == card.ts
    assert "blocks" in update.payload
    assert json.loads(update.payload["blocks"] or "[]") == []
    assert update.payload["text"].startswith("Accepted: ")

"""A card's life in Slack, over HTTP: new, reminded of, moved, ended, deleted, lost in a crash."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.slack import Post
from simulator.wire import Drop, Fault, Refuse, aws_json_error
from tests.deployed import Notifier

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
EVENT = {
    "source": "aws.partnercentral-selling",
    "detail-type": "Engagement Invitation Accepted",
    "detail": {"catalog": "AWS"},
}
TITLE = "Nordhafen"


@pytest.fixture
def bot(account: PartnerAccount, notifier: Notifier) -> Notifier:
    """Return a notifier that posts as a bot and has said hello."""
    account.aws.put_secret({"bot_token": account.slack.bot_token, "channel": account.slack.channel})
    notifier.tick()
    notifier.forget()
    return notifier


@pytest.fixture
def card(account: PartnerAccount, bot: Notifier) -> Post:
    """Return the card of the first invitation, which expires in five days."""
    account.partner_central.invite(title=TITLE, expires_in=5 * DAY)
    run = bot.tick()
    assert "cards" not in of_slack(run)  # It was posted; `updated` counts later changes alone.
    (post,) = bot.posts
    return post


def shown(account: PartnerAccount, card: Post) -> str:
    """Return all that a card shows now."""
    (now,) = [post for post in account.slack.shown() if post.ts == card.ts]
    return json.dumps(now.payload["blocks"], ensure_ascii=False)


def the(account: PartnerAccount) -> str:
    """Return the invitation's id, as programs were told."""
    alerts = json.loads(account.aws.published[-1].default)["alerts"]
    return str(alerts[0]["invitation"]["id"])


def is_broadcast(post: Post) -> bool:
    return str(post.payload.get("reply_broadcast", "")).lower() in ("1", "true")


def refused(word: str) -> Refuse:
    body = json.dumps({"ok": False, "error": word}).encode()
    return Refuse(200, body, (("Content-Type", "application/json"),))


def of_slack(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = run.summary["channels"]["slack"]
    return found


def test_new_then_reminded_then_accepted(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The reminder stands in the card's thread; the card says what became of it, in one line."""
    bot.tick(after=2 * DAY + TICK)
    reminder = bot.posts[-1]
    assert (reminder.thread_ts, is_broadcast(reminder)) == (card.ts, False)
    account.partner_central.accept(the(account))
    bot.pass_time(HOUR)
    run = bot.runtime.invoke(EVENT)
    assert run.error is None
    assert len(bot.posts) == 2
    line = shown(account, card)
    assert f"✅ {TITLE} · from AWS" in line
    assert "*accepted* <!date^" in line
    assert "2 days 1 hour after the first alert" in line
    assert "Accept or decline" not in line
    assert of_slack(run)["cards"] == {"updated": 1, "waiting": 0}
    assert run.summary["closed"] == 1


def test_new_then_the_last_reminder_then_expired(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The last reminder and the loss are broadcast; the loss says whom to ask for a new one."""
    for left in (3 * DAY, DAY, 4 * HOUR):
        bot.tick(after=5 * DAY - left + TICK - (bot.now - card.at))
    bot.tick(after=4 * HOUR)
    reminders, lost = bot.posts[1:4], bot.posts[4]
    assert [is_broadcast(post) for post in reminders] == [False, False, True]
    assert all(post.thread_ts == card.ts for post in bot.posts[1:])
    assert is_broadcast(lost)
    text = json.dumps(lost.payload, ensure_ascii=False)
    assert f"Expired unanswered: {TITLE}" in text
    assert "mailto:" in text
    assert "for a new invitation" in text
    assert f"🚫 {TITLE} · from AWS" in shown(account, card)
    assert "*expired unanswered* <!date^" in shown(account, card)
    bot.forget()
    assert bot.tick(after=DAY).summary["channels"]["slack"]["due"] == 0
    assert bot.told() == {"mails": 0, "posts": 0}


def test_a_moved_expiry_date_moves_on_the_card(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The card says all again, with the new date; nobody is disturbed by it."""
    before = shown(account, card)
    account.partner_central.move_expiry(the(account), timedelta(days=2))
    bot.tick(after=TICK)
    after = shown(account, card)
    stamp = int((card.at + 7 * DAY).timestamp())
    assert f"<!date^{stamp}^" not in before
    assert f"<!date^{stamp}^" in after
    assert "Accept or decline in Partner Central" in after
    assert len(bot.posts) == 1
    account.wire.clear()
    bot.tick(after=TICK)
    assert not [call for call in account.wire.calls if call.service == "slack"]


def test_a_card_that_somebody_deleted_is_given_up_once(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The next reminder stands alone and becomes the card; no run fails."""
    account.slack.delete(card.ts)
    bot.tick(after=2 * DAY + TICK)
    reminder = bot.posts[-1]
    assert reminder.thread_ts is None
    bot.tick(after=2 * DAY)
    assert bot.posts[-1].thread_ts == reminder.ts
    account.partner_central.accept(the(account))
    bot.tick(after=TICK)
    assert "accepted" in shown(account, reminder)


@pytest.mark.parametrize(
    "word", ["message_not_found", "cant_update_message", "channel_not_found", "edit_window_closed"]
)
def test_a_card_that_cannot_be_updated_fails_no_run(
    account: PartnerAccount, bot: Notifier, card: Post, word: str
) -> None:
    """It is given up once, and the log says so; the record is closed."""
    del card
    account.partner_central.accept(the(account))
    account.wire.inject(Fault("slack", refused(word), operation="chat.update", times=None))
    run = bot.tick(after=TICK)
    (given_up,) = of_slack(run)["cards_given_up"]
    assert given_up.endswith(f": {word}")
    assert run.summary["closed"] == 1
    account.wire.clear()
    bot.tick(after=TICK)
    assert not [call for call in account.wire.calls if call.service == "slack"]


def test_a_card_in_the_thread_that_slack_refuses_stands_alone(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """Where nothing can be posted under the card, the reminder is posted beside it, at once."""
    fault = Fault("slack", refused("cannot_reply_to_message"), operation="chat.postMessage")
    account.wire.inject(fault)
    bot.tick(after=2 * DAY + TICK)
    assert bot.posts[-1].thread_ts is None
    assert bot.posts[-1].ts != card.ts


@pytest.mark.parametrize("before", [True, False])
def test_an_update_that_is_lost_is_made_by_the_next_run(
    account: PartnerAccount, bot: Notifier, card: Post, *, before: bool
) -> None:
    """Nobody knows whether it was made; it may be repeated, and asks for no pause."""
    account.partner_central.accept(the(account))
    account.wire.inject(Fault("slack", Drop(before=before), operation="chat.update"))
    failed = bot.tick(after=TICK, fails=True)
    assert failed.summary["closed"] == 0
    assert of_slack(failed)["cards"]["waiting"] == 1
    made = bot.tick(after=timedelta(minutes=1))
    assert made.summary["closed"] == 1
    assert "accepted" in shown(account, card)


def test_an_update_that_could_not_be_recorded_is_made_again(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The record is closed only after it says what the card shows."""
    account.partner_central.accept(the(account))
    refusal = aws_json_error("AccessDeniedException", "no", 400)
    account.wire.inject(Fault("dynamodb", refusal, containing=b"card_status", times=1))
    assert bot.tick(after=TICK, fails=True).summary["closed"] == 0
    assert bot.tick(after=2 * TICK).summary["closed"] == 1
    assert "accepted" in shown(account, card)


def test_a_reminder_without_a_card_becomes_one(account: PartnerAccount, bot: Notifier) -> None:
    """What came in a digest has no card until somebody is reminded of it."""
    for number in range(6):
        account.partner_central.invite(
            title=f"Project {number}", expires_in=(20 if number else 4) * DAY
        )
    bot.tick()
    (digest,) = bot.posts
    bot.tick(after=DAY + TICK)
    reminder = bot.posts[-1]
    assert (reminder.thread_ts, reminder.ts == digest.ts) == (None, False)
    bot.tick(after=2 * DAY)
    assert reminder.ts in [post.thread_ts for post in bot.posts]


def test_what_is_accepted_between_two_ticks_is_not_reminded_of(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """The run of the event updates the card; programs hear of it, people need no mail."""
    account.partner_central.accept(the(account))
    bot.forget()
    bot.pass_time(2 * DAY + TICK)
    assert bot.runtime.invoke(EVENT).error is None
    assert bot.told() == {"mails": 0, "posts": 0}
    assert "accepted" in shown(account, card)
    published = json.loads(account.aws.published[-1].default)
    (alert,) = published["alerts"]
    assert (alert["kind"], alert["invitation"]["status"]) == ("closed.accepted", "ACCEPTED")
    assert alert["ended_at"] is not None


def test_a_webhook_posts_of_ends_only_the_losses(
    account: PartnerAccount, connected: Notifier
) -> None:
    """It can neither thread nor update; that somebody answered is no news."""
    first = account.partner_central.invite(title="Answered", expires_in=5 * DAY)
    account.partner_central.invite(title="Lost", expires_in=5 * DAY)
    connected.tick()
    account.partner_central.reject(first)
    assert connected.tick(after=TICK).summary["closed"] == 1
    assert len(connected.posts) == 2
    connected.tick(after=5 * DAY)
    (post,) = connected.posts[2:]
    assert post.payload["text"].startswith("Expired unanswered: Lost")


def test_a_bot_that_became_a_webhook_gives_its_cards_up(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """Another secret is no failure: the card stays as it is, and the record is closed."""
    account.aws.put_secret({"webhook_url": account.slack.webhook_url})
    account.partner_central.accept(the(account))
    run = bot.tick(after=TICK)
    assert run.summary["closed"] == 1
    assert "webhook" in of_slack(run)["cards_given_up"][0]
    assert "Accept or decline" in shown(account, card)


def test_what_ended_while_a_channel_was_down_is_one_digest(
    account: PartnerAccount, bot: Notifier
) -> None:
    """What expired is told together; what people answered is not, and its cards are updated."""
    ids = [account.partner_central.invite(title=f"P{n}", expires_in=5 * DAY) for n in range(4)]
    bot.tick()
    cards = bot.posts
    account.slack.down = True
    account.partner_central.accept(ids[0])
    bot.runtime.invoke({})
    bot.pass_time(5 * DAY + HOUR)
    bot.runtime.invoke({})
    account.slack.down = False
    bot.forget()
    bot.tick(after=2 * HOUR)
    assert "accepted" in shown(account, cards[0])
    assert all("expired unanswered" in shown(account, card) for card in cards[1:])
    assert len(bot.posts) == 3
    assert all(post.thread_ts for post in bot.posts)


@pytest.fixture
def cards(account: PartnerAccount, bot: Notifier) -> list[Post]:
    """Return the cards of three invitations that were accepted meanwhile."""
    ids = [account.partner_central.invite(title=f"P{n}", expires_in=5 * DAY) for n in range(3)]
    bot.tick()
    for id_ in ids:
        account.partner_central.accept(id_)
    return bot.posts


def test_a_card_whose_update_always_fails_holds_up_no_other(
    account: PartnerAccount, bot: Notifier, cards: list[Post]
) -> None:
    """Its run fails, and the others are updated and closed all the same."""
    first = cards[0].ts.encode()
    fault = Fault(
        "slack", refused("internal_error"), operation="chat.update", containing=first, times=None
    )
    account.wire.inject(fault)
    run = bot.tick(after=TICK, fails=True)
    assert of_slack(run)["cards"]["waiting"] == 1
    assert run.summary["closed"] == 2
    assert all("accepted" in shown(account, card) for card in cards[1:])
    account.wire.heal(fault)
    assert bot.tick(after=TICK).summary["closed"] == 1


def test_a_slack_that_is_silent_is_not_asked_for_every_card(
    account: PartnerAccount, bot: Notifier, cards: list[Post]
) -> None:
    """Two updates of unknown fate are enough; the next run goes on."""
    del cards
    account.wire.inject(Fault("slack", Drop(), operation="chat.update", times=None))
    account.wire.clear()
    bot.tick(after=TICK, fails=True)
    assert account.wire.count()["slack", "chat.update"] == 2


def test_a_message_that_always_ends_in_doubt_holds_up_no_card(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """It may do so for as long as its invitation lives."""
    id_ = the(account)
    account.partner_central.invite(title="Poison", expires_in=5 * DAY)
    account.wire.inject(Fault("slack", Drop(), containing=b"Poison", times=None))
    bot.tick(after=TICK, fails=True)
    account.partner_central.accept(id_)
    run = bot.tick(after=TICK, fails=True)
    assert run.summary["closed"] == 1
    assert "accepted" in shown(account, card)


def test_a_card_that_cannot_be_composed_is_given_up_and_stops_no_other(
    account: PartnerAccount, bot: Notifier, cards: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of our own is one card's fault, as it is one message's."""
    channel: Any = bot.runtime.module("notifier.adapters.slack.channel")
    compose = channel.compose

    def composed(message: Any) -> Any:
        if message.alerts[0].invitation.title == "P0":
            raise ValueError
        return compose(message)

    monkeypatch.setattr(channel, "compose", composed)
    run = bot.tick(after=TICK, fails=True)
    assert run.summary["closed"] == 3
    (given_up,) = of_slack(run)["cards_given_up"]
    assert "ValueError" in given_up
    assert all("accepted" in shown(account, card) for card in cards[1:])


def test_a_card_that_was_given_up_stays_so_when_the_record_is_closed_again(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """An invitation that comes back after all has no card, until it is told of again."""
    id_ = the(account)
    inbox = account.partner_central

    def comes_back() -> None:
        inbox.vanish(id_)
        inbox.invite(title=TITLE, expires_in=5 * DAY, Id=id_)
        bot.tick(after=TICK)

    inbox.accept(id_)
    bot.tick(after=TICK)
    comes_back()
    account.slack.delete(card.ts)
    inbox.accept(id_)
    assert of_slack(bot.tick(after=TICK))["cards_given_up"]
    bot.forget()
    comes_back()
    assert account.wire.count()["slack", "chat.update"] == 0


def test_an_update_that_is_refused_is_made_in_plain_form_without_the_old_blocks(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """Slack keeps a message's blocks unless an update brings others, be it none."""
    account.partner_central.accept(the(account))
    account.wire.inject(Fault("slack", refused("invalid_blocks"), operation="chat.update"))
    assert bot.tick(after=TICK).summary["closed"] == 1
    (update,) = account.slack.updates
    assert update.ts == card.ts
    assert json.loads(update.payload["blocks"] or "[]") == []
    assert "blocks" in update.payload
    assert update.payload["text"].startswith("Accepted: ")


def test_a_question_without_an_answer_is_not_asked_again_for_the_message(
    account: PartnerAccount, bot: Notifier, card: Post
) -> None:
    """Else a message that says that nobody knows could hold the answer."""
    denied = aws_json_error("AccessDeniedException", "no", 400)
    account.wire.inject(Fault("partnercentral", denied, operation="GetEngagementInvitation"))
    account.wire.clear()
    bot.tick(after=5 * DAY)
    assert account.wire.count()["partnercentral", "GetEngagementInvitation"] == 1
    assert f"Expired: {TITLE}" in bot.posts[-1].payload["text"]
    assert "mailto:" not in json.dumps(bot.posts[-1].payload)
    assert "expired" in shown(account, card)

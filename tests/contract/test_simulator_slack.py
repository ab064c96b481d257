"""Slack as the simulator plays it, asked through slack_sdk."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from simulator import pace
from simulator.account import PartnerAccount
from simulator.slack import WEBHOOK_PATH, Slack
from simulator.slack_rules import refusal

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def slack(untouched: PartnerAccount) -> Slack:
    untouched.slack.rate = None
    return untouched.slack


@pytest.fixture
def webhook(slack: Slack) -> WebhookClient:
    return WebhookClient(slack.base_url + WEBHOOK_PATH, retry_handlers=[])


@pytest.fixture
def bot(slack: Slack) -> WebClient:
    return WebClient(slack.bot_token, base_url=f"{slack.base_url}/api/", retry_handlers=[])


def post(url: str, body: bytes, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": [{"type": "button", "text": plain("Open"), **more}]}


GOOD_BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "x" * 150, "emoji": False}},
    section("x" * 3000),
    {"type": "section", "block_id": "facts", "fields": [mrkdwn("x" * 100)] * 10},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "x", "verbatim": True}] * 10},
    {"type": "divider"},
    button(url="https://example.com", action_id="open", style="primary"),
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
]

BAD_BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "text": plain("x" * 151)},
    {"type": "header", "text": mrkdwn("x")},
    {"type": "header", "text": "x"},
    {"type": "header"},
    section("x" * 3001),
    section(""),
    section("x", colour="red"),
    section("x", block_id="x" * 256),
    {"type": "section"},
    {"type": "section", "fields": [mrkdwn("x")] * 11},
    {"type": "section", "fields": [mrkdwn("x" * 2001)]},
    {"type": "section", "fields": []},
    {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
    {"type": "section", "text": {"type": "plain_text", "text": "x", "verbatim": True}},
    {"type": "section", "text": {"type": "html", "text": "x"}},
    {"type": "section", "text": {"type": "mrkdwn", "text": 5}},
    {"type": "context", "elements": []},
    {"type": "context", "elements": [mrkdwn("x")] * 11},
    {"type": "divider", "text": plain("x")},
    button(text=plain("x" * 76)),
    button(text=mrkdwn("x")),
    button(url="https://example.com/" + "x" * 3000),
    button(href="https://example.com"),
    {"type": "image", "image_url": "https://example.com/a.png"},
    {"type": "rich_text", "elements": [{"type": "paragraph"}]},
    {"type": "carousel"},
    {"text": plain("x")},
]


def test_the_webhook_posts(slack: Slack, webhook: WebhookClient, box: PartnerAccount) -> None:
    """An accepted message is kept as it came, with the simulated time."""
    with time_machine.travel(NOW, tick=False):
        answer = webhook.send(text="hello", blocks=GOOD_BLOCKS)
    assert (answer.status_code, answer.body) == (200, "ok")
    (sent,) = slack.posts
    assert (sent.at, sent.via, sent.channel) == (NOW, "webhook", slack.channel)
    assert sent.payload == {"text": "hello", "blocks": GOOD_BLOCKS} == json.loads(sent.raw)
    assert box.wire.count() == {("slack", "webhook"): 1}


def test_the_configured_address_is_the_real_ones_shape(slack: Slack) -> None:
    """The notifier is configured as for the real Slack; only the host differs here."""
    assert slack.webhook_url == f"https://hooks.slack.com{WEBHOOK_PATH}"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (WEBHOOK_PATH[:-1], b'{"text": "x"}', (404, "no_service")),
        (WEBHOOK_PATH.replace("services", "workflows"), b'{"text": "x"}', (404, "no_service")),
        (WEBHOOK_PATH, b"{", (400, "invalid_payload")),
        (WEBHOOK_PATH, b"[]", (400, "invalid_payload")),
        (WEBHOOK_PATH, b'{"text": 5}', (400, "invalid_payload")),
        (WEBHOOK_PATH, b"{}", (400, "no_text")),
        (WEBHOOK_PATH, b'{"blocks": [], "text": ""}', (400, "no_text")),
        (WEBHOOK_PATH, b'{"blocks": [{"type": "?"}]}', (400, "invalid_blocks")),
        (WEBHOOK_PATH, b'{"blocks": "none"}', (400, "invalid_blocks")),
    ],
)
def test_the_webhook_refuses_as_slack_does(
    slack: Slack, path: str, body: bytes, expected: tuple[int, str]
) -> None:
    """Wrong addresses and payloads are answered with Slack's status and word."""
    assert post(slack.base_url + path, body) == expected
    assert slack.posts == []


@pytest.mark.parametrize("block", BAD_BLOCKS)
def test_blocks_outside_the_limits_are_refused(block: dict[str, Any]) -> None:
    """Lengths, counts, text types and unknown keys are checked in every block."""
    assert refusal({"text": "x", "blocks": [block]}) == "invalid_blocks"


@pytest.mark.parametrize("block", GOOD_BLOCKS)
def test_blocks_at_the_limits_are_accepted(block: dict[str, Any]) -> None:
    """What just fits is taken."""
    assert refusal({"blocks": [block]}) is None


def test_limits_of_the_whole_message() -> None:
    """The number of blocks, their text together, and the text have limits of their own."""
    assert refusal({"blocks": [{"type": "divider"}] * 50}) is None
    assert refusal({"blocks": [{"type": "divider"}] * 51}) == "invalid_blocks"
    assert refusal({"blocks": [section("x" * 2500)] * 4}) is None
    just_too_long = [section("x" * 2500)] * 3 + [section("x" * 2501)]
    assert refusal({"blocks": just_too_long}) == "msg_blocks_too_long"
    assert refusal({"text": "x" * 40_000}) is None
    assert refusal({"text": "x" * 40_001}) == "msg_too_long"
    assert refusal({"attachments": [{}] * 101}) == "too_many_attachments"
    assert refusal({"blocks": [section("x", block_id="a")] * 2}) == "invalid_blocks"
    assert refusal({"text": "x", "metadata": {"event_type": "x"}}) == "invalid_metadata_format"


def test_the_bot_posts_threads_and_updates(slack: Slack, bot: WebClient) -> None:
    """A bot's message has a timestamp, under which it can be answered and changed."""
    with time_machine.travel(NOW, tick=False):
        card = bot.chat_postMessage(channel=slack.channel, text="card", blocks=GOOD_BLOCKS)
        reply = bot.chat_postMessage(channel=slack.channel, text="re", thread_ts=card["ts"])
    bot.chat_update(channel=slack.channel, ts=card["ts"], text="closed")
    assert card["ts"].startswith(f"{NOW.timestamp():.0f}.")
    assert reply["ts"] > card["ts"]
    assert [(p.via, p.ts, p.thread_ts) for p in slack.posts] == [
        ("bot", card["ts"], None),
        ("bot", reply["ts"], card["ts"]),
    ]
    assert [(u.ts, u.payload["text"]) for u in slack.updates] == [(card["ts"], "closed")]


def test_form_encoded_calls_are_understood(slack: Slack, bot: WebClient) -> None:
    """The Web API takes forms, with nested values as JSON."""
    assert bot.auth_test()["ok"]
    form = {"token": slack.bot_token, "channel": slack.channel, "text": "x"}
    form["blocks"] = json.dumps([section("hello")])
    status, body = post(
        f"{slack.base_url}/api/chat.postMessage", urllib.parse.urlencode(form).encode()
    )
    assert (status, json.loads(body)["ok"]) == (200, True)
    assert slack.posts[0].payload["blocks"] == [section("hello")]
    assert "token" not in slack.posts[0].payload


@pytest.mark.parametrize(
    ("method", "change", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("chat.postMessage", {"text": ""}, "no_text"),
        ("chat.postMessage", {"blocks": [{"type": "?"}]}, "invalid_blocks"),
        ("chat.postMessage", {"thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ("chat.update", {"ts": "1.000001"}, "message_not_found"),
        ("chat.delete", {}, "unknown_method"),
    ],
)
def test_the_web_api_refuses_as_slack_does(
    slack: Slack, bot: WebClient, method: str, change: dict[str, Any], error: str
) -> None:
    """A refusal comes with status 200, ok: false and Slack's word."""
    with pytest.raises(SlackApiError) as refused:
        bot.api_call(method, json={"channel": slack.channel, "text": "x"} | change)
    assert (refused.value.response.status_code, refused.value.response["error"]) == (200, error)
    assert slack.posts == []


@pytest.mark.parametrize(("token", "error"), [("xoxb-other", "invalid_auth"), ("", "not_authed")])
def test_the_web_api_knows_its_token(slack: Slack, token: str, error: str) -> None:
    """Without the right token nothing is posted."""
    status, body = post(
        f"{slack.base_url}/api/chat.postMessage", b"{}", Authorization=f"Bearer {token}"
    )
    assert (status, json.loads(body)) == (200, {"ok": False, "error": error})


def test_what_a_webhook_posted_cannot_be_updated(
    slack: Slack, bot: WebClient, webhook: WebhookClient
) -> None:
    """A bot changes its own messages only."""
    webhook.send(text="x")
    with pytest.raises(SlackApiError, match="cant_update_message"):
        bot.chat_update(channel=slack.channel, ts=slack.posts[0].ts, text="y")


def test_more_than_a_burst_is_rate_limited(
    slack: Slack, bot: WebClient, webhook: WebhookClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a burst, a channel takes a message a second; the rest is told when to come again."""
    slack.rate, slack.burst = 1.0, 3
    monkeypatch.setattr(pace, "monotonic", lambda: 1000.0)
    assert [webhook.send(text="x").status_code for _ in range(3)] == [200] * 3
    late = webhook.send(text="x")
    assert (late.status_code, late.body, late.headers["Retry-After"]) == (429, "rate_limited", "1")
    with pytest.raises(SlackApiError) as refused:
        bot.chat_postMessage(channel=slack.channel, text="x")
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert len(slack.posts) == 3
    monkeypatch.setattr(pace, "monotonic", lambda: 1001.0)
    assert [webhook.send(text="x").status_code for _ in range(2)] == [200, 429]


def test_slack_can_be_down(slack: Slack, bot: WebClient, webhook: WebhookClient) -> None:
    """While Slack is down everything answers 503."""
    slack.down = True
    down = webhook.send(text="x")
    assert (down.status_code, down.body) == (503, "service_unavailable")
    with pytest.raises(SlackApiError) as refused:
        bot.auth_test()
    assert refused.value.response.status_code == 503
    assert slack.posts == []


def test_slack_can_refuse_the_sender(slack: Slack, bot: WebClient, webhook: WebhookClient) -> None:
    """An error chosen by the test is given with the status that belongs to it."""
    slack.refuse_with = "channel_is_archived"
    gone = webhook.send(text="x")
    assert (gone.status_code, gone.body) == (410, "channel_is_archived")
    assert bot.auth_test()["ok"]
    slack.refuse_with = "token_revoked"
    with pytest.raises(SlackApiError, match="token_revoked"):
        bot.auth_test()
    with pytest.raises(SlackApiError, match="token_revoked"):
        bot.chat_postMessage(channel=slack.channel, text="x")
    assert slack.posts == []


def test_slack_can_redirect(slack: Slack) -> None:
    """A redirect leads where the test says."""
    slack.redirect_to = f"{slack.base_url}/elsewhere"
    assert post(slack.base_url + WEBHOOK_PATH, b'{"text": "x"}')[0] != 200
    assert slack.posts == []

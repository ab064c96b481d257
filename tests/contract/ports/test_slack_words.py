"""What Slack's words, and those in its secret, mean for a message and for a card: every one."""

from __future__ import annotations

import errno
import logging
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest
from botocore.exceptions import BotoCoreError
from slack_sdk.errors import SlackApiError, SlackObjectFormationError, SlackRequestError
from slack_sdk.models.blocks import SectionBlock

from notifier.adapters.slack import blocks, secret, web
from notifier.adapters.slack.channel import SlackChannel
from notifier.adapters.slack.secret import Bot, Webhook
from notifier.adapters.slack.web import Body, BotSlack
from notifier.core.backoff import Fate
from notifier.core.message import Message
from notifier.core.model import Alert, Card, Invitation, Kind, NotConnected
from notifier.core.ports import Failed, Gone, Sent
from notifier.run import attempt
from proof.world.world import START
from tests.contract.ports.conftest import told_by_aws

SLACK = {
    Fate.NOT_SENT: "rate_limited ratelimited message_limit_exceeded",
    Fate.UNKNOWN: "fatal_error internal_error request_timeout rollup_error service_unavailable",
    Fate.PLACE_REFUSED: "channel_not_found not_in_channel",
    Fate.SENDER_REFUSED: """
        access_denied accesslimited account_inactive action_prohibited channel_is_archived
        deprecated_endpoint ekm_access_denied enterprise_is_restricted invalid_auth invalid_token
        is_archived is_inactive messages_tab_disabled method_deprecated missing_scope
        no_active_hooks no_permission no_service no_service_id no_team not_allowed_token_type
        not_authed org_login_required posting_to_general_channel_denied restricted_action
        restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_only_channel team_access_not_granted team_added_to_org
        team_disabled team_not_found token_expired token_revoked two_factor_setup_required
        user_is_restricted user_not_found
    """,
    Fate.MESSAGE_REFUSED: "invalid_blocks msg_too_long no_text a_word_that_is_on_no_list",
}
SLACK_STATUSES = {
    (429, "invalid_blocks"): Fate.NOT_SENT,
    (300, "invalid_blocks"): Fate.SENDER_REFUSED,
    (399, ""): Fate.SENDER_REFUSED,
    (400, "<html>"): Fate.MESSAGE_REFUSED,
    (401, "<html>"): Fate.SENDER_REFUSED,
    (403, "<html>"): Fate.SENDER_REFUSED,
    (404, "<html>"): Fate.SENDER_REFUSED,
    (410, None): Fate.SENDER_REFUSED,
    (500, "invalid_blocks"): Fate.UNKNOWN,
    (200, "<html>"): Fate.UNKNOWN,
    (200, None): Fate.UNKNOWN,
    (200, " no_text\n"): Fate.MESSAGE_REFUSED,
}
CARD_GONE = [
    "cant_update_message",
    "channel_not_found",
    "edit_window_closed",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "not_in_channel",
]
THREAD_GONE = ("cannot_reply_to_message", "message_not_found", "thread_not_found")
CARD = Card(channel="C0HOME", ts="1.000001")
NEW = Alert(
    kind=Kind.NEW,
    invitation=Invitation(id="engi-1", catalog="AWS"),
    reason="",
    since=START,
    card=CARD,
)
BROKEN = {
    URLError(TimeoutError()): Fate.NOT_SENT,
    URLError(socket.gaierror()): Fate.NOT_SENT,
    URLError(ssl.SSLCertVerificationError()): Fate.NOT_SENT,
    URLError(OSError(errno.ENETUNREACH, "")): Fate.NOT_SENT,
    URLError(OSError(errno.EHOSTUNREACH, "")): Fate.NOT_SENT,
    URLError(OSError(errno.ECONNREFUSED, "")): Fate.NOT_SENT,
    URLError(OSError(errno.ECONNRESET, "")): Fate.UNKNOWN,
    URLError("no cause"): Fate.UNKNOWN,
    TimeoutError(): Fate.UNKNOWN,
    ConnectionRefusedError(errno.ECONNREFUSED, ""): Fate.UNKNOWN,
    UnicodeDecodeError("utf-8", b"", 0, 1, ""): Fate.UNKNOWN,
    SlackObjectFormationError(): Fate.MESSAGE_REFUSED,
    SlackRequestError(): Fate.MESSAGE_REFUSED,
    UnicodeEncodeError("utf-8", "", 0, 1, ""): Fate.MESSAGE_REFUSED,
}
"""Once a request is out, nobody knows what became of it; what was never made was at fault."""


@pytest.mark.parametrize(("fate", "words"), SLACK.items())
def test_every_word_of_slack_has_one_meaning(fate: Fate, words: str) -> None:
    """It is the same from a webhook and from the Web API, and is shown."""
    for word in words.split():
        for status in (200, 400):
            found = web._refused(status, word)
            assert (found.fate, found.reason) == (fate, f"HTTP {status}, {word}"), word


@pytest.mark.parametrize(("answer", "fate"), SLACK_STATUSES.items())
def test_slacks_status_speaks_for_what_is_no_word(answer: Any, fate: Fate) -> None:
    """What is none of Slack's words is not shown: it may be anything."""
    found = web._refused(*answer)
    assert found.fate is fate
    assert "<" not in found.reason


@pytest.mark.parametrize(("error", "fate"), BROKEN.items(), ids=repr)
def test_what_never_left_was_not_sent(error: Exception, fate: Fate) -> None:
    """Only an error from before the request is out proves that Slack posted nothing."""
    assert web._broken(error).fate is fate


class Asked:
    """Slack's client, which remembers what it is asked, and refuses updates and replies."""

    def __init__(self, word: str = "", **answer: Any) -> None:
        self.word, self.answer = word, answer
        self.posts: list[dict[str, Any]] = []

    def chat_update(self, **_: Any) -> None:
        error: Any = SlackApiError
        raise error("", SimpleNamespace(status_code=200, get={"error": self.word}.get))

    def chat_postMessage(self, **post: Any) -> Any:  # noqa: N802  (its name)
        self.posts.append(post)
        return self.chat_update() if post["thread_ts"] and self.word else self.answer


def bot(client: Any) -> BotSlack:
    return BotSlack(client, CARD.channel)


@pytest.mark.parametrize("word", CARD_GONE)
def test_a_card_is_gone_for_good_by_these_words(word: str) -> None:
    """It is given up, and not tried again."""
    assert bot(Asked(word)).update(CARD, Body("")) == Gone(word)


@pytest.mark.parametrize("word", THREAD_GONE)
def test_what_has_no_thread_to_stand_in_stands_alone(word: str) -> None:
    """It is a card of its own then."""
    slack = bot(Asked(word, channel="C0HOME", ts="2.000002"))
    assert slack.post(Body(""), NEW) == Sent(Card(channel="C0HOME", ts="2.000002"))


def test_no_other_word_is_about_a_card_or_its_thread() -> None:
    """A message that is refused for another reason is not posted anywhere else."""
    slack = bot(Asked("invalid_blocks"))
    refused = Failed(Fate.MESSAGE_REFUSED, "HTTP 200, invalid_blocks")
    assert (slack.post(Body(""), NEW), slack.update(CARD, Body(""))) == (refused, refused)


REPLIES: Mapping[Any, tuple[str | None, bool | None]] = {
    (Kind.NEW, False, CARD): (CARD.ts, None),
    (Kind.EXPIRING, False, CARD): (CARD.ts, None),
    (Kind.EXPIRING, True, CARD): (CARD.ts, True),
    (Kind.CLOSED_EXPIRED, False, CARD): (CARD.ts, True),
    (Kind.CLOSED_EXPIRED, False, None): (None, None),
    (Kind.EXPIRING, True, replace(CARD, channel="C0DACH")): (None, None),
}
"""Under which card what is said, and whether the channel sees it too."""

CARDS: tuple[tuple[str | None, str | None, Any, Card | None], ...] = (
    ("C0HOME", "2.2", None, Card(channel="C0HOME", ts="2.2")),
    ("C0HOME", "2.2", {}, Card(channel="C0HOME", ts="2.2")),
    ("C0HOME", "2.2", {"thread_ts": CARD.ts}, None),
    ("C0HOME", None, None, None),
    (None, "2.2", None, None),
)
"""What Slack answers to a reply, and the card that this makes."""


def test_a_reply_is_shown_to_all_if_it_is_the_last_or_the_end() -> None:
    """Nothing that it links to is unfolded, and a card elsewhere is left alone."""
    for (kind, last, card), expected in REPLIES.items():
        client = Asked()
        bot(client).post(Body("", ("a block",)), replace(NEW, kind=kind, last=last, card=card))
        (post,) = client.posts
        assert (post["thread_ts"], post["reply_broadcast"]) == expected
        assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)


def test_a_card_is_what_slack_says_it_posted_in_the_open() -> None:
    """Under a card that somebody deleted, it posts there; a message about none is no card."""
    for channel, ts, message, card in CARDS:
        slack = bot(Asked(channel=channel, ts=ts, message=message))
        assert slack.post(Body(""), NEW) == Sent(card), message
        assert slack.post(Body(""), None) == Sent()
    in_the_open = bot(Asked(channel="C0HOME", ts="2.2", message={"thread_ts": "3.3"}))
    assert in_the_open.post(Body(""), replace(NEW, card=None)) != Sent()


@pytest.mark.parametrize(
    "place", [Bot("xoxb-1", "C0HOME"), Webhook("https://hooks.slack.com/services/x", "/services/x")]
)
@pytest.mark.parametrize(
    "wrong",
    [[SectionBlock(text="x" * 3001)], [SectionBlock()], [SectionBlock(fields=["x"] * 11)], [None]],
)
def test_what_slack_sdk_refuses_is_the_messages_fault(
    monkeypatch: pytest.MonkeyPatch, place: Bot | Webhook, wrong: Any
) -> None:
    """It raises before anything is sent, so that there is no doubt; and the plain form goes."""
    posts: list[Body] = []

    class Posted:
        def post(self, body: Body, alert: Alert | None) -> Sent:
            del alert
            posts.append(body)
            return Sent()

        def update(self, card: Card, body: Body) -> Sent:
            del card
            return self.post(body, None)

    monkeypatch.setattr(blocks, "blocks", lambda *_, **__: wrong)
    channel = SlackChannel(lambda: place, url="https://example.com")
    channel.connect()
    channel._slack = Posted()
    full = Message(catalog="AWS", now=START, alerts=(NEW,))
    for outcome in (attempt.send(channel, full), attempt.update(channel, CARD, full)):
        assert isinstance(outcome, Failed)
        assert outcome.fate is Fate.MESSAGE_REFUSED
    assert not posts
    assert attempt.send(channel, replace(full, plain=True)) == Sent()
    assert attempt.update(channel, CARD, replace(full, plain=True)) == Sent()
    assert [body.blocks for body in posts] == [(), ()]


def test_a_webhook_posted_what_it_says_ok_to() -> None:
    """With the status of success; whatever else it says, or raises, is no proof."""
    posts: list[dict[str, Any]] = []

    def hook(status: int, body: str) -> Any:
        def send(**post: Any) -> Any:
            posts.append(post)
            if not status:
                raise ConnectionResetError
            return SimpleNamespace(status_code=status, body=body)

        client: Any = SimpleNamespace(send=send)
        return web._WebhookSlack(client).post(Body("Hello"), None)

    assert hook(200, "ok") == Sent()
    for answer in ((200, "<html>"), (500, "ok"), (0, "")):
        assert hook(*answer).fate is Fate.UNKNOWN
    assert {(post["unfurl_links"], post["unfurl_media"]) for post in posts} == {(False, False)}


def test_slack_is_asked_at_its_own_address_unless_there_is_another() -> None:
    """Once, and not for longer than so many seconds."""
    for base_url in (None, "http://127.0.0.1"):
        hook: Any = web.connected(Webhook(HOOK, PATH), base_url=base_url, timeout=7)
        api: Any = web.connected(Bot("xoxb-1", "C0"), base_url=base_url, timeout=7)
        assert hook.client.url == (HOOK if base_url is None else base_url + PATH)
        assert api.client.base_url == f"{base_url or 'https://slack.com'}/api/"
        for client, logger in ((hook.client, hook.client.logger), (api.client, api.client._logger)):
            assert (client.timeout, client.retry_handlers) == (7, [])
            assert not logger.isEnabledFor(logging.CRITICAL)


HOOK = "https://hooks.slack.com/services/T0/B0/x-_1"
GOV = HOOK.replace("slack", "slack-gov")
PATH = "/services/T0/B0/x-_1"
SECRETS: dict[str, Any] = {
    f'{{"webhook_url": "{HOOK}"}}': Webhook(HOOK, PATH),
    f'{{"webhook_url": " {GOV}\\n"}}': Webhook(GOV, PATH),
    f'{{"webhook_url": "{HOOK}", "routes": {{"dach": "{GOV}"}}}}': Webhook(
        HOOK, PATH, {"dach": Webhook(GOV, PATH)}
    ),
    HOOK: Webhook(HOOK, PATH),
    f" {GOV}\n": Webhook(GOV, PATH),
    f'"{HOOK}"\n': Webhook(HOOK, PATH),
    f"' {HOOK}'": Webhook(HOOK, PATH),
    f"\ufeff{HOOK}": Webhook(HOOK, PATH),
    f'\ufeff{{"webhook_url": "{HOOK}"}}': Webhook(HOOK, PATH),
    '{"bot_token": "xoxb-A-1", "channel": "C0P"}': Bot("xoxb-A-1", "C0P"),
    '{"bot_token": "xoxb-A-1 ", "channel": "G0P"}': Bot("xoxb-A-1", "G0P"),
}
EMPTY = (None, "", "  ", "{}", '{"webhook_url": ""}', '{"bot_token": " ", "channel": ""}')
MALFORMED = (
    "CANARY",
    "xoxb-CANARY",
    "https://hooks.slack.com/services/CAN ARY",
    "https://hooks.slack.com/services/T0/CANARY https://hooks.slack.com/services/T0/CANARY",
    "https://hooks.slack.com.evil.example/services/CANARY",
    "http://hooks.slack.com/services/CANARY",
    '["CANARY"]',
    '"CANARY"',
    '{"webhook_url": "https://hooks.slack.com/services/C", "bot_token": "CANARY"}',
    '{"webhook_url": "https://hooks.slack.com.evil.example/services/CANARY"}',
    '{"webhook_url": "https://hooks.slack.com@evil.example/services/CANARY"}',
    '{"webhook_url": "https://hooks.slack.com/workflows/CANARY"}',
    '{"webhook_url": "http://hooks.slack.com/services/CANARY"}',
    '{"webhook_url": "https://hooks.slack.com/services/CAN ARY"}',
    '{"webhook_url": 7, "CANARY": "CANARY"}',
    f'{{"webhook_url": "{HOOK}", "routes": ["CANARY"]}}',
    f'{{"webhook_url": "{HOOK}", "routes": {{"dach": "https://evil.example/CANARY"}}}}',
    '{"bot_token": "xoxb-CANARY", "channel": "C0P", "routes": {"dach": "CANARY"}}',
    '{"bot_token": "xoxb-CANARY\\n1", "channel": "C0P"}',
    '{"bot_token": "xoxp-CANARY", "channel": "C0P"}',
    '{"bot_token": "xoxb-CANARY", "channel": "#general"}',
    '{"bot_token": "xoxb-CANARY", "channel": "U0P"}',
    '{"bot_token": "xoxb-CANARY"}',
)
NAMED = {
    f'{{"webhook_url": "{HOOK}", "webhook_url": "{HOOK}"}}': "a key stands in it twice",
    f'{{"webhook_url": "{HOOK}", "routes": {{"a": "{HOOK}", "a": "{GOV}"}}}}': "a key stands in",
    f"{{\u201cwebhook_url\u201d: \u201c{HOOK}\u201d}}": "its quotes are typographic",
    f"\u201c{HOOK}\u201d": "its quotes are typographic",
    b"CANARY": "it is binary; it must be text",
}
"""What is wrong with these is more than their form, and said."""

UNREADABLE = {
    told_by_aws("ResourceNotFoundException"): "put {",
    told_by_aws("InvalidRequestException", message="marked for deletion"): "restore-secret",
    told_by_aws("InvalidRequestException", message="CANARY"): "InvalidRequestException",
    told_by_aws("AccessDeniedException", message="of KMS"): "its KMS key",
    told_by_aws("AccessDeniedException", message="CANARY"): "cannot be read: AccessDeniedException",
    told_by_aws("DecryptionFailure"): "its KMS key",
    told_by_aws("InternalServiceError", message="of KMS: CANARY deleted"): "InternalServiceError",
    BotoCoreError(): "cannot be read: BotoCoreError",
}
"""What is said of a secret that cannot be read, and whether anything is to be done about it."""


def held(text: str | bytes | Exception | None) -> secret.Secret:
    """Return what a secret with this content comes to, or one that cannot be read."""

    def get(**_: str) -> dict[str, str | bytes | None]:
        if isinstance(text, Exception):
            raise text
        return {"SecretBinary" if isinstance(text, bytes) else "SecretString": text}

    client: Any = SimpleNamespace(get_secret_value=get)
    return secret.read(client, "arn:secret")


@pytest.mark.parametrize(("text", "way"), SECRETS.items())
def test_a_secret_says_how_to_post(text: str, way: Webhook | Bot) -> None:
    """By a webhook, with others for routes, or as a bot; none of it is shown by accident."""
    assert held(text) == way
    assert not re.search("x-_1|xoxb", repr(way))


@pytest.mark.parametrize("text", EMPTY)
def test_an_empty_secret_is_not_connected_yet(text: str | None) -> None:
    """It says what to put there."""
    found = held(text)
    assert isinstance(found, NotConnected)
    assert "webhook_url" in found.remedy


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_secret_is_for_a_person_to_mend(text: str) -> None:
    """What stands in it is not said."""
    found = held(text)
    assert isinstance(found, Failed)
    assert found.fate is Fate.SENDER_REFUSED
    assert "CANARY" not in found.reason


@pytest.mark.parametrize(("content", "words"), NAMED.items(), ids=repr)
def test_a_mistake_in_a_secret_that_is_not_seen_is_named(content: str | bytes, words: str) -> None:
    """A person who looks at it finds nothing wrong with it."""
    found = held(content)
    assert isinstance(found, Failed)
    assert (found.fate, HOOK in found.reason) == (Fate.SENDER_REFUSED, False)
    assert f"secret arn:secret: {words}" in found.reason


@pytest.mark.parametrize(("error", "words"), UNREADABLE.items(), ids=repr)
def test_a_secret_that_is_gone_is_not_connected_and_any_other_may_come_back(
    error: Exception, words: str
) -> None:
    """The words say which, and what to do where that is known."""
    found = held(error)
    is_gone = words in ("put {", "restore-secret")
    said = found.remedy if isinstance(found, NotConnected) else ""
    said += found.reason if isinstance(found, Failed) else ""
    assert isinstance(found, NotConnected if is_gone else Failed)
    assert getattr(found, "fate", Fate.NOT_SENT) is Fate.NOT_SENT
    assert words in said
    assert "CANARY" not in said
    assert ("KMS" in said) is ("KMS" in words)

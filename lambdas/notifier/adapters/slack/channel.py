"""The Slack channel: posts through an incoming webhook or as a bot, as the secret says."""

from __future__ import annotations

import errno
import json
import logging
import re
import socket
import ssl
import urllib.request
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import URLError

from botocore.exceptions import BotoCoreError, ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from ...core import message as core_message
from ...core.backoff import Fate
from ...core.compose import compose, line
from ...core.message import Message
from ...core.model import Alert, NotConnected, Post
from ...core.ports import Connected, Failed, Off, Sent
from . import blocks as block_kit

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

NAME = "slack"

TIMEOUT = 5
"""Seconds to wait for Slack, to connect and again to answer."""

_WEBHOOK = re.compile(
    r"https://hooks\.slack(?:-gov)?\.com(/services/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)"
)
_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,40}")

_FORMS = (
    '{"webhook_url": "https://hooks.slack.com/services/…"} or '
    '{"bot_token": "xoxb-…", "channel": "C…"}'
)

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors and
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_TRY_LATER = frozenset({"rate_limited", "ratelimited", "message_limit_exceeded"})
_UNKNOWN = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "rollup_error"}
)
_SENDER_AT_FAULT = frozenset(
    {
        "access_denied",
        "account_inactive",
        "accesslimited",
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "invalid_token",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "method_deprecated",
        "missing_scope",
        "no_active_hooks",
        "no_permission",
        "no_service",
        "no_service_id",
        "no_team",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
        "team_added_to_org",
        "team_disabled",
        "team_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "user_is_restricted",
        "user_not_found",
    }
)
"""What no other message would fare better with: a person must act. Whatever else Slack says no to
(`invalid_blocks`, `msg_too_long`, words that are on no list) may be one message's own fault."""

_SENDER_STATUSES = frozenset({401, 403, 404, 410})
"""What webhooks answer that are gone or not allowed, in whatever words."""

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: one would carry the token to wherever it points."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class _Poster(Protocol):
    def __call__(self, *, text: str, blocks: list[Any]) -> Sent | Failed: ...


class _SecretError(ValueError):
    """A secret that cannot be used; says what is allowed, never what was found."""


class SlackChannel:
    """Posts to one Slack channel; the secret is read when a message is first due.

    `base_url` replaces Slack's own address in tests and the demo, and `pace` waits where Slack's
    rate asks for it.
    """

    name = NAME

    def __init__(
        self,
        secrets: Callable[[], SecretsManagerClient],
        *,
        secret_arn: str,
        url: str,
        base_url: str | None = None,
        pace: Callable[[], None] = lambda: None,
    ) -> None:
        self._secrets = secrets
        self._secret_arn = secret_arn
        self._url = url
        self._base_url = base_url
        self._pace = pace
        self._post: _Poster | None = None

    def connect(self) -> Connected | NotConnected | Off | Failed:
        """Read the secret: an empty or deleted one is not connected, a malformed one a failure."""
        text = self._secret()
        if not isinstance(text, str):
            return text
        try:
            self._post = _poster(text, self._base_url)
        except _SecretError as error:
            return Failed(Fate.SENDER_REFUSED, f"{self._the_secret}: {error}")
        if self._post is None:
            return self._not_connected(f"put {_FORMS} into {self._the_secret}")
        return Connected()

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return core_message.split(alerts, _size, block_kit.DIGEST_LIMIT)

    def send(self, message: Message) -> Sent | Failed:
        if self._post is None:
            return Failed(Fate.NOT_SENT, "not connected")
        content = compose(message)
        text = block_kit.plain(content) if message.plain else block_kit.notification(content)
        blocks = [] if message.plain else block_kit.blocks(content, url=self._url)
        self._pace()
        return self._post(text=text, blocks=blocks)

    def _secret(self) -> str | NotConnected | Failed:
        try:
            answer = self._secrets().get_secret_value(SecretId=self._secret_arn)
        except ClientError as error:
            return self._unread(error)
        except BotoCoreError as error:
            return Failed(
                Fate.NOT_SENT, f"{self._the_secret} cannot be read: {type(error).__name__}"
            )
        return answer.get("SecretString") or ""

    def _unread(self, error: ClientError) -> NotConnected | Failed:
        """Say why the secret could not be read; only codes and our own words are shown.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
        """
        code = error.response.get("Error", {}).get("Code", "unknown error")
        if code == "ResourceNotFoundException":  # Never filled, or gone: the code is the same.
            return self._not_connected(
                f"put {_FORMS} into {self._the_secret}; if it was deleted, deploy with "
                "slack_secret_arn naming another one"
            )
        if code == "InvalidRequestException" and "delet" in _message(error):
            return self._not_connected(
                f"{self._the_secret} was deleted: restore it with `aws secretsmanager "
                "restore-secret`, or deploy with slack_secret_arn naming another one"
            )
        reason = f"{self._the_secret} cannot be read: {code}"
        if _is_of_the_key(error, code):
            reason += (
                "; the KMS key that it is encrypted with does not let the function decrypt it: "
                "deploy with slack_secret_kms_key_arn naming that key, and look at its state and "
                "its policy"
            )
        return Failed(Fate.NOT_SENT, reason)

    def _not_connected(self, remedy: str) -> NotConnected:
        return NotConnected(channel=NAME, remedy=remedy)

    @property
    def _the_secret(self) -> str:
        return f"secret {self._secret_arn}"


def _size(alert: Alert) -> int:
    return len(block_kit.line(line(alert))) + 1


def _is_of_the_key(error: ClientError, code: str) -> bool:
    is_denied = code == "AccessDeniedException" and "KMS" in _message(error)
    return code == "DecryptionFailure" or is_denied


def _message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", "")


def _poster(secret: str, base_url: str | None) -> _Poster | None:
    """Return how to post, or None for an empty secret."""
    urllib.request.install_opener(urllib.request.build_opener(_NoRedirect))
    fields = _fields(secret)
    if not any(fields.values()):
        return None
    if set(fields) == {"webhook_url"}:
        return _webhook(fields["webhook_url"], base_url)
    if set(fields) == {"bot_token", "channel"}:
        return _bot(fields["bot_token"], fields["channel"], base_url)
    raise _SecretError(f"it must be {_FORMS}")


def _fields(secret: str) -> dict[str, str]:
    if not secret.strip():
        return {}
    try:
        fields = json.loads(secret)
    except ValueError:
        fields = None
    # Not inside the handler: its error would carry the secret along.
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        raise _SecretError(f"it must be {_FORMS}")
    return {key: value.strip() for key, value in fields.items()}


def _webhook(address: str, base_url: str | None) -> _Poster:
    found = _WEBHOOK.fullmatch(address)
    if found is None:
        raise _SecretError("webhook_url must be an address https://hooks.slack.com/services/…")
    client = WebhookClient(
        address if base_url is None else base_url + found[1],
        timeout=TIMEOUT,
        retry_handlers=[],
        logger=_silent(),
    )

    def post(*, text: str, blocks: list[Any]) -> Sent | Failed:
        try:
            answer = client.send(
                text=text, blocks=blocks or None, unfurl_links=False, unfurl_media=False
            )
        except Exception as error:  # noqa: BLE001  (its words may hold the address)
            return _broken(error)
        if answer.status_code == 200 and answer.body == "ok":
            return Sent()
        return _refused(answer.status_code, answer.body)

    return post


def _bot(token: str, channel: str, base_url: str | None) -> _Poster:
    if _TOKEN.fullmatch(token) is None:
        raise _SecretError("bot_token must be a bot's token, xoxb-…")
    if _CHANNEL.fullmatch(channel) is None:
        raise _SecretError("channel must be a channel's id, C…, not its name")
    client = WebClient(
        token=token,
        base_url=WebClient.BASE_URL if base_url is None else f"{base_url}/api/",
        timeout=TIMEOUT,
        retry_handlers=[],
        logger=_silent(),
    )

    def post(*, text: str, blocks: list[Any]) -> Sent | Failed:
        try:
            answer = client.chat_postMessage(
                channel=channel,
                text=text,
                blocks=blocks or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            return _refused(error.response.status_code, error.response.get("error"))
        except Exception as error:  # noqa: BLE001  (its words may hold the token)
            return _broken(error)
        place, ts = answer.get("channel"), answer.get("ts")
        return Sent(Post(channel=str(place), ts=str(ts)) if place and ts else None)

    return post


def _refused(status: int, answer: str | None) -> Failed:
    """Class an answer by Slack's own word for it; words that are none of Slack's are not shown."""
    word = answer.strip() if isinstance(answer, str) else ""
    known = re.fullmatch(r"[a-z_]{2,60}", word) is not None
    reason = f"HTTP {status}" + (f", {word}" if known else "")
    if status == 429 or word in _TRY_LATER:
        return Failed(Fate.NOT_SENT, reason)
    if 300 <= status < 400:
        return Failed(Fate.SENDER_REFUSED, f"{reason}: redirects are not followed")
    if status >= 500 or word in _UNKNOWN or (status == 200 and not known):
        return Failed(Fate.UNKNOWN, reason)
    if word in _SENDER_AT_FAULT or status in _SENDER_STATUSES:
        return Failed(Fate.SENDER_REFUSED, reason)
    return Failed(Fate.MESSAGE_REFUSED, reason)


def _broken(error: Exception) -> Failed:
    """Class a conversation that broke off; only the error's type is shown."""
    cause = error.reason if isinstance(error, URLError) else None
    # urllib wraps what happens before the request is out in URLError; a time-out there, a
    # refusal or a failed look-up cannot have posted anything.
    never_left = isinstance(cause, (TimeoutError, socket.gaierror, ssl.SSLCertVerificationError))
    unreachable = isinstance(cause, OSError) and cause.errno in _UNREACHABLE
    fate = Fate.NOT_SENT if never_left or unreachable else Fate.UNKNOWN
    return Failed(fate, f"no answer ({type(cause or error).__name__})")


def _silent() -> logging.Logger:
    """Return a logger that says nothing: slack_sdk logs addresses and bodies, errors included."""
    logger = logging.getLogger("slack_sdk.silenced")
    logger.setLevel(logging.CRITICAL + 1)
    return logger

"""Talk to Slack through an incoming webhook or as a bot, and say what became of each message."""

from __future__ import annotations

import errno
import logging
import re
import socket
import ssl
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackObjectFormationError, SlackRequestError
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from ...core.backoff import Fate
from ...core.model import CARDS, Alert, Card
from ...core.ports import Failed, Gone, Sent
from .secret import Bot, Webhook

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

_PLACE_AT_FAULT = frozenset({"channel_not_found", "not_in_channel"})
"""What another channel would fare better with, today and tomorrow."""

_CARD_GONE = frozenset(
    {
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "not_in_channel",
    }
)
"""Why a card cannot be updated any more: https://docs.slack.dev/reference/methods/chat.update"""

_THREAD_GONE = ("cannot_reply_to_message", "message_not_found", "thread_not_found")
"""Why nothing can be posted under a card: nothing was, so that the message stands alone."""

_SENDER_STATUSES = frozenset({401, 403, 404, 410})
"""What webhooks answer that are gone or not allowed, in whatever words."""

_UNSENDABLE = (SlackObjectFormationError, SlackRequestError, UnicodeEncodeError)
"""What is raised of a message before any of it is sent: it was not, and never will be like that."""

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: one would carry the token to wherever it points."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Body:
    """What a message looks like: blocks as JSON, and the line that notifications show."""

    text: str
    blocks: tuple[Any, ...] = ()


class Slack(Protocol):
    """A place in Slack to post to."""

    def post(self, body: Body, alert: Alert | None) -> Sent | Failed:
        """Post a message; one about an invitation that has a card belongs under it."""

    def update(self, card: Card, body: Body) -> Sent | Gone | Failed:
        """Make a card say something else."""


def connected(place: Webhook | Bot, *, base_url: str | None, timeout: int) -> Slack:
    """Return how to post; `base_url` replaces Slack's own address, `timeout` is in seconds."""
    urllib.request.install_opener(urllib.request.build_opener(_NoRedirect))
    # slack_sdk's own retries would post again after a lost answer.
    options: dict[str, Any] = {"timeout": timeout, "retry_handlers": [], "logger": _silent()}
    if isinstance(place, Webhook):
        address = place.url if base_url is None else base_url + place.path
        return _WebhookSlack(WebhookClient(address, **options))
    api = WebClient.BASE_URL if base_url is None else f"{base_url}/api/"
    return BotSlack(WebClient(token=place.token, base_url=api, **options), place.channel)


@dataclass(frozen=True, slots=True)
class _WebhookSlack:
    client: WebhookClient

    def post(self, body: Body, alert: Alert | None) -> Sent | Failed:
        del alert  # A webhook gives no timestamp: no thread, and no card.
        try:
            answer = self.client.send(
                text=body.text, blocks=body.blocks or None, unfurl_links=False, unfurl_media=False
            )
        except Exception as error:  # noqa: BLE001  (its words may hold the address)
            return _broken(error)
        if answer.status_code == 200 and answer.body == "ok":
            return Sent()
        return _refused(answer.status_code, answer.body)

    def update(self, card: Card, body: Body) -> Gone:
        del card, body
        return Gone("the secret holds a webhook now, which cannot update a bot's card")


@dataclass(frozen=True, slots=True)
class BotSlack:
    """Posts as a bot: cards, and what belongs under them."""

    client: WebClient
    channel: str

    def post(self, body: Body, alert: Alert | None) -> Sent | Failed:
        thread = self._thread(alert)
        outcome = self._post(body, alert, thread)
        if isinstance(outcome, Failed) and thread and outcome.reason.endswith(_THREAD_GONE):
            return self._post(body, alert, None)
        return outcome

    def update(self, card: Card, body: Body) -> Sent | Gone | Failed:
        try:
            self.client.chat_update(
                channel=card.channel,
                ts=card.ts,
                text=body.text,
                blocks=body.blocks,  # Even none: those that it has are kept otherwise.
            )
        except SlackApiError as error:
            word = error.response.get("error")
            if word in _CARD_GONE:
                return Gone(word)
            return _refused(error.response.status_code, word)
        except Exception as error:  # noqa: BLE001  (its words may hold the token)
            return _broken(error)
        return Sent()

    def _thread(self, alert: Alert | None) -> str | None:
        """Return the card under which an alert belongs; one in another channel is left alone."""
        card = alert.card if alert else None
        return card.ts if card and card.channel == self.channel else None

    def _post(self, body: Body, alert: Alert | None, thread: str | None) -> Sent | Failed:
        broadcast = alert is not None and alert.for_all
        try:
            answer = self.client.chat_postMessage(
                channel=self.channel,
                text=body.text,
                blocks=body.blocks or None,
                thread_ts=thread,
                reply_broadcast=(thread is not None and broadcast) or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            return _refused(error.response.status_code, error.response.get("error"))
        except Exception as error:  # noqa: BLE001  (its words may hold the token)
            return _broken(error)
        # Under a card that somebody deleted, Slack posts a message of its own.
        # https://github.com/slack-go/slack/issues/1571
        message: Any = answer.get("message") or {}
        is_card = alert is not None and alert.kind in CARDS
        if alert is None or not is_card or (thread and message.get("thread_ts")):
            return Sent()
        place, ts = answer.get("channel"), answer.get("ts")
        expires_at = alert.invitation.expires_at
        card = Card(channel=str(place), ts=str(ts), expires_at=expires_at)
        return Sent(card if place and ts else None)


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
    if word in _PLACE_AT_FAULT:
        return Failed(Fate.PLACE_REFUSED, reason)
    if word in _SENDER_AT_FAULT or status in _SENDER_STATUSES:
        return Failed(Fate.SENDER_REFUSED, reason)
    return Failed(Fate.MESSAGE_REFUSED, reason)


def _broken(error: Exception) -> Failed:
    """Class a conversation that broke off, or never began; only the error's type is shown."""
    if isinstance(error, _UNSENDABLE):
        return Failed(Fate.MESSAGE_REFUSED, f"cannot be sent ({type(error).__name__})")
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

"""Whether Slack would take a message: the secret's form, and what Slack itself says to it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cli.account import Account
from infra.deploy.next_steps import bot_channels
from notifier.adapters.slack import secret
from notifier.adapters.slack.secret import Bot, Webhook
from notifier.core.model import NotConnected
from notifier.core.ports import Failed
from notifier.settings import Settings

from .finding import Finding, unchecked, well, wrong

if TYPE_CHECKING:
    from slack_sdk.web import WebClient

TIMEOUT = 5
NAME = "slack"

WRITE, READ = "chat:write", "channels:read"

REFUSALS = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
"""What a webhook answers that would have taken a message, had there been one in it.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
"""

REMEDIES = {
    "account_inactive": "reinstall the app, and store its new token in the secret",
    "channel_not_found": "name the channel by its id, and /invite the bot",
    "invalid_auth": "store the app's bot token (xoxb-…) in the secret",
    "no_service": "create a new webhook, and store its address in the secret",
    "not_authed": "store the app's bot token (xoxb-…) in the secret",
    "token_expired": "turn token rotation off, reinstall the app, and store its new token",
    "token_revoked": "reinstall the app, and store its new token in the secret",
}
PASSING = frozenset({"fatal_error", "internal_error", "ratelimited", "service_unavailable"})
OTHERWISE = "see docs/operations.md#slack-failing"


def slack(account: Account, settings: Settings) -> Iterator[Finding]:
    """Read the secret, and ask Slack about it without posting anything."""
    if not settings.slack_secret_arn:
        return
    place = secret.read(account.client("secretsmanager"), settings.slack_secret_arn)
    if isinstance(place, NotConnected):
        yield wrong("secret", "holds nothing", place.remedy, channel=NAME)
    elif isinstance(place, Failed):
        remedy = f"put {secret.FORMS} into it"
        yield wrong("secret", place.reason, remedy, channel=NAME)
    else:
        kind = "webhook" if isinstance(place, Webhook) else "bot's token and a channel"
        yield well("secret", f"holds a {kind}", channel=NAME)
        if isinstance(place, Webhook):
            yield from _webhook(place, NAME)
            for route, own in place.routes.items():
                yield from _webhook(own, f"{NAME}, route {route}")
        else:
            yield from _bot(place, bot_channels(settings))


def _webhook(place: Webhook, name: str) -> Iterator[Finding]:
    """Post nothing: a webhook that works refuses it as empty, and one that is gone says so."""
    from slack_sdk.webhook import WebhookClient

    base_url = os.environ.get("SLACK_BASE_URL")
    address = place.url if base_url is None else base_url + place.path
    client = WebhookClient(address, timeout=TIMEOUT, retry_handlers=[], logger=_silent())
    try:
        answer = client.send_dict({})
    except Exception as error:  # noqa: BLE001  (its words may hold the address)
        yield unchecked(name, f"no answer ({type(error).__name__})")
        return
    word = answer.body.strip()
    if word in REFUSALS:
        yield well(name, "the webhook works: it refuses an empty message as such")
    else:
        yield _says_no(word, answer.status_code, name)


def _bot(place: Bot, others: Iterable[str]) -> Iterator[Finding]:
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web import WebClient

    base_url = os.environ.get("SLACK_BASE_URL")
    api = WebClient.BASE_URL if base_url is None else f"{base_url}/api/"
    client = WebClient(
        token=place.token, base_url=api, timeout=TIMEOUT, retry_handlers=[], logger=_silent()
    )
    try:
        answer: Any = client.auth_test()
        yield well(NAME, f"knows the bot's token (team {answer.get('team_id')})")
        yield from _scopes(answer.headers)
    except SlackApiError as error:
        yield _says_no(str(error.response.get("error")), error.response.status_code)
        return
    except Exception as error:  # noqa: BLE001  (its words may hold the token)
        yield unchecked(NAME, f"no answer ({type(error).__name__})")
        return
    for id_ in dict.fromkeys((place.channel, *others)):
        yield from _looked_at(client, id_)


def _looked_at(client: WebClient, id_: str) -> Iterator[Finding]:
    from slack_sdk.errors import SlackApiError

    try:
        channel: Any = client.conversations_info(channel=id_)["channel"]
        yield from _channel(id_, channel)
    except SlackApiError as error:
        word = str(error.response.get("error"))
        status = error.response.status_code
        yield _unknown() if word == "missing_scope" else _says_no(word, status, f"channel {id_}")
    except Exception as error:  # noqa: BLE001  (its words may hold the token)
        yield unchecked(NAME, f"no answer ({type(error).__name__})")


def _scopes(headers: Any) -> Iterator[Finding]:
    """Say whether the token may post: Slack names its scopes in a header of every answer.

    https://docs.slack.dev/authentication/installing-with-oauth#scopes
    """
    named = {key.lower(): value for key, value in dict(headers).items()}.get("x-oauth-scopes")
    if named is None:
        yield unchecked("scopes", "Slack does not name them")
    elif WRITE in {scope.strip() for scope in named.split(",")}:
        yield well("scopes", f"{WRITE} is there")
    else:
        remedy = f"give the app the scope {WRITE}, and reinstall it"
        yield wrong("scopes", f"{WRITE} is missing", remedy, channel=NAME)


def _channel(id_: str, channel: Any) -> Iterator[Finding]:
    if channel.get("is_archived"):
        remedy = "unarchive it, or name another channel"
        yield wrong("channel", f"channel {id_} is archived", remedy, channel=NAME)
    elif not channel.get("is_member"):
        remedy = "/invite the bot to the channel"
        yield wrong("channel", f"the bot is not in channel {id_}", remedy, channel=NAME)
    else:
        yield well("channel", f"the bot is in channel {id_}")


def _unknown() -> Finding:
    return unchecked("channel", f"the token lacks {READ}, with which the bot's membership shows")


def _says_no(word: str, status: int, name: str = NAME) -> Finding:
    """Say what Slack says, in its own words alone; what passes by itself is not at fault."""
    shown = word if re.fullmatch(r"[a-z_]{2,60}", word) else f"HTTP {status}"
    if status >= 500 or status == 429 or word in PASSING:
        return unchecked(name, f"Slack is busy or down ({shown}): try again")
    return wrong(name, f"Slack says {shown}", REMEDIES.get(word, OTHERWISE), channel=NAME)


def _silent() -> Any:
    import logging

    logger = logging.getLogger("slack_sdk.silenced")
    logger.setLevel(logging.CRITICAL + 1)
    return logger

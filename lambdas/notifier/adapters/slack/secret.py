"""The secret that says where to post: its forms, and why it may not be readable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ...core.backoff import Fate
from ...core.model import NotConnected
from ...core.ports import Failed

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

NAME = "slack"

_WEBHOOK = re.compile(
    r"https://hooks\.slack(?:-gov)?\.com(/services/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)"
)
_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]+")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,40}")

FORMS = (
    '{"webhook_url": "https://hooks.slack.com/services/…"}, that address alone, or '
    '{"bot_token": "xoxb-…", "channel": "C…"}'
)
_BYTE_ORDER_MARK = "\ufeff"
_TYPOGRAPHIC = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb")
_ROUTES = "routes"
_ROUTES_FORM = '{"webhook_url": "https://…", "routes": {"name": "https://…"}}'


@dataclass(frozen=True, slots=True)
class Webhook:
    """An incoming webhook's address, and the part of it behind the host.

    `routes` are the webhooks of routes that have one of their own, by name.
    """

    url: str = field(repr=False)
    path: str = field(repr=False)
    routes: Mapping[str, Webhook] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot's token, and the channel that it posts to."""

    token: str = field(repr=False)
    channel: str


Secret = Webhook | Bot | NotConnected | Failed
"""What reading the secret comes to."""


class _SecretError(ValueError):
    """A secret that cannot be used; says what is allowed, never what was found."""


class _DoubledError(ValueError):
    """A key that stands twice in one object, of which JSON keeps one value without a word."""


def read(client: SecretsManagerClient, arn: str) -> Secret:
    """Read the secret: an empty or deleted one is not connected, a malformed one a failure."""
    try:
        answer = client.get_secret_value(SecretId=arn)
    except ClientError as error:
        return _unread(error, arn)
    except BotoCoreError as error:
        return Failed(Fate.NOT_SENT, f"secret {arn} cannot be read: {type(error).__name__}")
    try:
        place = _place(_text(answer))
    except _SecretError as error:
        return Failed(Fate.SENDER_REFUSED, f"secret {arn}: {error}")
    return place or NotConnected(channel=NAME, remedy=f"put {FORMS} into secret {arn}")


def _unread(error: ClientError, arn: str) -> NotConnected | Failed:
    """Say why the secret could not be read; only codes and our own words are shown.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    code = error.response.get("Error", {}).get("Code", "unknown error")
    if code == "ResourceNotFoundException":  # Never filled, or gone: the code is the same.
        remedy = (
            f"put {FORMS} into secret {arn}; if it was deleted, deploy with slack_secret_arn "
            "naming another one"
        )
        return NotConnected(channel=NAME, remedy=remedy)
    if code == "InvalidRequestException" and "delet" in _message(error):
        remedy = (
            f"secret {arn} was deleted: restore it with `aws secretsmanager restore-secret`, or "
            "deploy with slack_secret_arn naming another one"
        )
        return NotConnected(channel=NAME, remedy=remedy)
    reason = f"secret {arn} cannot be read: {code}"
    if _is_of_the_key(error, code):
        reason += (
            "; its KMS key does not let the function decrypt it: deploy with "
            "slack_secret_kms_key_arn naming that key, and check the key's state and policy"
        )
    return Failed(Fate.NOT_SENT, reason)


def _is_of_the_key(error: ClientError, code: str) -> bool:
    is_denied = code == "AccessDeniedException" and "KMS" in _message(error)
    return code == "DecryptionFailure" or is_denied


def _message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", "")


def _text(answer: GetSecretValueResponseTypeDef) -> str:
    if answer.get("SecretBinary"):
        raise _SecretError(f"it is binary; it must be text: {FORMS}")
    return answer.get("SecretString") or ""


def _place(secret: str) -> Webhook | Bot | None:
    """Return where to post, or None for an empty secret."""
    fields = _object(secret)
    routes = fields.pop(_ROUTES, {})
    texts = _texts(fields, FORMS)
    if not any(texts.values()):
        return None
    if set(texts) == {"webhook_url"}:
        own = _texts(routes, _ROUTES_FORM).items()
        webhooks = {name: _webhook(f"{_ROUTES}.{name}", text) for name, text in own}
        return replace(_webhook("webhook_url", texts["webhook_url"]), routes=webhooks)
    if routes:
        raise _SecretError(f"{_ROUTES} belongs beside webhook_url; a bot posts to slack_channel")
    if set(texts) == {"bot_token", "channel"}:
        if _TOKEN.fullmatch(texts["bot_token"]) is None:
            raise _SecretError("bot_token must be a bot's token, xoxb-…")
        if _CHANNEL.fullmatch(texts["channel"]) is None:
            raise _SecretError("channel must be a channel's id, C…, not its name")
        return Bot(texts["bot_token"], texts["channel"])
    raise _SecretError(f"it must be {FORMS}")


def _webhook(name: str, text: str) -> Webhook:
    found = _WEBHOOK.fullmatch(text)
    if found is None:
        raise _SecretError(f"{name} must be an address https://hooks.slack.com/services/…")
    return Webhook(found[0], found[1])


def _object(secret: str) -> dict[str, Any]:
    """Return the secret's fields; none of an empty one. An address alone is a webhook's."""
    secret = secret.removeprefix(_BYTE_ORDER_MARK)
    alone = secret.strip("\"' \t\r\n")
    if not alone:
        return {}
    if alone.startswith("https://"):
        return {"webhook_url": alone}
    fields, wrong = None, f"it must be {FORMS}"
    try:
        fields = json.loads(secret, object_pairs_hook=_once)
    except _DoubledError:
        wrong = "a key stands in it twice; each may stand once"
    except ValueError:
        if _TYPOGRAPHIC.intersection(secret):
            wrong = 'its quotes are typographic (“ ”); they must be straight (")'
    # Not inside the handlers: their errors would carry the secret along.
    if not isinstance(fields, dict):
        raise _SecretError(wrong)
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _DoubledError
    return fields


def _texts(fields: object, form: str) -> dict[str, str]:
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        raise _SecretError(f"it must be {form}")
    return {key: value.strip() for key, value in fields.items()}

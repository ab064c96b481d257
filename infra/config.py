"""The deployer's choices: CDK context in, a validated `Config` out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from notifier import settings
from notifier.core.routes import is_email
from notifier.settings import Choices, email, flag, many, one, setting, whole

from . import environment, payload_types, routes, subscriptions, zones
from .refusal import ConfigError, Need, nearest, refusal, refuse_unmet, unknown
from .routes import ConfiguredRoute

REGION = settings.REGION

CHANNELS = {"sns": "email", "slack": "Slack"}
"""The channels, and what operators call them."""


def secret_arn(arn: str) -> str:
    """Refuse a partial ARN: IAM matches the full ARN, including its suffix."""
    settings.secret_arn(arn)
    pattern = rf"arn:aws:secretsmanager:{REGION}:\d+:secret:.+-[a-zA-Z0-9]{{6}}"
    allowed = f"the full ARN of a secret in {REGION}, including its six-character suffix"
    return settings.matching(pattern, allowed)(arn)


# Not an alias: a grant on an alias's ARN has no effect, since IAM matches the key's own ARN.
# https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
key_arn = settings.matching(
    rf"arn:aws:kms:{REGION}:\d{{12}}:key/([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
    r"|mrk-[0-9a-f]{32})",
    f"the ARN of a KMS key in {REGION} (arn:aws:kms:{REGION}:...:key/...), not of an alias",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Choices):
    """One deployment's configuration: the function's choices, and what only the stack needs."""

    routes: tuple[ConfiguredRoute, ...] = setting(routes.read, default=())
    payload_types: tuple[str, ...] = setting(many(payload_types.exact), default=())
    timezone: str = setting(one(zones.shipped), default="UTC")
    schedule_minutes: int = setting(whole(1, 60), default=5)
    emails: tuple[str, ...] = setting(many(email), default=())
    ops_emails: tuple[str, ...] = setting(many(email), default=())
    slack: bool = setting(flag, default=True)
    slack_secret_arn: str | None = setting(one(secret_arn), default=None)
    slack_secret_kms_key_arn: str | None = setting(one(key_arn), default=None)
    kms_key_arn: str | None = setting(one(key_arn), default=None)

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Config:
        """Read the configuration; raise ConfigError for the first value that cannot be used.

        A value is JSON, as in `cdk.json`, or text, as after `-c key=value`. Null means not set.
        """
        if isinstance(context.get(BOUNDARY), str):
            raise ConfigError(
                f"context key {BOUNDARY} is text, which CDK ignores; "
                'allowed: an object, such as {"name": "boundary"}, in the context of cdk.json'
            )
        given = {key: value for key, value in context.items() if value is not None and _ours(key)}
        values = {key: _read(key, value) for key, value in given.items()}
        values.setdefault("ops_emails", values.get("emails", ()))
        config = cls(**values)
        _refuse_contradictions(config)
        return config

    @property
    def stack_name(self) -> str:
        """Return a name that carries the catalog, so that both can stand side by side."""
        return f"InvitationNotifier-{self.catalog}"

    @property
    def advice(self) -> tuple[str, ...]:
        """Return what can be deployed but should be reconsidered, one line each."""
        unwatched = (
            "context key ops_emails is []; nobody will receive alarm emails: "
            "add an address, or subscribe to the topic (stack output OpsTopicArn)"
        )
        return (*(() if self.ops_emails else (unwatched,)), *routes.advice(self))


BOUNDARY = "@aws-cdk/core:permissionsBoundary"
"""CDK's own key for a policy that bounds every role of the stack."""

_DECLARED = {declared.name: declared for declared in fields(Config)}


def meant(key: str) -> str | None:
    """Return the setting whose name a key is, however its words are joined: scheduleMinutes."""
    return _JOINED.get(_joined(key))


def _joined(key: str) -> str:
    return re.sub(r"[\W_]", "", key).casefold()


_JOINED = {_joined(name): name for name in _DECLARED}


def _refuse_contradictions(config: Config) -> None:
    """Raise ConfigError for settings that nothing would use, or that leave nobody to alert."""
    refuse_unmet(
        Need(key, getattr(config, key), is_met, allowed) for key, is_met, allowed in _needs(config)
    )
    if not config.slack and not config.emails:
        raise refusal("emails", [], "at least one email address while slack is false")
    routes.refuse_contradictions(config)
    subscriptions.by_recipient(config)
    if len(config.ops_emails) > subscriptions.MOST:
        raise ConfigError(
            f"ops_emails names {len(config.ops_emails)} addresses; allowed: {subscriptions.MOST}"
        )
    environment.refuse_excess(config)


def _needs(config: Config) -> Iterator[tuple[str, object, str]]:
    """Yield each key that depends on others, whether it may have a value, and what is allowed."""
    by_email = all(map(is_email, config.escalate_to))
    escalated: tuple[Config | ConfiguredRoute, ...] = (config, *config.routes)
    yield "slack_secret_arn", config.slack, "no value while slack is false"
    allowed = "no value without slack_secret_arn, the secret that it encrypts"
    yield "slack_secret_kms_key_arn", config.slack_secret_arn, allowed
    allowed = "no value without partner_central_role_arn, whose trust policy requires it"
    yield "partner_central_external_id", config.partner_central_role_arn, allowed
    yield "emails_hear_all", config.emails and config.routes, "no value without emails and routes"
    yield "mention", config.slack, "no value while slack is false"
    yield "escalate_to", config.slack or by_email, "email addresses while slack is false"
    allowed = "no value without escalate_hours, here or in a route"
    yield "escalate_to", any(place.escalate_hours for place in escalated), allowed
    allowed = "no value without escalate_to, here or in a route"
    yield "escalate_hours", any(place.escalate_to for place in escalated), allowed


def _ours(key: str) -> bool:
    """Tell whether a key is this app's; raise ConfigError for one that looks like a typo of ours.

    Context is shared with CDK, whose own keys (`@aws-cdk/…`, `aws:cdk:…`, `availability-zones:…`,
    `acknowledged-issue-numbers`) are never plain words, while all of ours are.
    """
    if key in _DECLARED:
        return True
    is_word = re.fullmatch(r"\w+", key) is not None
    is_cdks = not nearest(key, _DECLARED, 0.8) or re.search(r"[:@/]", key)
    if not is_word and is_cdks and not meant(key):
        return False
    raise unknown("", key, _DECLARED)


def _read(key: str, value: object) -> Any:
    try:
        return settings.read(_DECLARED[key], value)
    except ConfigError:
        raise
    except ValueError as error:
        refused = refusal(key, _disclosable(key, value), str(error))
    raise refused


def _disclosable(key: str, value: object) -> object:
    """Truncate what may be a webhook or a token, pasted in place of its secret's ARN."""
    if key != "slack_secret_arn" or str(value).startswith("arn:"):
        return value
    return f"{str(value)[:8]}..."

"""What a deployer chooses: CDK context in, a checked `Config` out."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier import settings

from . import readers

REGION = settings.REGION

DEFAULT_SCHEDULE_MINUTES = 5


class ConfigError(ValueError):
    """A configuration that cannot be deployed: one line with key, value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One deployment's configuration. Empty `payload_types` means all of them."""

    catalog: str = settings.CATALOGS[0]
    schedule_minutes: int = DEFAULT_SCHEDULE_MINUTES
    expiring_hours: tuple[int, ...] = settings.DEFAULT_EXPIRING_HOURS
    digest_above: int = settings.DEFAULT_DIGEST_ABOVE
    payload_types: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    ops_emails: tuple[str, ...] = ()
    slack: bool = True
    slack_secret_arn: str | None = None
    slack_secret_kms_key_arn: str | None = None
    timezone: str = settings.DEFAULT_TIMEZONE
    partner_central_url: str = settings.DEFAULT_PARTNER_CENTRAL_URL
    partner_central_role_arn: str | None = None
    partner_central_external_id: str | None = None
    kms_key_arn: str | None = None

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Config:
        """Read the configuration; raise ConfigError for the first value that cannot be used.

        A value is JSON, as in `cdk.json`, or text, as after `-c key=value`. Null means not given.
        """
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
        """Return what can be deployed and should be thought of once more, a line each."""
        unheard = (
            "context key ops_emails is []; the alarms will ring and nobody will hear them: "
            "name an address, or subscribe to the topic OpsTopicArn"
        )
        return () if self.ops_emails else (unheard,)


def _refuse_contradictions(config: Config) -> None:
    if config.slack_secret_arn and not config.slack:
        raise _refusal(
            "slack_secret_arn", config.slack_secret_arn, "none while slack is false, or slack=true"
        )
    if config.slack_secret_kms_key_arn and not config.slack_secret_arn:
        raise _refusal(
            "slack_secret_kms_key_arn",
            config.slack_secret_kms_key_arn,
            "none without slack_secret_arn, whose key it is",
        )
    if not config.slack and not config.emails:
        raise _refusal("emails", [], "one email address or more while slack is false")
    if config.partner_central_external_id and not config.partner_central_role_arn:
        raise _refusal(
            "partner_central_external_id",
            config.partner_central_external_id,
            "none without partner_central_role_arn, whose trust policy asks for it",
        )


def _ours(key: str) -> bool:
    """Tell whether a key is this app's; raise ConfigError for one that seems meant to be.

    Context is shared with CDK, whose own keys (`@aws-cdk/…`, `aws:cdk:…`, `availability-zones:…`,
    `acknowledged-issue-numbers`) are never plain words, as all of ours are.
    """
    if key in _READERS:
        return True
    is_word = re.fullmatch(r"\w+", key) is not None
    likeness = 0.5 if is_word else 0.8
    nearest = difflib.get_close_matches(key.lower().replace("-", "_"), _READERS, 1, likeness)
    if not is_word and (not nearest or re.search(r"[:@/]", key)):
        return False
    advice = f"did you mean {nearest[0]}?" if nearest else f"allowed: {', '.join(_READERS)}"
    raise ConfigError(f"context key {_shown(key)} is unknown; {advice}")


def _read(key: str, value: object) -> Any:
    try:
        return _READERS[key](value)
    except ValueError as error:
        refusal = _refusal(key, _disclosable(key, value), str(error))
    raise refusal


def _refusal(key: str, value: object, allowed: str) -> ConfigError:
    return ConfigError(f"context key {key} is {_shown(value)}; allowed: {allowed}")


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 120 else f"{text[:120]}..."


def _disclosable(key: str, value: object) -> object:
    """Cut what may be a webhook or a token, pasted where the ARN of its secret belongs."""
    if key != "slack_secret_arn" or str(value).startswith("arn:"):
        return value
    return f"{str(value)[:8]}..."


_READERS: dict[str, readers.Reader] = {
    "catalog": readers.text(settings.catalog),
    "schedule_minutes": readers.minutes,
    "expiring_hours": readers.hours,
    "digest_above": readers.count,
    "payload_types": readers.texts(settings.payload_type),
    "emails": readers.texts(readers.email),
    "ops_emails": readers.texts(readers.email),
    "slack": readers.flag,
    "slack_secret_arn": readers.text(readers.secret_arn),
    "slack_secret_kms_key_arn": readers.text(readers.key_arn),
    "timezone": readers.text(settings.timezone),
    "partner_central_url": readers.text(settings.web_address),
    "partner_central_role_arn": readers.text(settings.role_arn),
    "partner_central_external_id": readers.text(settings.external_id),
    "kms_key_arn": readers.text(readers.key_arn),
}

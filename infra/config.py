"""What a deployer chooses: CDK context in, a checked `Config` out."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier import settings

REGION = settings.REGION

SCHEDULE_MINUTES = range(1, 61)
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
    timezone: str = settings.DEFAULT_TIMEZONE
    partner_central_url: str = settings.DEFAULT_PARTNER_CENTRAL_URL

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


def _refuse_contradictions(config: Config) -> None:
    if config.slack_secret_arn and not config.slack:
        raise _refusal(
            "slack_secret_arn", config.slack_secret_arn, "none while slack is false, or slack=true"
        )
    if not config.slack and not config.emails:
        raise _refusal("emails", [], "one email address or more while slack is false")


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


# A reader takes JSON or text, returns the value, and raises ValueError with what is allowed.


def _text(check: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: check(value.strip() if isinstance(value, str) else "")


def _texts(check: Callable[[str], str]) -> Callable[[object], tuple[str, ...]]:
    return lambda value: tuple(dict.fromkeys(_text(check)(item) for item in _items(value)))


def _items(value: object) -> list[object]:
    if isinstance(value, str):
        return list(value.split(",")) if value.strip() else []
    return list(value) if isinstance(value, list) else [value]


def _whole(value: object) -> int:
    """Return a whole number, or one that every check refuses."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _hours(value: object) -> tuple[int, ...]:
    return settings.expiring_hours(tuple(_whole(item) for item in _items(value)))


def _count(value: object) -> int:
    return settings.digest_above(_whole(value))


def _minutes(value: object) -> int:
    minutes = _whole(value)
    if minutes not in SCHEDULE_MINUTES:
        raise ValueError("a whole number from 1 to 60")
    return minutes


def _flag(value: object) -> bool:
    text = str(value).strip().lower() if isinstance(value, (bool, str)) else ""
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def _email(text: str) -> str:
    # What HTML's <input type=email> accepts, with a dot in the domain.
    # https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
    if not re.fullmatch(
        r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+", text
    ):
        raise ValueError("email addresses, separated by commas")
    return text


def _secret_arn(text: str) -> str:
    """Refuse what the function could not read: IAM matches the whole ARN, its suffix included."""
    settings.secret_arn(text)
    if not re.fullmatch(rf"arn:aws:secretsmanager:{REGION}:\d+:secret:.+-[a-zA-Z0-9]{{6}}", text):
        raise ValueError(f"the whole ARN of a secret in {REGION}, with its six last characters")
    return text


_READERS: dict[str, Callable[[object], object]] = {
    "catalog": _text(settings.catalog),
    "schedule_minutes": _minutes,
    "expiring_hours": _hours,
    "digest_above": _count,
    "payload_types": _texts(settings.payload_type),
    "emails": _texts(_email),
    "ops_emails": _texts(_email),
    "slack": _flag,
    "slack_secret_arn": _text(_secret_arn),
    "timezone": _text(settings.timezone),
    "partner_central_url": _text(settings.web_address),
}

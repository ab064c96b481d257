"""The function's settings: read from the environment here, written to it by the stack.

Both directions stand in this file, so that no variable's name stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

REGION = "us-east-1"
"""Partner Central's API answers, and its events appear, in this region alone; botocore would build
hosts in others without complaint."""

EVENT_SOURCE = "aws.partnercentral-selling"
"""What Partner Central's events on the default bus come from."""

CATALOGS = ("AWS", "Sandbox")
DEFAULT_EXPIRING_HOURS = (72, 24, 4)
DEFAULT_DIGEST_ABOVE = 5
DEFAULT_TIMEZONE = "UTC"
DEFAULT_PARTNER_CENTRAL_URL = "https://us-east-1.console.aws.amazon.com/partnercentral/home"

T = TypeVar("T")


class SettingsError(ValueError):
    """A setting that cannot be used: one line that names it, its value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one deployment is told. ARNs and names only: secrets are read when first needed."""

    catalog: str
    table_name: str
    topic_arn: str
    emails_expected: int
    slack_secret_arn: str | None = None
    expiring_hours: tuple[int, ...] = DEFAULT_EXPIRING_HOURS
    digest_above: int = DEFAULT_DIGEST_ABOVE
    payload_types: tuple[str, ...] = ()
    timezone: str = DEFAULT_TIMEZONE
    partner_central_url: str = DEFAULT_PARTNER_CENTRAL_URL
    partner_central_role_arn: str | None = None
    partner_central_external_id: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings; raise SettingsError for the first one that is missing or wrong."""
        return cls(
            catalog=_read(env, "CATALOG", catalog),
            table_name=_read(env, "TABLE_NAME", _text),
            topic_arn=_read(env, "TOPIC_ARN", _topic_arn),
            emails_expected=_read(env, "EMAILS_EXPECTED", _emails),
            slack_secret_arn=_read(env, "SLACK_SECRET_ARN", _optional(secret_arn)),
            expiring_hours=_read(env, "EXPIRING_HOURS", _hours),
            digest_above=_read(env, "DIGEST_ABOVE", _count),
            payload_types=_read(env, "PAYLOAD_TYPES", _names),
            timezone=_read(env, "TIMEZONE", timezone),
            partner_central_url=_read(env, "PARTNER_CENTRAL_URL", web_address),
            partner_central_role_arn=_read(env, "PARTNER_CENTRAL_ROLE_ARN", _optional(role_arn)),
            partner_central_external_id=_read(
                env, "PARTNER_CENTRAL_EXTERNAL_ID", _optional(external_id)
            ),
        )

    def to_env(self) -> dict[str, str]:
        """Return the environment from which `from_env` reads these settings."""
        optional = {
            "SLACK_SECRET_ARN": self.slack_secret_arn,
            "PARTNER_CENTRAL_ROLE_ARN": self.partner_central_role_arn,
            "PARTNER_CENTRAL_EXTERNAL_ID": self.partner_central_external_id,
        }
        return {
            "CATALOG": self.catalog,
            "TABLE_NAME": self.table_name,
            "TOPIC_ARN": self.topic_arn,
            "EMAILS_EXPECTED": str(self.emails_expected),
            "EXPIRING_HOURS": ",".join(map(str, self.expiring_hours)),
            "DIGEST_ABOVE": str(self.digest_above),
            "PAYLOAD_TYPES": ",".join(self.payload_types),
            "TIMEZONE": self.timezone,
            "PARTNER_CENTRAL_URL": self.partner_central_url,
        } | {name: value for name, value in optional.items() if value}


# The checks below take a setting's text, return its value, and raise ValueError with what is
# allowed. The stack's configuration uses the same ones, so that synth refuses what the function
# would refuse.


def catalog(text: str) -> str:
    return _checked(text, text in CATALOGS, f"one of {', '.join(CATALOGS)}")


def expiring_hours(hours: tuple[int, ...]) -> tuple[int, ...]:
    """Return the stages, longest first, each once."""
    return _checked(
        tuple(sorted(set(hours), reverse=True)),
        bool(hours) and all(1 <= hour <= 720 for hour in hours),
        "whole hours from 1 to 720, separated by commas",
    )


def digest_above(count: int) -> int:
    return _checked(count, 1 <= count <= 100, "a whole number from 1 to 100")


def payload_type(text: str) -> str:
    # https://docs.aws.amazon.com/partner-central/ names two types; others may appear.
    return _checked(
        text,
        re.fullmatch(r"[A-Za-z]{1,64}", text) is not None,
        "payload types such as OpportunityInvitation, LeadInvitation",
    )


def timezone(text: str) -> str:
    allowed = "a time zone of the IANA database, such as Europe/Berlin"
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ValueError(allowed) from None
    return text


def web_address(text: str) -> str:
    """Return an address that can stand in a message's link as it is."""
    allowed = "an https:// address in ASCII without spaces, quotes, or the characters < > |"
    return _checked(
        text,
        re.fullmatch(r"https://[^\s<>|\"'`\\]{1,2000}", text, re.ASCII) is not None
        and text.isascii()
        and bool(urlsplit(text).hostname),
        allowed,
    )


def secret_arn(text: str) -> str:
    return _checked(
        text,
        re.fullmatch(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+", text)
        is not None,
        "the ARN of a Secrets Manager secret",
    )


def role_arn(text: str) -> str:
    return _checked(
        text,
        re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", text) is not None,
        "the ARN of an IAM role",
    )


def external_id(text: str) -> str:
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    return _checked(
        text,
        re.fullmatch(r"[\w+=,.@:/-]{2,1224}", text, re.ASCII) is not None,
        "2 to 1224 letters, digits, or characters of _+=,.@:/-",
    )


def _read(env: Mapping[str, str], name: str, parse: Callable[[str], T]) -> T:
    text = env.get(name, "").strip()
    try:
        return parse(text)
    except ValueError as error:
        message = f"setting {name} is {text!r}; allowed: {error}"
    raise SettingsError(message)


def _checked(value: T, is_allowed: bool, allowed: str) -> T:  # noqa: FBT001
    if not is_allowed:
        raise ValueError(allowed)
    return value


def _optional(check: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda text: check(text) if text else None


def _text(text: str) -> str:
    return _checked(text, bool(text), "a name, not empty")


def _topic_arn(text: str) -> str:
    return _checked(
        text,
        re.fullmatch(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+", text) is not None,
        "the ARN of an SNS topic",
    )


def _emails(text: str) -> int:
    return _whole(text, "how many email addresses are configured, 0 or more")


def _whole(text: str, allowed: str) -> int:
    return int(_checked(text, re.fullmatch(r"[0-9]{1,9}", text) is not None, allowed))


def _count(text: str) -> int:
    return digest_above(_whole(text, "a whole number from 1 to 100"))


def _hours(text: str) -> tuple[int, ...]:
    allowed = "whole hours from 1 to 720, separated by commas"
    return expiring_hours(tuple(_whole(part.strip(), allowed) for part in text.split(",")))


def _names(text: str) -> tuple[str, ...]:
    return tuple(payload_type(part.strip()) for part in text.split(",")) if text else ()

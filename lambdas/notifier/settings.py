"""Every setting that the function reads, once: its name, how it is read, and its default.

`Choices` are what a deployer chooses: the stack's context holds them under the fields' names, the
function's environment under the same names in capitals. `Settings` adds what the stack makes;
`infra.config.Config` adds what the stack alone needs.

A reader takes a setting as text, or as JSON, and raises ValueError with what is allowed. So synth
refuses what the function would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .core import route_text
from .core.hours import DAYS
from .core.hours import parse as parse_hours
from .core.routes import Route, is_email

REGION = "us-east-1"
"""Partner Central's API answers, and its events appear, in this region alone; botocore would build
hosts in others without complaint."""

EVENT_SOURCE = "aws.partnercentral-selling"
"""What Partner Central's events on the default bus come from."""

LONGEST_LINK = 1950
"""Characters, escaped as Slack wants them: the narrowest place in a message, a line of context,
takes 2,000 with the link's words."""

CATALOGS = ("AWS", "Sandbox")
DETAILS = ("full", "none")
"""Whether messages may hold what only an invitation's details say."""

TIMEZONES = "a time zone of the IANA database, such as Europe/Berlin"

Check = Callable[[str], str]
Reader = Callable[[object], Any]


class SettingsError(ValueError):
    """A setting that cannot be used: one line that names it, its value and what is allowed."""


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def setting(read: Reader, *, write: Callable[[Any], str] = _text, **default: Any) -> Any:
    """Declare a setting by its reader, how it becomes text again, and its default."""
    return field(metadata={"read": read, "write": write}, **default)


def read(declared: Field[Any], value: object) -> Any:
    """Read a declared setting's value; raise ValueError with what is allowed."""
    return declared.metadata["read"](value)


def one(check: Check) -> Reader:
    """Read one text."""
    return lambda value: check(value.strip() if isinstance(value, str) else "")


def many(check: Check) -> Reader:
    """Read texts, each once: a list, or separated by commas."""
    return lambda value: tuple(dict.fromkeys(one(check)(item) for item in _items(value)))


def whole(least: int, most: int) -> Reader:
    """Read a whole number."""
    allowed = f"a whole number from {least} to {most}"
    return lambda value: _whole(value, range(least, most + 1), allowed)


def flag(value: object) -> bool:
    """Read a choice between yes and no."""
    shown = str(value).strip().lower() if isinstance(value, bool | str) else ""
    if shown not in ("true", "false"):
        raise ValueError("true or false")
    return shown == "true"


def hours(value: object) -> tuple[int, ...]:
    """Read stages in hours before expiry: longest first, each once."""
    allowed = "whole hours from 1 to 720, separated by commas"
    stages = {_whole(item, range(1, 721), allowed) for item in _items(value) or [""]}
    return tuple(sorted(stages, reverse=True))


def days(value: object) -> tuple[str, ...]:
    """Read days of the week, in its order."""
    allowed = f"days of {', '.join(DAYS)}, separated by commas"
    found: tuple[str, ...] = many(lambda text: accepted(text, allowed, when=text in DAYS))(value)
    return tuple(sorted(found, key=DAYS.index))


def escalate_to(value: object) -> tuple[str, ...]:
    """Read whom an escalation reaches: one person or channel in Slack, or email addresses."""
    allowed = "one Slack id of a person (U…) or a channel (C…), or email addresses"
    found: tuple[str, ...] = many(matching(f"{_CHANNEL}|{_PERSON}|{_EMAIL}", allowed))(value)
    if len(found) > 1 and not all(map(is_email, found)):
        raise ValueError(allowed)
    return found


def matching(pattern: str, allowed: str) -> Check:
    """Accept what matches a pattern as a whole."""
    return lambda text: accepted(text, allowed, when=re.fullmatch(pattern, text, re.ASCII))


def accepted(text: str, allowed: str, *, when: object) -> str:
    """Return `text` if it may be used, or raise ValueError with what is allowed."""
    if not when:
        raise ValueError(allowed)
    return text


def timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ValueError(TIMEZONES) from None
    return text


def working_hours(text: str) -> str:
    parse_hours(text, UTC)
    return text


def web_address(text: str) -> str:
    """Accept an address that can stand in a message's link as it is."""
    return accepted(
        text,
        "an https:// address in ASCII without spaces, quotes, or the characters < > |, "
        f"of at most {LONGEST_LINK:,} characters, of which each & takes five",
        when=re.fullmatch(r"https://[!-~]+", text)
        and not re.search(r"[<>|\"'`\\]", text)
        and len(text.replace("&", "&amp;")) <= LONGEST_LINK
        and _host(text),
    )


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # `https://[`, say.
        return None


# What HTML's <input type=email> accepts, with a dot in the domain.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_EMAIL = r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+"
_CHANNEL = "[CG][A-Z0-9]{2,40}"
_PERSON = "[UW][A-Z0-9]{2,40}"
email = matching(_EMAIL, "email addresses, separated by commas")
slack_channel = matching(_CHANNEL, "a channel's id, such as C0123456789, not its name")
mention = matching(
    f"{_PERSON}|S[A-Z0-9]{{2,40}}|here",
    "the id of a person (U…) or of a user group (S…), or here",
)
escalate_hours = whole(1, 720)
# What the stack wrote: synth takes those of the service's model (infra/payload_types.py).
payload_type = matching(
    r"[A-Za-z]{1,64}", "payload types such as OpportunityInvitation, LeadInvitation"
)
secret_arn = matching(
    r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+",
    "the ARN of a Secrets Manager secret",
)
# In no other partition: none of their roles can be assumed from Partner Central's region.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
role_arn = matching(
    r"arn:aws:iam::\d{12}:role/(?:[\w+=,.@-]{1,255}/){0,9}[\w+=,.@-]{1,64}",
    "the ARN of an IAM role (arn:aws:iam::...:role/...)",
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
external_id = matching(
    r"[\w+=,.@:/-]{2,1224}", "2 to 1224 letters, digits, or characters of _+=,.@:/-"
)
topic_arn = matching(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+", "the ARN of an SNS topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a deployer chooses and the function obeys. Empty `payload_types` means all of them."""

    catalog: str = setting(
        one(lambda text: accepted(text, f"one of {', '.join(CATALOGS)}", when=text in CATALOGS)),
        default=CATALOGS[0],
    )
    expiring_hours: tuple[int, ...] = setting(hours, default=(72, 24, 4))
    digest_above: int = setting(whole(1, 100), default=5)
    payload_types: tuple[str, ...] = setting(many(payload_type), default=())
    timezone: str = setting(one(timezone), default="UTC")
    working_hours: str | None = setting(one(working_hours), default=None)
    digest_days: tuple[str, ...] = setting(days, default=())
    digest_at: str = setting(
        one(matching(r"([01]\d|2[0-3]):[0-5]\d", "a time such as 09:00")), default="09:00"
    )
    details: str = setting(
        one(lambda text: accepted(text, f"one of {', '.join(DETAILS)}", when=text in DETAILS)),
        default="full",
    )
    emails_hear_all: bool = setting(flag, default=False)
    routes: tuple[Route, ...] = setting(route_text.read, write=route_text.write, default=())
    mention: str | None = setting(one(mention), default=None)
    escalate_hours: int | None = setting(escalate_hours, default=None)
    escalate_to: tuple[str, ...] = setting(escalate_to, default=())
    partner_central_url: str = setting(
        one(web_address), default="https://us-east-1.console.aws.amazon.com/partnercentral/home"
    )
    partner_central_role_arn: str | None = setting(one(role_arn), default=None)
    partner_central_external_id: str | None = setting(one(external_id), default=None)

    def chosen(self) -> dict[str, Any]:
        """Return the choices alone, by name, whatever a subclass adds."""
        return {declared.name: getattr(self, declared.name) for declared in fields(Choices)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Choices):
    """What one deployment is told. ARNs and names only: secrets are read when first needed.

    `recipients` are the ids of the addresses in `emails`; routes have their own.
    """

    table_name: str = setting(one(matching(r"[\w.-]+", "a table's name")))
    ops_topic_arn: str | None = setting(one(topic_arn), default=None)
    topic_arn: str = setting(one(topic_arn))
    recipients: tuple[str, ...] = setting(
        many(matching("[0-9a-f]{8}", "ids of addresses, which the stack makes")), default=()
    )
    slack_secret_arn: str | None = setting(one(secret_arn), default=None)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings; raise SettingsError for the first one that is missing or wrong."""
        return cls(**{declared.name: _from_env(declared, env) for declared in fields(cls)})

    def to_env(self) -> dict[str, str]:
        """Return the environment from which `from_env` reads these settings."""
        return {
            _variable(declared.name): declared.metadata["write"](value)
            for declared in fields(self)
            if not _is_unset(value := getattr(self, declared.name))
        }


def _from_env(declared: Field[Any], env: Mapping[str, str]) -> Any:
    name = _variable(declared.name)
    text = env.get(name, "").strip()
    if not text and _is_unset(declared.default):
        return declared.default
    try:
        return read(declared, text)
    except ValueError as error:
        message = f"setting {name} is {text!r}; allowed: {error}"
    raise SettingsError(message)


def _is_unset(value: object) -> bool:
    """Say whether a setting with this value stands in no environment."""
    return value is None or value is False or value == ()


def _variable(name: str) -> str:
    return name.upper()


def _items(value: object) -> Sequence[object]:
    if isinstance(value, str):
        return value.split(",") if value.strip() else []
    return value if isinstance(value, list) else [value]


def _whole(value: object, numbers: range, allowed: str) -> int:
    number = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        number = int(value)
    if number not in numbers:
        raise ValueError(allowed)
    return number

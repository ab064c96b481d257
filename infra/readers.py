"""How a context value is read: JSON or text in, a checked value out.

A reader raises ValueError with what is allowed. Most checks are the function's own, so that synth
refuses what the function would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from notifier import settings

REGION = settings.REGION

SCHEDULE_MINUTES = range(1, 61)

Reader = Callable[[object], object]


def text(check: Callable[[str], str]) -> Callable[[object], str]:
    return lambda value: check(value.strip() if isinstance(value, str) else "")


def texts(check: Callable[[str], str]) -> Callable[[object], tuple[str, ...]]:
    return lambda value: tuple(dict.fromkeys(text(check)(item) for item in _items(value)))


def hours(value: object) -> tuple[int, ...]:
    return settings.expiring_hours(tuple(_whole(item) for item in _items(value)))


def count(value: object) -> int:
    return settings.digest_above(_whole(value))


def minutes(value: object) -> int:
    read = _whole(value)
    if read not in SCHEDULE_MINUTES:
        raise ValueError("a whole number from 1 to 60")
    return read


def flag(value: object) -> bool:
    shown = str(value).strip().lower() if isinstance(value, (bool, str)) else ""
    if shown not in ("true", "false"):
        raise ValueError("true or false")
    return shown == "true"


def email(address: str) -> str:
    # What HTML's <input type=email> accepts, with a dot in the domain.
    # https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
    if not re.fullmatch(
        r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+", address
    ):
        raise ValueError("email addresses, separated by commas")
    return address


def secret_arn(arn: str) -> str:
    """Refuse what the function could not read: IAM matches the whole ARN, its suffix included."""
    settings.secret_arn(arn)
    if not re.fullmatch(rf"arn:aws:secretsmanager:{REGION}:\d+:secret:.+-[a-zA-Z0-9]{{6}}", arn):
        raise ValueError(f"the whole ARN of a secret in {REGION}, with its six last characters")
    return arn


def key_arn(arn: str) -> str:
    """Refuse an alias: a grant on an alias's ARN allows nothing, as IAM matches the key's own."""
    # https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
    key = r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
    if not re.fullmatch(rf"arn:aws:kms:{REGION}:\d{{12}}:key/{key}", arn):
        raise ValueError(
            f"the ARN of a KMS key in {REGION} (arn:aws:kms:{REGION}:...:key/...), not of an alias"
        )
    return arn


def _items(value: object) -> list[object]:
    if isinstance(value, str):
        return list(value.split(",")) if value.strip() else []
    return list(value) if isinstance(value, list) else [value]


def _whole(value: object) -> int:
    """Return a whole number, or one that every check refuses."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1

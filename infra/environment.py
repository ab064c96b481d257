"""Lambda's limit on a function's environment, which long routes would exceed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notifier.settings import Settings

from .refusal import ConfigError
from .subscriptions import heads

if TYPE_CHECKING:
    from .config import Config

LIMIT = 4096
"""Bytes of all variables as one JSON object, so that each quotation mark in a value counts twice.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html has the number; the error
message of Lambda's that follows it, "String measured", shows what is counted."""

_NAME = "x" * 64
_TOPIC = f"arn:aws:sns:us-east-1:123456789012:{_NAME}"
_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"


def refuse_excess(config: Config) -> None:
    """Raise ConfigError if the function's environment would not hold the choices."""
    counted = variables(config)
    excess = size(counted) - LIMIT
    if excess > 0:
        longest = max(counted, key=lambda name: size(counted[name]))
        taken = size(counted[longest])
        raise ConfigError(
            f"context key {longest.lower()} takes {taken:,} bytes in the function's environment; "
            f"allowed: {taken - excess:,}, for Lambda's limit is {LIMIT:,} bytes in all"
        )


def variables(config: Config) -> dict[str, str]:
    """Return the environment, where what CloudFormation names is as long as it may become."""
    settings = Settings(
        **config.chosen(),
        table_name=_NAME,
        topic_arn=_TOPIC,
        ops_topic_arn=_TOPIC,
        recipients=heads(config),
        slack_secret_arn=(config.slack_secret_arn or _ARN + _NAME) if config.slack else None,
    )
    return settings.to_env() | {"POWERTOOLS_LOG_LEVEL": "INFO"}


def size(value: object) -> int:
    """Return how many bytes of the limit a value, or all variables, take."""
    return len(json.dumps(value, ensure_ascii=False).encode())

"""Lambda's limit on a function's environment, which long routes would exceed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notifier.settings import Settings

from .refusal import ConfigError

if TYPE_CHECKING:
    from .config import Config

LIMIT = 4096
"""Bytes of all variables as one JSON object, so that each quotation mark in a value counts twice.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html has the number; the error
message of Lambda's that follows it, "String measured", shows what is counted."""

_NAME = "x" * 64
_OTHERS = {"POWERTOOLS_LOG_LEVEL": "INFO"}


def refuse_excess(config: Config) -> None:
    """Raise ConfigError if the function's environment would not hold the choices."""
    variables = _variables(config)
    excess = _size(variables | _OTHERS) - LIMIT
    if excess > 0:
        longest = max(variables, key=lambda name: _size(variables[name]))
        size = _size(variables[longest])
        raise ConfigError(
            f"context key {longest.lower()} takes {size:,} bytes in the function's environment; "
            f"allowed: {size - excess:,}, for Lambda's limit is {LIMIT:,} bytes in all"
        )


def _variables(config: Config) -> dict[str, str]:
    """Return the environment, with what CloudFormation will name as long as it may become."""
    made = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{_NAME}"
    return Settings(
        **config.chosen(),
        table_name=_NAME,
        topic_arn=f"arn:aws:sns:us-east-1:123456789012:{_NAME}",
        emails_expected=10_000,
        slack_secret_arn=config.slack_secret_arn or made,
    ).to_env()


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())

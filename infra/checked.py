"""Make sure that what CDK deploys is what `make deploy` checked, by comparing it in the app.

Whatever makes the CDK CLI use other credentials or another context than the checks did, so that a
deployment would differ from what was announced, is stopped here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from .config import Config
from .refusal import ConfigError

VARIABLE = "INVITATION_NOTIFIER_CHECKED"

ACCOUNT = "CDK_DEFAULT_ACCOUNT"
"""The variable in which the CDK CLI passes the account of its credentials to the app."""


def environment(config: Config, account: str) -> dict[str, str]:
    """Return the variable that tells the app what was checked."""
    return {VARIABLE: json.dumps({"account": account, "config": _hash(config)})}


def refuse_another(config: Config, environ: Mapping[str, str]) -> None:
    """Raise ConfigError if something was checked that differs from this."""
    checked = json.loads(environ.get(VARIABLE) or "{}")
    account, found = checked.get("account"), environ.get(ACCOUNT)
    if account is not None and found != account:
        raise ConfigError(
            f"CDK uses credentials for account {found or 'none'}, but account {account} was "
            "checked; use one profile for both: --profile NAME, or AWS_PROFILE"
        )
    if checked.get("config", _hash(config)) != _hash(config):
        raise ConfigError(
            "CDK uses another configuration than the one that was checked; allowed: -c key=value, "
            "and context in cdk.json"
        )


def _hash(config: Config) -> str:
    return hashlib.sha256(repr(config).encode()).hexdigest()

"""That the app is what was checked: `make deploy` says what it checked, and the app compares.

Whatever else changes whose credentials the CDK CLI uses or which context it passes on, so that a
deployment would go elsewhere than was said, ends here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from .config import Config, ConfigError

VARIABLE = "INVITATION_NOTIFIER_CHECKED"

ACCOUNT = "CDK_DEFAULT_ACCOUNT"
"""Whose credentials the CDK CLI found; it tells the app so."""


def environment(config: Config, account: str) -> dict[str, str]:
    """Return the variable by which the app learns what was checked."""
    return {VARIABLE: json.dumps({"account": account, "config": _hash(config)})}


def refuse_another(config: Config, environ: Mapping[str, str]) -> None:
    """Raise ConfigError if something was checked, and this is not it."""
    checked = json.loads(environ.get(VARIABLE) or "{}")
    account, found = checked.get("account"), environ.get(ACCOUNT)
    if account is not None and found != account:
        raise ConfigError(
            f"CDK found credentials for account {found or 'none'}, and account {account} was "
            "checked; name one profile for both: --profile NAME, or AWS_PROFILE"
        )
    if checked.get("config", _hash(config)) != _hash(config):
        raise ConfigError(
            "CDK found another configuration than was checked; allowed: -c key=value, and context "
            "in cdk.json"
        )


def _hash(config: Config) -> str:
    return hashlib.sha256(repr(config).encode()).hexdigest()

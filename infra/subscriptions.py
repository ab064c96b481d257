"""Who is subscribed to the alerts topic by email, and the filter that each keeps for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from notifier.core.recipients import recipient
from notifier.core.routes import is_email

from .refusal import ConfigError

if TYPE_CHECKING:
    from .config import Config

LANDED = "INVITATION_NOTIFIER_LANDED"
"""The variable that holds the subscriptions of an older version, which the first of two updates
leaves as they are."""

MOST = 150
"""Addresses: a topic has room for 200 filters, some of which programs may want.
https://docs.aws.amazon.com/general/latest/gr/sns.html"""

SCOPE = "MessageAttributes"
"""Every subscription says so: updates of those that left it out failed (aws-cdk#24804)."""


def filter_policy(address: str) -> dict[str, list[Any]]:
    """Return what an address's subscription lets through, whatever the configuration becomes.

    What names the address, and what names nobody at all, as no message of today's code does.
    """
    return {"recipients": [recipient(address), {"exists": False}]}


def attributes(address: str) -> dict[str, str]:
    """Return what SNS is told of an address's subscription, as the template says it."""
    return {"FilterPolicy": json.dumps(filter_policy(address)), "FilterPolicyScope": SCOPE}


def by_recipient(config: Config) -> dict[str, str]:
    """Return each address that the configuration names, once, by its id.

    Raise ConfigError for more than a topic has room for, or for two with the same id.
    """
    found: dict[str, str] = {}
    for address in _named(config):
        known = found.setdefault(recipient(address), address)
        if known.casefold() != address.casefold():
            raise ConfigError(f"{address} has the same id as {known}; allowed: another address")
    if len(found) > MOST:
        raise ConfigError(
            f"emails, routes and escalate_to name {len(found)} addresses; allowed: {MOST}"
        )
    return found


def heads(config: Config) -> tuple[str, ...]:
    """Return the ids of `emails`, who hear the default route, or all."""
    return tuple(map(recipient, config.emails))


def _named(config: Config) -> Iterator[str]:
    yield from config.emails
    for route in config.routes:
        yield from route.emails
    for to in (config.escalate_to, *(route.escalate_to for route in config.routes)):
        yield from filter(is_email, to)

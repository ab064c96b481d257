"""Who is subscribed to the alerts topic by email, and what each address receives of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from notifier.core.model import DEFAULT_ROUTE, Kind
from notifier.core.policy import ESCALATION, Policy
from notifier.core.routes import is_email

from .email_filter import EMAILED
from .refusal import ConfigError

if TYPE_CHECKING:
    from .config import Config

FilterPolicy = Mapping[str, Sequence[str]]
"""What a subscription lets through: values by the message attribute that must have one of them."""

COMBINATIONS = 150
"""The product of the numbers of values in one policy may not be greater.
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"""


def by_address(config: Config) -> dict[str, FilterPolicy]:
    """Return each subscribed address once, for SNS has one subscription for each, and its filter.

    It receives what all the lists that it is in are sent. Raise ConfigError for one that is in
    more lists than a filter can hold.
    """
    policy = Policy(
        stages=(),
        digest_above=1,
        routes=config.routes,
        escalate_hours=config.escalate_hours,
        escalate_to=config.escalate_to,
    )
    names = (DEFAULT_ROUTE, *(route.name for route in config.routes))
    spelt: dict[str, str] = {}
    heard: dict[str, list[str]] = {}
    for address, value in _lists(config, policy, names):
        heard.setdefault(spelt.setdefault(address.casefold(), address), []).append(value)
    escalated = {_escalated(name) for name in names if policy.escalation_of(name)}
    return {
        address: _filter(address, values, set(names), escalated)
        for address, values in heard.items()
    }


def _lists(config: Config, policy: Policy, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each address with each value of the attribute `route` that it receives."""
    for address in config.emails:
        for name in names if config.emails_hear_all else [DEFAULT_ROUTE]:
            yield address, name
    for route in config.routes:
        for address in route.emails:
            yield address, route.name
    for name in names:
        escalation = policy.escalation_of(name)
        for address in filter(is_email, escalation.to if escalation else ()):
            yield address, _escalated(name)


def _escalated(route: str) -> str:
    """Return what the attribute `route` holds where a route's invitation is escalated."""
    return f"{route}.{ESCALATION}"


def _filter(
    address: str, heard: Sequence[str], names: set[str], escalated: set[str]
) -> FilterPolicy:
    """Return a filter by the attribute `alerts`, and by `route` unless every route is heard."""
    routes = list(dict.fromkeys(heard))
    alerts, there_are = list(EMAILED), names
    if not escalated.isdisjoint(routes):
        alerts, there_are = [*alerts, Kind.ESCALATED.value], names | escalated
    if there_are <= set(routes):
        return {"alerts": alerts}
    found = {"alerts": alerts, "route": routes}
    if math.prod(map(len, found.values())) > COMBINATIONS:
        raise ConfigError(
            f"context key routes: {address} is in {len(routes)} lists of emails and escalate_to; "
            f"allowed: {COMBINATIONS // len(alerts)}, or all of them"
        )
    return found

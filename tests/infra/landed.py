"""The email filters of the version before recipients: who heard what, and what is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.config import Config
from notifier.core.model import DEFAULT_ROUTE
from notifier.core.policy import ESCALATION, Policy
from notifier.core.routes import is_email

EMAILED = ("new", "expiring", "closed.expired", "connected", "not_connected", "digest")


def filters(config: Config) -> dict[str, Mapping[str, list[str]]]:
    """Return the filter by kind, and by route, that each address had."""
    policy = Policy(
        stages=(),
        digest_above=1,
        routes=config.routes,
        escalate_hours=config.escalate_hours,
        escalate_to=config.escalate_to,
    )
    names = {DEFAULT_ROUTE, *(route.name for route in config.routes)}
    spelt: dict[str, str] = {}
    heard: dict[str, list[str]] = {}
    for address, value in _lists(config, policy):
        heard.setdefault(spelt.setdefault(address.casefold(), address), []).append(value)
    escalated = {f"{name}.{ESCALATION}" for name in names if policy.escalation_of(name)}
    return {address: _filter(values, names, escalated) for address, values in heard.items()}


def _lists(config: Config, policy: Policy) -> Iterator[tuple[str, str]]:
    names = (DEFAULT_ROUTE, *(route.name for route in config.routes))
    for address in config.emails:
        for name in names if config.emails_hear_all else [DEFAULT_ROUTE]:
            yield address, name
    for route in config.routes:
        for address in route.emails:
            yield address, route.name
    for name in names:
        escalation = policy.escalation_of(name)
        for address in filter(is_email, escalation.to if escalation else ()):
            yield address, f"{name}.{ESCALATION}"


def _filter(heard: list[str], names: set[str], escalated: set[str]) -> Mapping[str, list[str]]:
    routes = list(dict.fromkeys(heard))
    alerts, there_are = list(EMAILED), names
    if not escalated.isdisjoint(routes):
        alerts, there_are = [*alerts, "escalated"], names | escalated
    return {"alerts": alerts} if there_are <= set(routes) else {"alerts": alerts, "route": routes}

"""Who would hear of an invitation now: for every route, and for every escalation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cli.account import Account
from infra import subscriptions
from infra.deploy import subscribers
from notifier.adapters.sns.channel import REMEDY, Subscriptions, listed
from notifier.bootstrap import deployed_policy, slack_place
from notifier.core.policy import ESCALATION, SLACK, SNS, Policy, medium, place
from notifier.core.ports import Failed
from notifier.settings import Settings

from .finding import Finding, unchecked, well, wrong

NAME = "email"
RUNBOOK = "docs/operations.md"


def listeners(
    account: Account, settings: Settings, outputs: Mapping[str, str]
) -> Iterator[Finding]:
    """Say whom each route's alerts reach by email, and who of those configured hears nothing."""
    found = listed(lambda: account.client("sns"), settings.topic_arn)()
    if isinstance(found, Failed):
        yield _unreadable(found.reason)
    else:
        yield from _heard(account, settings, found)
    for step in subscribers.steps(subscribers.audiences(account.session, account.config, outputs)):
        yield wrong("subscriptions", *_step(step))


def _heard(account: Account, settings: Settings, found: Subscriptions) -> Iterator[Finding]:
    rules, has_slack = deployed_policy(settings), bool(settings.slack_secret_arn)
    names = subscriptions.by_recipient(account.config)
    for channel in rules.channels(slack=False):
        audience = rules.audience(channel)
        deaf, has_default = audience.deaf(found.people), audience.has_default(found.people)
        for route, ids in audience.routes.items():
            what = _what(channel, route)
            slack = _in_slack(rules, route) if has_slack and medium(channel) == SNS else ""
            confirmed = sorted(names.get(id_, id_) for id_ in ids & found.people)
            if route in deaf:
                instead = "; the default route's hear it" if has_default else ""
                says = f"{what}: none of its addresses is confirmed{instead}{slack}"
                yield wrong(NAME, says, REMEDY, channel=SNS)
            elif confirmed:
                says = f"{what} is heard by {', '.join(confirmed)}{slack}"
                yield well(NAME, says, channel=SNS)
            elif medium(channel) == SNS:
                anybody = "others are" if found.people or found.programs else "nobody is"
                says = f"{what} names no address, and {anybody} subscribed{slack}"
                yield well(NAME, says, channel=SNS if found.people or found.programs else None)


def _what(channel: str, route: str) -> str:
    return f"the escalation of route {route}" if medium(channel) == ESCALATION else f"route {route}"


def _in_slack(rules: Policy, route: str) -> str:
    """Say where a route is told in Slack: whether that works is another check's."""
    _, id_ = slack_place(rules, place(SLACK, route))
    return f"; in Slack, by {f'channel {id_}' if id_ else 'the channel that the secret names'}"


def _unreadable(reason: str) -> Finding:
    if "NotFound" in reason:
        return wrong(NAME, "the topic is gone", "run `make deploy`", channel=SNS)
    return unchecked(NAME, reason)


def _step(step: str) -> tuple[str, str]:
    """Return what a remaining step says, and the command or the place that mends it."""
    first, *rest = [line.strip() for line in step.splitlines()]
    command = next((line for line in rest if line.startswith("aws ")), None)
    return first.rstrip(":."), command or f"see {RUNBOOK}#confirming-subscriptions"

"""Configured email addresses that receive nothing yet, or no longer do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import subscriptions
from infra.config import REGION, Config
from notifier.core.routes import is_email

_SUBJECT = "AWS Notification - Subscription Confirmation"

# SNS shows a word in place of the ARN until a subscription is confirmed, and for some days after it
# was deleted. It deletes unconfirmed ones after 48 hours, and CloudFormation does not restore them.
# https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
# "Deleted" is not documented: https://github.com/ansible/ansible/pull/20086
_PENDING = "PendingConfirmation"
CONFIRMED = "arn:"


_DEAF = (
    "Let somebody hear the alarms: set ops_emails and deploy again, or subscribe to the topic\n"
    "  (stack output OpsTopicArn). Else nobody knows when this fails."
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is subscribed to a topic, and who should be, by email: attributes by address.

    `listed` are ARNs, or words in their place, by case-folded endpoint; None if nobody may look.
    """

    topic_arn: str
    use: str
    addresses: Mapping[str, Mapping[str, str]]
    listed: Mapping[str, frozenset[str]] | None

    def waiting(self) -> list[str]:
        """Return the addresses that have yet to confirm."""
        return [address for address in self.addresses if self._is(address) == _PENDING]

    def missing(self) -> list[str]:
        """Return the addresses that have no subscription, as far as is known."""
        return [a for a in self.addresses if self.listed is not None and not self._is(a)]

    def extra(self) -> list[str]:
        """Return the addresses that are subscribed, and in no list."""
        named = {address.casefold() for address in self.addresses}
        return [a for a in self.listed or () if is_email(a) and a not in named and self._is(a)]

    def is_deaf(self) -> bool:
        """Say whether nobody hears the topic, and nobody is asked to."""
        return not self.addresses and not any(map(self._is, self.listed or ()))

    def attributes_of(self, address: str) -> Mapping[str, str]:
        """Return what the subscription of a configured address should say."""
        named = {known.casefold(): wanted for known, wanted in self.addresses.items()}
        return named.get(address.casefold(), {})

    def _is(self, address: str) -> str | None:
        """Return how an address stands; None if it has no subscription."""
        arns = (self.listed or {}).get(address.casefold(), frozenset())
        confirmed = any(arn.startswith(CONFIRMED) for arn in arns)
        return CONFIRMED if confirmed else _PENDING if _PENDING in arns else None


def audiences(
    session: boto3.Session, config: Config, outputs: Mapping[str, str]
) -> Iterator[Audience]:
    """Yield both topics' audiences; whatever is configured, somebody has to hear the alarms."""
    alerts = subscriptions.by_recipient(config).values()
    topics: tuple[tuple[str, str, dict[str, dict[str, str]]], ...] = (
        ("TopicArn", "invitations", {a: subscriptions.attributes(a) for a in alerts}),
        ("OpsTopicArn", "alarms", {address: {} for address in config.ops_emails}),
    )
    for name, use, addresses in topics:
        if name in outputs and (addresses or name == "OpsTopicArn"):
            yield Audience(outputs[name], use, addresses, _listed(session, outputs[name]))


def outputs_of(session: boto3.Session, stack: str) -> dict[str, str]:
    """Return a deployed stack's outputs; none if there is no stack, or nobody may look."""
    formation: Any = session.client("cloudformation", region_name=REGION)
    try:
        (found,) = formation.describe_stacks(StackName=stack)["Stacks"]
    except (ClientError, BotoCoreError):
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}


def steps(found: Iterable[Audience]) -> Iterator[str]:
    """Yield what remains to be done until every configured address receives its emails."""
    for audience in found:
        if audience.listed is None:
            yield _to_check(audience)
            continue
        if audience.use == "alarms" and audience.is_deaf():
            yield _DEAF
        if audience.waiting():
            yield _to_confirm(audience)
        yield from (_to_subscribe(audience, address) for address in audience.missing())


def subscribe(session: boto3.Session, audience: Audience) -> None:
    """Make the subscriptions that are missing, as the template has them; SNS asks to confirm."""
    for address in audience.missing():
        session.client("sns", region_name=REGION).subscribe(
            TopicArn=audience.topic_arn,
            Protocol="email",
            Endpoint=address,
            Attributes=dict(audience.addresses[address]),
        )


def _listed(session: boto3.Session, topic_arn: str) -> dict[str, frozenset[str]] | None:
    sns: Any = session.client("sns", region_name=REGION)
    found: dict[str, frozenset[str]] = {}
    try:
        for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn):
            for one in page["Subscriptions"]:
                endpoint = one["Endpoint"].casefold()
                found[endpoint] = found.get(endpoint, frozenset()) | {one["SubscriptionArn"]}
    except (ClientError, BotoCoreError):
        return None
    return found


def _to_check(audience: Audience) -> str:
    return (
        f"Check that everybody confirmed the email '{_SUBJECT}' for {audience.use}: "
        f"{', '.join(audience.addresses)}.\n"
        "  These credentials may not list the topic's subscriptions, so it is not known who did."
    )


def _to_confirm(audience: Audience) -> str:
    return (
        f"Confirm the email '{_SUBJECT}' for {audience.use}; still waiting for: "
        f"{', '.join(audience.waiting())}.\n"
        "  Until then they receive nothing, and after two days SNS deletes the subscription.\n"
        "  Where mail is scanned, and for mailing lists, confirm in such a way that no link in a\n"
        "  mail can unsubscribe: docs/operations.md#confirming-subscriptions shows how."
    )


def _to_subscribe(audience: Audience, address: str) -> str:
    words = ["aws", "sns", "subscribe", "--region", REGION, "--topic-arn", audience.topic_arn]
    words += ["--protocol", "email", "--notification-endpoint", address]
    if attributes := audience.addresses[address]:
        words += ["--attributes", json.dumps(attributes)]
    return (
        f"Subscribe {address} to {audience.use} again, and confirm the email '{_SUBJECT}':\n"
        f"  {shlex.join(words)}\n"
        "  It receives nothing: it was not confirmed within two days, or somebody unsubscribed it."
    )

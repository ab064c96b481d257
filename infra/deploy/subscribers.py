"""Configured email addresses that receive nothing yet, or no longer do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import subscriptions
from infra.config import REGION, Config
from infra.subscriptions import FilterPolicy

_SUBJECT = "AWS Notification - Subscription Confirmation"

# SNS shows a word in place of the ARN until a subscription is confirmed, and for some days after it
# was deleted. It deletes unconfirmed ones after 48 hours, and CloudFormation does not restore them.
# https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
# "Deleted" is not documented: https://github.com/ansible/ansible/pull/20086
_PENDING = "PendingConfirmation"
_CONFIRMED = "arn:"

_Filters = Mapping[str, FilterPolicy | None]
"""Addresses, each with the filter of its subscription, if that has one."""


def steps(session: boto3.Session, config: Config, outputs: Mapping[str, str]) -> Iterator[str]:
    """Yield what remains to be done until every configured address receives its emails."""
    topics: tuple[tuple[str, str, _Filters], ...] = (
        ("TopicArn", "invitations", subscriptions.by_address(config)),
        ("OpsTopicArn", "alarms", dict.fromkeys(config.ops_emails)),
    )
    for name, use, addresses in topics:
        if name in outputs and addresses:
            listed = _listed(session, outputs[name])
            if listed is None:
                yield _to_check(use, addresses)
            else:
                yield from _of_topic(outputs[name], use, addresses, listed)


def _of_topic(
    topic_arn: str,
    use: str,
    addresses: _Filters,
    listed: Collection[tuple[str, str]],
) -> Iterator[str]:
    confirmed = {address for address, arn in listed if arn.startswith(_CONFIRMED)}
    pending = {address for address, arn in listed if arn == _PENDING}
    unconfirmed = [address for address in addresses if address.casefold() not in confirmed]
    if waiting := [address for address in unconfirmed if address.casefold() in pending]:
        yield _to_confirm(use, waiting)
    for address in unconfirmed:
        if address not in waiting:
            yield _to_subscribe(topic_arn, use, address, addresses[address])


def _listed(session: boto3.Session, topic_arn: str) -> set[tuple[str, str]] | None:
    """Return addresses with their subscriptions' ARNs; None if that is not allowed."""
    try:
        pages = session.client("sns", region_name=REGION).get_paginator(
            "list_subscriptions_by_topic"
        )
        found = [s for page in pages.paginate(TopicArn=topic_arn) for s in page["Subscriptions"]]
    except (ClientError, BotoCoreError):
        return None
    return {(s["Endpoint"].casefold(), s["SubscriptionArn"]) for s in found}


def _to_check(use: str, addresses: Iterable[str]) -> str:
    return (
        f"Check that everybody confirmed the email '{_SUBJECT}' for {use}: "
        f"{', '.join(addresses)}.\n"
        "  These credentials may not list the topic's subscriptions, so it is not known who did."
    )


def _to_confirm(use: str, waiting: Iterable[str]) -> str:
    return (
        f"Confirm the email '{_SUBJECT}' for {use}; still waiting for: {', '.join(waiting)}.\n"
        "  Until then they receive nothing, and after two days SNS deletes the subscription.\n"
        "  docs/operations.md#confirming-subscriptions shows how to confirm in such a way that\n"
        "  nobody can unsubscribe everybody through the link in a forwarded email."
    )


def _to_subscribe(topic_arn: str, use: str, address: str, policy: FilterPolicy | None) -> str:
    words = ["aws", "sns", "subscribe", "--region", REGION, "--topic-arn", topic_arn]
    words += ["--protocol", "email", "--notification-endpoint", address]
    if policy:
        words += ["--attributes", json.dumps({"FilterPolicy": json.dumps(policy)})]
    return (
        f"Subscribe {address} to {use} again, and confirm the email '{_SUBJECT}':\n"
        f"  {shlex.join(words)}\n"
        "  It receives nothing: it was not confirmed within two days, or somebody unsubscribed it."
    )

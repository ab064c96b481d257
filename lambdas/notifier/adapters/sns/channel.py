"""The SNS channel: one topic, to which people subscribe by email and programs by SQS or Lambda."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from ...core import message as core_message
from ...core.backoff import Fate
from ...core.compose import compose, line
from ...core.message import Message
from ...core.model import Alert, Card, NotConnected
from ...core.policy import SNS, Policy, medium
from ...core.ports import Connected, Failed, Gone, Off, Sent
from ...core.recipients import NOBODY, recipient
from . import contract, email

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

MESSAGE_LIMIT = 256 * 1024
"""Bytes with attributes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

FRAME = 6 * 1024
"""Bytes kept free for what surrounds a digest's alerts: envelope, headline, link, attributes, of
which the ids of 150 addresses take 1,650."""

_CONFIRMED = "arn:"
"""What a confirmed subscription's ARN begins with. Others are listed as `PendingConfirmation`, or
for days as `Deleted`: https://repost.aws/knowledge-center/sns-cross-account-subscription"""

_EMAILS = ("email", "email-json")
REMEDY = (
    "follow the link in the mail 'AWS Notification - Subscription Confirmation', or, if that is "
    "gone, subscribe the address to the topic again"
)

_MESSAGE_AT_FAULT = frozenset(
    {
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationError",
        "ValidationException",
    }
)
"""On the wire some codes are not what their errors are called in the SDK.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
"""

_TRY_LATER = frozenset({"Throttled", "Throttling", "ThrottlingException", "KMSThrottling"})


class SnsChannel:
    """Publishes each message once: the topic does not de-duplicate, so the client must not retry.

    `client` is built when first needed; a quiet run never needs it. `subscriptions` reads them,
    once for all channels of a run, and `policy` says whom a message is for. An escalation greets
    nobody: the topic does.
    """

    def __init__(
        self,
        client: Callable[[], SNSClient],
        *,
        name: str = SNS,
        topic_arn: str,
        subscriptions: Callable[[], Subscriptions | Failed],
        policy: Policy,
        zone: ZoneInfo,
        url: str,
    ) -> None:
        self._client = client
        self._name = name
        self._topic_arn = topic_arn
        self._subscriptions = subscriptions
        self._policy = policy
        self._zone = zone
        self._url = url

    def connect(self) -> Connected | NotConnected | Off | Failed:
        """Read the subscriptions: SNS accepts a publish that nobody receives."""
        found = self._subscriptions()
        if isinstance(found, Failed):
            return found
        people, audience = found.people, self._policy.audience(self._name)
        deaf, has_default = audience.deaf(people), audience.has_default(people)
        if deaf and len(deaf) == len(audience.routes) and not has_default:
            is_topic = medium(self._name) == SNS
            what = "subscription of the topic" if is_topic else "address that it escalates to"
            return NotConnected(
                channel=self._name, remedy=f"no email {what} is confirmed: {REMEDY}"
            )
        if not deaf and not people and not found.programs:
            return Off()
        return Connected(
            unconfirmed=len(audience.configured - people) if self._name == SNS else 0,
            greets=self._name == SNS,
            lacking=NotConnected(
                channel=self._name, remedy=REMEDY, routes=deaf, diverted=has_default
            )
            if deaf
            else None,
        )

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return core_message.split(alerts, self._size, MESSAGE_LIMIT - FRAME)

    def send(self, message: Message) -> Sent | Failed:
        content = compose(message)
        text = email.body(content, now=message.now, zone=self._zone, url=self._url)
        # In plain form programs get the same words, written in ASCII.
        data = _json(contract.contract(message), ascii_only=message.plain)
        try:
            self._client().publish(
                TopicArn=self._topic_arn,
                Subject=email.subject(content),
                MessageStructure="json",
                Message=_json({"default": data, "email": text}),
                MessageAttributes=_attributes(message, self._named(message)),
            )
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            return _classify(error, "Publish")
        return Sent()

    def update(self, card: Card, message: Message) -> Gone:
        """Refuse: what was published cannot be changed."""
        del card, message
        return Gone("a topic keeps no cards")

    def _named(self, message: Message) -> Sequence[str]:
        """Return the ids that a message names: never none, for that would reach everybody."""
        if not contract.is_for_people(message):
            return NOBODY
        diverted = message.diverted
        named = self._policy.recipients_of(self._name, message.route, diverted=diverted)
        return named or NOBODY

    def _size(self, alert: Alert) -> int:
        """Return the bytes by which an alert makes a digest longer, escaped as it will be."""
        now = datetime.min.replace(tzinfo=UTC, year=1970)
        text = email.line(line(alert), number=9999, now=now, zone=self._zone)
        entry = _json(contract.entry(alert))
        return len(_json([entry, text + "\n\n"]).encode())


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Who is confirmed: the ids of email addresses, and how many programs."""

    people: frozenset[str] = frozenset()
    programs: int = 0


def listed(client: Callable[[], SNSClient], topic_arn: str) -> Callable[[], Subscriptions | Failed]:
    """Return what reads a topic's subscriptions, once, for all channels of a run."""

    @functools.cache
    def read() -> Subscriptions | Failed:
        try:
            pages = client().get_paginator("list_subscriptions_by_topic")
            found: list[Any] = [
                subscription
                for page in pages.paginate(TopicArn=topic_arn)
                for subscription in page.get("Subscriptions", ())
            ]
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            # Nothing was sent yet, whatever became of the question.
            return Failed(Fate.NOT_SENT, _classify(error, "ListSubscriptionsByTopic").reason)
        confirmed = [s for s in found if s["SubscriptionArn"].startswith(_CONFIRMED)]
        people = [s["Endpoint"] for s in confirmed if s["Protocol"] in _EMAILS]
        return Subscriptions(frozenset(map(recipient, people)), len(confirmed) - len(people))

    return read


def _attributes(message: Message, recipients: Sequence[str]) -> dict[str, Any]:
    """Return what subscribers filter by; a plain message keeps to our own words."""
    attributes = {
        "alerts": _array(contract.kinds(message)),
        "recipients": _array(recipients),
        "catalog": {"DataType": "String", "StringValue": message.catalog},
        "route": {"DataType": "String", "StringValue": contract.route(message)},
    }
    types = contract.payload_types(message)
    if types and not message.plain:
        attributes["payload_types"] = _array(types)
    return attributes


def _array(values: Sequence[str]) -> dict[str, str]:
    return {"DataType": "String.Array", "StringValue": _json(values)}


def _classify(error: Exception, operation: str) -> Failed:
    """Say what is known of a publish that was not confirmed, in one line."""
    unsent = (
        ConnectTimeoutError,
        EndpointConnectionError,
        NoCredentialsError,
        ProxyConnectionError,
    )
    if isinstance(error, (*unsent, ParamValidationError)):
        is_at_fault = isinstance(error, ParamValidationError)  # By botocore's own rules.
        fate = Fate.MESSAGE_REFUSED if is_at_fault else Fate.NOT_SENT
        return Failed(fate, f"{operation}: {type(error).__name__}")
    if not isinstance(error, ClientError):
        return Failed(Fate.UNKNOWN, f"{operation}: no usable answer ({type(error).__name__})")
    code = error.response.get("Error", {}).get("Code", "unknown error")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    reason = f"{operation}: {code}"
    if code in _TRY_LATER or status == 429:
        return Failed(Fate.NOT_SENT, reason)
    if status >= 500:
        return Failed(Fate.UNKNOWN, reason)
    if code in _MESSAGE_AT_FAULT:
        return Failed(Fate.MESSAGE_REFUSED, reason)
    return Failed(Fate.SENDER_REFUSED, reason)


def _json(value: object, *, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))

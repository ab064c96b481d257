"""The AWS services that a deployment uses: a table, a topic with its subscribers, a secret."""

from __future__ import annotations

import functools
import json
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from . import moto_app
from .answers import Answer, Request, ServiceError, aws_json_error, aws_query_error
from .roles import Roles
from .server import Server
from .sns_rules import FilterPolicy, Published, check_policy, passes, read
from .wire import Wire

TABLE_NAME = "invitations"
TOPIC_NAME = "alerts"
SECRET_NAME = "slack"
QUEUE_NAME = "alerts"

CONFIRMABLE = timedelta(hours=48)
"""How long a subscription waits to be confirmed, before SNS removes it.

https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
"""

LISTED_AS_DELETED = timedelta(hours=72)
"""How long an address that unsubscribed is still listed.

https://repost.aws/knowledge-center/sns-cross-account-subscription says so of subscriptions that
another account made, and https://github.com/ansible/ansible/pull/20086 shows it of emails.
"""

PENDING, DELETED = "PendingConfirmation", "Deleted"
"""What stands in the place of an ARN."""

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class _Subscriber:
    arn: str
    confirmed: bool
    policy: FilterPolicy | None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


class Aws:
    """DynamoDB, SNS, Secrets Manager and STS at `url`. Thread-safe.

    Moto's state belongs to the process, so that only one of these can be in use at a time.
    `published` holds what SNS accepted. `ascii_subjects` makes SNS refuse any other subject, as
    one of AWS's documents says it does.
    """

    table_name = TABLE_NAME

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.RLock()
        self.roles = Roles()
        self.reset()
        self._server = Server(self._answer, wire.errors)
        self.url = self._server.url

    def reset(self) -> None:
        """Make it as deployed: an empty table, no subscribers, a secret without a value."""
        with self._lock:
            moto_app.reset()
            self.roles.reset()
            self.published: list[Published] = []
            self.ascii_subjects = False
            self._subscribers: dict[str, _Subscriber] = {}
            self._unsubscribed: list[tuple[str, datetime]] = []
            self._mail: dict[str, list[Published]] = {}
            self.setup()

    def close(self) -> None:
        self._server.close()

    def setup(self) -> None:
        """Make the table, the topic and the secret."""
        keys = {"catalog": "HASH", "sk": "RANGE"}
        moto_app.json_call(
            "dynamodb",
            "DynamoDB_20120810.CreateTable",
            TableName=TABLE_NAME,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.topic_arn = moto_app.query_call("sns", "CreateTopic", "TopicArn", Name=TOPIC_NAME)
        self.secret_arn: str = moto_app.json_call(
            "secretsmanager", "secretsmanager.CreateSecret", Name=SECRET_NAME
        )["ARN"]

    def items(self) -> list[dict[str, Any]]:
        """Return all that the table holds, in DynamoDB's own form."""
        answer = moto_app.json_call("dynamodb", "DynamoDB_20120810.Scan", TableName=TABLE_NAME)
        found: list[dict[str, Any]] = answer["Items"]
        return found

    def overwrite(self, key: str, name: str, value: dict[str, Any] | None) -> None:
        """Change one attribute in the table, as somebody does by hand; None removes it."""
        moto_app.json_call(
            "dynamodb",
            "DynamoDB_20120810.UpdateItem",
            TableName=TABLE_NAME,
            Key={"catalog": {"S": "AWS"}, "sk": {"S": key}},
            UpdateExpression="SET #name = :value" if value else "REMOVE #name",
            ExpressionAttributeNames={"#name": name},
            **({"ExpressionAttributeValues": {":value": value}} if value else {}),
        )

    def put_secret(self, value: str | dict[str, Any]) -> None:
        """Give the secret a value, as the customer does; a dict is stored as JSON."""
        moto_app.json_call(
            "secretsmanager",
            "secretsmanager.PutSecretValue",
            SecretId=self.secret_arn,
            SecretString=value if isinstance(value, str) else json.dumps(value),
        )

    def subscribe_email(
        self, address: str, *, confirmed: bool = True, filter_policy: FilterPolicy | None = None
    ) -> None:
        """Subscribe a person; until the subscription is confirmed nothing reaches them."""
        check_policy(filter_policy)
        with self._lock:
            arn = self._subscribe("email", address, filter_policy)
            self._subscribers[address] = _Subscriber(arn, confirmed, filter_policy)
            self._mail.setdefault(address, [])

    def subscribe_sqs(self) -> None:
        """Subscribe a machine's queue."""
        with self._lock:
            moto_app.json_call("sqs", "AmazonSQS.CreateQueue", QueueName=QUEUE_NAME)
            queue_arn = f"arn:aws:sqs:{moto_app.REGION}:{moto_app.ACCOUNT}:{QUEUE_NAME}"
            self._subscribe("sqs", queue_arn, None)

    def confirm(self, address: str) -> None:
        """Follow the link in the mail that asks to confirm."""
        with self._lock:
            self._subscribers[address] = replace(self._subscribers[address], confirmed=True)

    def unsubscribe(self, address: str) -> None:
        """Follow the link at the end of every mail; the address is listed for days to come."""
        with self._lock:
            self._remove(address)
            self._unsubscribed.append((address, datetime.now(UTC)))

    def inbox(self, address: str) -> list[Published]:
        """Return what has reached an address; raise KeyError if it was never subscribed."""
        return list(self._mail[address])

    def _remove(self, address: str) -> None:
        arn = self._subscribers.pop(address).arn
        moto_app.query_call("sns", "Unsubscribe", "RequestId", SubscriptionArn=arn)

    def _subscribe(self, protocol: str, endpoint: str, policy: FilterPolicy | None) -> str:
        attributes = (
            {
                "Attributes.entry.1.key": "FilterPolicy",
                "Attributes.entry.1.value": json.dumps(policy),
            }
            if policy
            else {}
        )
        return moto_app.query_call(
            "sns",
            "Subscribe",
            "SubscriptionArn",
            TopicArn=self.topic_arn,
            Protocol=protocol,
            Endpoint=endpoint,
            **attributes,
        )

    def _answer(self, request: Request) -> Answer:
        scope = _SCOPE.search(request.headers.get("authorization", ""))
        service = scope["service"] if scope else ""
        target = request.headers.get("x-amz-target", "")
        operation = target.rpartition(".")[2] or request.form().get("Action", "")
        effects = {
            ("sns", "Publish"): self._publish,
            ("sns", "ListSubscriptions"): self._list_subscriptions,
            ("sns", "ListSubscriptionsByTopic"): self._list_subscriptions,
            ("sts", "AssumeRole"): self.roles.assume,
            ("dynamodb", "Query"): _read,
            ("dynamodb", "BatchGetItem"): _read,
        }
        effect = effects.get((service, operation), moto_app.forward)
        return self._wire.carry(request, service, operation, functools.partial(effect, request))

    def _publish(self, request: Request) -> Answer:
        try:
            published = read(request.form(), request.body, ascii_subjects=self.ascii_subjects)
        except ValueError as error:
            code = getattr(error, "code", "InvalidParameter")
            raise ServiceError(aws_query_error(code, str(error))) from None
        with self._lock:
            answer = moto_app.forward(request)
            if answer.status == HTTPStatus.OK:
                self._deliver(published)
            return answer

    def _deliver(self, published: Published) -> None:
        self.published.append(published)
        for address, subscriber in self._subscribers.items():
            if subscriber.confirmed and passes(published, subscriber.policy):
                self._mail[address].append(published)

    def _list_subscriptions(self, request: Request) -> Answer:
        """Say of what is unconfirmed or gone what SNS says; moto confirms every one at once."""
        with self._lock:
            self._forget_former()
            answer = moto_app.forward(request)
            pending = [s.arn for s in self._subscribers.values() if not s.confirmed]
            former = "".join(self._listed_as_deleted(address) for address, _ in self._unsubscribed)
        body = answer.body.decode()
        for arn in pending:
            body = body.replace(arn, PENDING)
        if "NextToken" not in request.form():
            whole = body.replace("<Subscriptions/>", "<Subscriptions></Subscriptions>")
            body = whole.replace("<Subscriptions>", f"<Subscriptions>{former}")
        headers = tuple(h for h in answer.headers if h[0].lower() != "content-length")
        return Answer(answer.status, body.encode(), headers)

    def _forget_former(self) -> None:
        """Remove what nobody confirmed in time, and what has been listed as deleted for days."""
        now = datetime.now(UTC)
        for address, subscriber in list(self._subscribers.items()):
            if not subscriber.confirmed and now - subscriber.since > CONFIRMABLE:
                self._remove(address)
        self._unsubscribed = [
            (address, at) for address, at in self._unsubscribed if now - at <= LISTED_AS_DELETED
        ]

    def _listed_as_deleted(self, address: str) -> str:
        return (
            f"<member><TopicArn>{self.topic_arn}</TopicArn><Protocol>email</Protocol>"
            f"<SubscriptionArn>{DELETED}</SubscriptionArn><Owner>{moto_app.ACCOUNT}</Owner>"
            f"<Endpoint>{escape(address)}</Endpoint></member>"
        )


def _read(request: Request) -> Answer:
    """Refuse a read that may be stale: here none ever is, so that nobody would notice."""
    if b'"ConsistentRead": true' not in request.body:
        raise ServiceError(aws_json_error("ValidationException", "may be stale: not simulated"))
    return moto_app.forward(request)

"""Which permissions a run needs, derived from its calls as AWS authorises them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

from simulator.wire import Call

Need = tuple[str, str]
"""An IAM action and its target: an ARN, a name, or a catalog."""

TRANSACTED = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""A transaction has no action of its own: each part is authorised by its own action.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""


def needs(calls: Iterable[Call]) -> set[Need]:
    """Return what IAM has to allow for these calls; those to Slack do not concern it."""
    return {need for call in calls if call.service != "slack" for need in _needs(call)}


def _needs(call: Call) -> Iterator[Need]:
    if call.operation == "TransactWriteItems":
        for part in _json(call)["TransactItems"]:
            ((kind, write),) = part.items()
            yield TRANSACTED[kind], write["TableName"]
    else:
        for target in _targets(call):
            yield f"{call.service}:{call.operation}", target


def _targets(call: Call) -> Iterator[str]:
    if call.service in ("sns", "sts"):
        form = parse_qs(call.body.decode())
        yield form["TopicArn" if call.service == "sns" else "RoleArn"][0]
    elif call.operation == "BatchGetItem":
        yield from _json(call)["RequestItems"]
    else:
        named = {"dynamodb": "TableName", "secretsmanager": "SecretId", "partnercentral": "Catalog"}
        yield _json(call)[named[call.service]]


def _json(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(call.body)
    return body

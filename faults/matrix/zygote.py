"""A process that has imported the handler and forks a child for each run.

It reads one request per line (JSON: `now`, `patience` in seconds by service, and what this run's
`environment` holds), answers at once with the child's `pid`, and with its `signal` and `outcome`
once it has ended. The only argument names a function, `module:function`, to call before the handler
is imported.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib
import io
import json
import os
import sys
from datetime import datetime
from typing import Any, NoReturn, TextIO

import time_machine
from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff

from simulator.context import LambdaContext

PATIENCE = 10.0
"""Seconds to wait for an answer where nothing hangs: a busy machine must not look like a fault."""

_NO_PACE = 100_000.0
_NAMES = {"partnercentral": "partnercentral-selling"}


def main() -> None:
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = io.StringIO()  # What the handler prints, in each child's own copy.
    _hasten()
    for target in sys.argv[1:]:
        module, _, function = target.partition(":")
        getattr(importlib.import_module(module), function)()
    handler = importlib.import_module("notifier.handler")
    _warm_up()
    # A child that looked for garbage would copy every page that it shares with this process.
    gc.disable()
    gc.freeze()
    for line in sys.stdin:
        _fork(handler, json.loads(line), replies)


def _fork(handler: Any, request: dict[str, Any], replies: TextIO) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _run(handler, request, writer)
    os.close(writer)
    _say(replies, {"pid": pid})
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    status = os.waitpid(pid, 0)[1]
    signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    _say(replies, {"signal": signal, "outcome": json.loads(content) if content else None})


def _say(replies: TextIO, content: dict[str, Any]) -> None:
    replies.write(json.dumps(content) + "\n")
    replies.flush()


def _run(handler: Any, request: dict[str, Any], writer: int) -> NoReturn:
    """Run the handler in this child, and end it."""
    error: BaseException | None = None
    try:
        for service, seconds in request["patience"].items():
            _set_patience(service, seconds)
        os.environ.update(request["environment"])
        vars(handler)["_settings"].cache_clear()
        time_machine.travel(datetime.fromisoformat(request["now"]), tick=False).start()
        handler.lambda_handler({}, LambdaContext())
    except BaseException as caught:  # noqa: BLE001  (whatever it is, it is the outcome)
        error = caught
    outcome = {
        "error": None if error is None else [type(error).__name__, str(error)],
        "output": sys.stdout.getvalue() if isinstance(sys.stdout, io.StringIO) else "",
    }
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(json.dumps(outcome).encode())
    os._exit(0)


def _hasten() -> None:
    """Remove what only waits, before any client is built."""
    ExponentialBackoff.delay_amount = lambda *_: 0.0  # type: ignore[method-assign]
    bootstrap: Any = importlib.import_module("notifier.bootstrap")
    clients: Any = importlib.import_module("notifier.adapters.aws")
    clients.READS_PER_SECOND = bootstrap.SLACK_PER_SECOND = _NO_PACE
    for service in (*vars(clients)["_CONFIGS"], "slack"):
        _set_patience(service, PATIENCE)


_KEY = {"catalog": {"S": "AWS"}, "sk": {"S": "state"}}
_UPDATE = {"TableName": "table", "Key": _KEY, "UpdateExpression": "REMOVE told"}
_CALLS: dict[str, dict[str, dict[str, Any]]] = {
    "partnercentral-selling": {
        "list_engagement_invitations": {"Catalog": "AWS", "ParticipantType": "RECEIVER"},
        "get_engagement_invitation": {"Catalog": "AWS", "Identifier": "engi-0"},
    },
    "dynamodb": {
        "update_item": _UPDATE,
        "query": {"TableName": "table"},
        "batch_get_item": {"RequestItems": {"table": {"Keys": [_KEY]}}},
        "transact_write_items": {"TransactItems": [{"Update": _UPDATE}]},
    },
    "sns": {
        "list_subscriptions_by_topic": {"TopicArn": "topic"},
        "publish": {"TopicArn": "topic", "Message": "Hello."},
    },
    "secretsmanager": {"get_secret_value": {"SecretId": "secret"}},
}
"""A call of every operation that a run may use, by service."""


def _warm_up() -> None:
    """Build here, once, what every child would build at its first calls; nothing connects."""
    importlib.import_module("notifier.adapters.slack.channel")
    importlib.import_module("notifier.adapters.sns.channel")
    codecs.lookup("idna")  # A connection's first look at its host's name would import it.
    clients: Any = importlib.import_module("notifier.adapters.aws")
    others = [clients.client(service) for service in ("dynamodb", "sns", "secretsmanager")]
    for client in (clients.partner_central(None, None), *others):
        client.meta.events.register_first("before-send", _stop)
        for name, given in _CALLS[client.meta.service_model.service_name].items():
            client.can_paginate(name)  # Asking makes it read which operations have pages.
            with contextlib.suppress(_StoppedError):
                getattr(client, name)(**given)
        client.meta.events.unregister("before-send", _stop)


class _StoppedError(Exception):
    """Ends a call when all of it is made but the connection."""


def _stop(**_: Any) -> NoReturn:
    raise _StoppedError


def _set_patience(service: str, seconds: float) -> None:
    if service == "slack":
        importlib.import_module("notifier.adapters.slack.channel").__dict__["TIMEOUT"] = seconds
        return
    clients = vars(importlib.import_module("notifier.adapters.aws"))
    configs, name = clients["_CONFIGS"], _NAMES.get(service, service)
    configs[name] = configs[name].merge(Config(connect_timeout=seconds, read_timeout=seconds))
    for built in ("client", "partner_central"):
        clients[built].cache_clear()


if __name__ == "__main__":
    main()

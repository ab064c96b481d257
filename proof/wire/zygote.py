"""A process that has imported the handler and forks a child for each run.

It reads one request per line (JSON: `now`, `patience` in seconds by service, and what this run's
`environment` holds), answers at once with the child's `pid`, and with its `signal` and `outcome`
once it has ended. It makes the first run itself. The only argument names a function,
`module:function`, to call before the handler is imported.
"""

from __future__ import annotations

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


def main() -> None:
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = printed = io.StringIO()  # What the handler prints, in each child's own copy.
    _hasten()
    for target in sys.argv[1:]:
        module, _, function = target.partition(":")
        getattr(importlib.import_module(module), function)()
    handler = importlib.import_module("notifier.handler")
    _say(replies, _rehearsed(handler, json.loads(sys.stdin.readline())))
    printed.seek(0)
    printed.truncate()
    # A child that looked for garbage would copy every page that it shares with this process.
    gc.disable()
    gc.freeze()
    for line in sys.stdin:
        _fork(handler, json.loads(line), replies)


def _rehearsed(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run once here, so that no child has to build or import anything; keep no connection."""
    with time_machine.travel(datetime.fromisoformat(request["now"]), tick=False):
        os.environ.update(request["environment"])
        handler.lambda_handler({}, LambdaContext())
    clients: Any = importlib.import_module("notifier.adapters.aws")
    others = [clients.client(service) for service in ("dynamodb", "sns", "secretsmanager")]
    for client in (clients.partner_central(None, None), *others):
        client.close()
    return {"pid": os.getpid()}


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
    """Remove what only waits, before any client is built, and let a listing have pages of one."""
    ExponentialBackoff.delay_amount = lambda *_: 0.0  # type: ignore[method-assign]
    bootstrap: Any = importlib.import_module("notifier.bootstrap")
    clients: Any = importlib.import_module("notifier.adapters.aws")
    source: Any = importlib.import_module("notifier.adapters.partner_central")
    clients.READS_PER_SECOND = bootstrap.SLACK_PER_SECOND = _NO_PACE
    source.PAGE_SIZE = 1
    for service in (*vars(clients)["_CONFIGS"], "slack"):
        _set_patience(service, PATIENCE)


def _set_patience(service: str, seconds: float) -> None:
    if service == "slack":
        importlib.import_module("notifier.adapters.slack.channel").__dict__["TIMEOUT"] = seconds
        return
    clients = vars(importlib.import_module("notifier.adapters.aws"))
    configs = clients["_CONFIGS"]
    name = next(name for name in configs if name.startswith(service))
    configs[name] = configs[name].merge(Config(connect_timeout=seconds, read_timeout=seconds))
    for built in ("client", "partner_central"):
        clients[built].cache_clear()


if __name__ == "__main__":
    main()

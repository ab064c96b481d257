"""One execution environment: a function's process under the Lambda Runtime Interface Emulator.

with ExecutionEnvironment([asset], "notifier.handler.lambda_handler", variables) as function:
    answer = function.invoke({})

The process starts with the first invocation. One that outlives the time-out is killed, and the
next invocation starts another process. Invocations come one at a time: the emulator knows no more.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Self

from . import session
from .answer import Answer
from .install import installed

FUNCTION = "invitation-notifier"

_PATH = "/2015-03-31/functions/function/invocations"
_PATIENCE = 30.0
"""Seconds for what takes a moment; a busy machine must not look like a fault."""


class ExecutionEnvironment:
    """Runs a handler from `folders` with `variables` alone, and nothing else that is installed.

    `timeout` is in whole seconds. As in Lambda, where nobody can write into a function's folder,
    every process compiles what it imports. `flags` are for the function's interpreter.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        handler: str,
        variables: Mapping[str, str],
        *,
        timeout: int = 60,
        flags: Sequence[str] = (),
    ) -> None:
        here = installed()
        scratch = tempfile.TemporaryDirectory(prefix="emulator-")
        self._log = Path(scratch.name) / "log"
        self._timeout = timeout
        self._address, runtime_address = _free_addresses()
        with self._log.open("ab") as log, ExitStack() as started:
            started.callback(scratch.cleanup)
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *(here.emulator, "--runtime-interface-emulator-address", self._address),
                    *("--runtime-api-address", runtime_address),
                    # Without `site` nothing installed is found; with -P nothing of the caller's.
                    *(sys.executable, "-S", "-P", "-B", *flags, "-m", "awslambdaric", handler),
                ],
                env={**variables, **_runtime([*folders, here.runtime], timeout)},
                cwd=folders[0],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            started.callback(session.end, self._process)
            self._wait_until_it_listens()
            self._open = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the emulator, and the function's process with it."""
        self._open.close()

    def invoke(self, event: Any) -> Answer:
        """Hand over an event, and wait for the answer."""
        before = len(self._log.read_bytes())
        patience = self._timeout + _PATIENCE
        with closing(http.client.HTTPConnection(self._address, timeout=patience)) as connection:
            connection.request("POST", _PATH, json.dumps(event))
            body = connection.getresponse().read()
        log = self._log.read_bytes()[before:]
        return Answer(body=body.decode(), log=log.decode(errors="replace"))

    def processes(self) -> list[int]:
        """Return the ids of the emulator's process and the function's, as far as they live."""
        return session.members(self._process.pid)

    def _wait_until_it_listens(self) -> None:
        host, _, port = self._address.partition(":")
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as attempt:
                if attempt.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"the emulator does not listen: {self._log.read_text('utf-8')}")


def _runtime(folders: Sequence[Path], timeout: int) -> dict[str, str]:
    """Return what the emulator reads, and what tells Python where to look and where not."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "LAMBDA_TASK_ROOT": str(folders[0]),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONTZPATH": "",  # no zones but those that the function brings
    }


def _free_addresses() -> tuple[str, str]:
    """Return two addresses on loopback on which nobody listens."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return _name(one), _name(other)


def _name(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"{host}:{port}"

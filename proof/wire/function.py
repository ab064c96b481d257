"""The function as a process that can be killed: each run is a child of a prepared process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from simulator.runtime import Invocation

_INHERITED = ("PATH", "HOME", "LANG", "TZDIR")
_BIRTH_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended: killed, with an error (its type's name and message), or well."""

    killed: bool
    error: tuple[str, str] | None = None
    output: str = ""

    @property
    def summary(self) -> dict[str, Any]:
        """Return the run's one log line; empty if it was killed."""
        whole = Invocation(answer=None, error=None, output=self.output)
        return whole.summary if self.output else {}


class Function:
    """Runs the handler in one child process per run; `sabotage` names what to break in it first."""

    def __init__(self, environment: Mapping[str, str], *, sabotage: str | None = None) -> None:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        path = os.pathsep.join(entry or os.curdir for entry in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proof.wire.zygote", *filter(None, [sabotage])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**inherited, **environment, "PYTHONPATH": path},
        )
        self._pid = 0
        self._born = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def rehearse(self, environment: Mapping[str, str]) -> None:
        """Let the prepared process itself run once; to be done before any other run."""
        self._ask(environment, {})

    def run(self, environment: Mapping[str, str], patience: Mapping[str, float]) -> Outcome:
        """Run once at the present (simulated) time; `patience` shortens time-outs, by service."""
        self._born.clear()
        self._pid = self._ask(environment, patience)["pid"]
        self._born.set()
        end = self._answer()
        if end["outcome"] is None:
            return Outcome(killed=end["signal"] == signal.SIGKILL)
        error = end["outcome"]["error"]
        return Outcome(
            killed=False,
            error=None if error is None else (error[0], error[1]),
            output=end["outcome"]["output"],
        )

    def kill(self) -> None:
        """Kill the present run with SIGKILL; for another thread to call."""
        if not self._born.wait(_BIRTH_SECONDS):
            raise RuntimeError("there is no run to kill")
        os.kill(self._pid, signal.SIGKILL)

    def _ask(self, environment: Mapping[str, str], patience: Mapping[str, float]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        request = {"now": now, "patience": dict(patience), "environment": dict(environment)}
        if self._process.stdin is None:
            raise RuntimeError("the function's process has no pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        if not line:
            raise RuntimeError("the function's process has ended; see its output above")
        answer: dict[str, Any] = json.loads(line)
        return answer

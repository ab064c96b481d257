"""The function in a process of its own, so that its memory can be measured alone.

`python -m bench.worker` runs the handler once for each line it reads, and reports what that took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from simulator.context import LambdaContext

from .child import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One invocation: seconds by both clocks, and the process's peak memory so far, in bytes.

    `waiting` counts what was left because time ran out: deliveries, and routes to choose.
    """

    seconds: float
    cpu: float
    memory: int
    waiting: int


class Worker(Child):
    """An execution environment; `run` invokes it, and raises what fails."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        super().__init__(__name__, dict(environment) | path)

    def run(self) -> Run:
        return Run(**json.loads(self.ask("")))


def _run(handler: Any) -> dict[str, float]:
    started, began = time.perf_counter(), time.process_time()
    answer = handler({}, LambdaContext())
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - began,
        "memory": _peak(),
        "waiting": answer["unrouted_yet"]
        + sum(channel["waiting"] for channel in answer["channels"].values()),
    }


def _peak() -> int:
    """Return the most memory that this process ever held.

    Linux hands a parent's peak down to its children in getrusage, so its own files come first.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        import resource  # noqa: PLC0415  (not on every platform)

        unit = 1 if sys.platform == "darwin" else 1024
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _serve(answers: TextIO) -> None:
    from notifier.handler import lambda_handler  # noqa: PLC0415  (its logger takes sys.stdout)

    for _ in sys.stdin:
        print(json.dumps(_run(lambda_handler)), file=answers, flush=True)


if __name__ == "__main__":
    with Path(os.devnull).open("w", encoding="ascii") as nowhere:
        channel, sys.stdout = sys.stdout, nowhere
        _serve(channel)

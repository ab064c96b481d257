"""A child process that answers each line it is sent with one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Self


class Child:
    """Runs a module until it is closed, in this process's environment unless one is given."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, line: str) -> str:
        """Return its answer to a line."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError(f"{self._module} has no pipes")
        print(line, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self._module} has ended; see its output above")
        return answer

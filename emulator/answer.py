"""The result of an invocation under the emulator."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_INIT = re.compile(r"INIT REPORT\(durationMs: (?P<milliseconds>[\d.]+)\)")
_TIMED_OUT = re.compile(r"Task timed out after [\d.]+ seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer's body, and what was logged meanwhile.

    The emulator answers with status 200 whatever happened: only the body shows it.
    """

    body: str
    log: str

    @property
    def timed_out(self) -> bool:
        """Return whether the process was killed at its time-out."""
        return _TIMED_OUT.search(self.body) is not None

    @property
    def content(self) -> Any:
        """Return what the handler returned, or Lambda's description of its error."""
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        """Return the type and message of what the handler raised."""
        content = self.content
        if not isinstance(content, dict) or "errorType" not in content:
            return None
        return f"{content['errorType']}: {content['errorMessage']}"

    @property
    def init_seconds(self) -> float:
        """Return how long a process took that was started for this invocation.

        It is the time from the process's start until it asked for an event. What the emulator
        calls "Init Duration" in its last line ends when the process has merely been started.
        """
        found = _INIT.search(self.log)
        if found is None:
            raise ValueError("no process was started for this invocation")
        return float(found["milliseconds"]) / 1000

"""A Lambda execution environment in this process: it runs the unmodified handler."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any
from unittest import mock

from .context import FUNCTION_NAME, TIMEOUT, LambdaContext, counting_down

HANDLER = "notifier.handler"
PURE = ("notifier.core.", "notifier.run.", "notifier.settings.")
"""What holds no state: it is loaded once, for all environments in this process."""
_INHERITED = ("PATH", "HOME", "LANG", "TZDIR", "AWS_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What one invocation left: its answer or its error, and the lines that it printed."""

    answer: dict[str, Any] | None
    error: BaseException | None
    output: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON lines printed: log lines and metrics, in order."""
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]

    @property
    def summaries(self) -> list[dict[str, Any]]:
        """Return the log line of each run: two if an event came during the first."""
        return [line for line in self.lines if "complete" in line and "_aws" not in line]

    @property
    def summary(self) -> dict[str, Any]:
        """Return the run's one log line."""
        (line,) = self.summaries
        return line

    @property
    def metrics(self) -> dict[str, float]:
        """Return the metrics emitted, by name; those of the last run, if there were two."""
        found: dict[str, float] = {}
        for line in self.lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    found[metric["Name"]] = value[0] if isinstance(value, list) else value
        return found


class LambdaRuntime:
    """Runs the handler with an environment and modules of its own, beside others like it.

    Unless `paced`, nothing waits for the quotas of Partner Central and Slack, which are measured
    in real time: where the clock is simulated, that would only take time.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        timeout: float = TIMEOUT,
        paced: bool = True,
    ) -> None:
        self.environment = dict(environment)
        self.paced = paced
        self.modules: dict[str, ModuleType] = {}
        self.timeout = timeout
        self._output = io.StringIO()
        self._handler: Any = None

    def cold_start(self) -> None:
        """Import the function anew, as a fresh execution environment does."""
        self.modules = dict(_pure)
        # Powertools keeps its logger, and with it the previous environment's stream.
        logging.Logger.manager.loggerDict.pop(FUNCTION_NAME, None)
        with self._environment():
            self._handler = importlib.import_module(HANDLER).lambda_handler
        if not self.paced:
            pacer: Any = self.modules["notifier.adapters.pacer"]
            pacer.Pacer.wait = lambda _: None

    def module(self, name: str) -> ModuleType:
        """Return one of the function's modules: this environment's own, unless it is in PURE."""
        self._start()
        with self._environment():
            return importlib.import_module(name)

    def invoke(self, event: Mapping[str, Any] | None = None) -> Invocation:
        """Run the handler once; an error is returned, as Lambda's runtime reports it."""
        self._start()
        answer, error = None, None
        with self._environment():
            try:
                context = LambdaContext(left=counting_down(self.timeout))
                answer = self._handler(dict(event or {}), context)
            except Exception as caught:  # noqa: BLE001  (whatever it is, Lambda would report it)
                error = caught
        output = self._output.getvalue()
        self._output.seek(0)
        self._output.truncate()
        return Invocation(answer=answer, error=error, output=output)

    def _start(self) -> None:
        if self._handler is None:
            self.cold_start()

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        others = _taken_out()
        sys.modules.update(self.modules)
        try:
            with self._process():
                yield
        finally:
            self.modules = _taken_out()
            sys.modules.update(others)
            for name, module in self.modules.items():
                if f"{name}.".startswith(PURE):
                    _pure.setdefault(name, module)

    @contextlib.contextmanager
    def _process(self) -> Iterator[None]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        with (
            _environ_of(inherited | self.environment),
            contextlib.redirect_stdout(self._output),
            mock.patch.object(SourceFileLoader, "get_code", _code),
        ):
            yield


_pure: dict[str, ModuleType] = {}


_code = functools.cache(SourceFileLoader.get_code)
"""A module's code; it is read once, however many environments start cold."""


@contextlib.contextmanager
def _environ_of(variables: Mapping[str, str]) -> Iterator[None]:
    """Let `os.environ` hold these variables alone, without telling the C library of each."""
    environ: Any = os.environ
    others, encode = environ._data, environ.encodekey  # noqa: SLF001
    environ._data = {encode(n): environ.encodevalue(v) for n, v in variables.items()}  # noqa: SLF001
    try:
        yield
    finally:
        environ._data = others  # noqa: SLF001


def _taken_out() -> dict[str, ModuleType]:
    """Take the function's modules out of this process; return them."""
    # There are thousands of others: one search for all is faster than a look at each name.
    _, *found = "\n".join(["", *sys.modules]).split("\nnotifier")
    names = ["notifier" + rest.partition("\n")[0] for rest in found]
    return {name: sys.modules.pop(name) for name in names}

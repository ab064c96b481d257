"""The Lambda function's entry: one run for each tick or poke, one log line, one set of metrics."""

from __future__ import annotations

import gc

# What importing makes is there to stay: looking for garbage in it costs a fifth of a cold start.
gc.disable()

import functools
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger

from . import bootstrap, clients, telemetry
from .core.ports import NotifierError
from .metric_names import SERVICE
from .run import Summary
from .settings import EVENT_SOURCE, Settings, SettingsError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@functools.cache
def _settings() -> Settings:
    return Settings.from_env(os.environ)


# While Lambda initialises the environment it gives a whole CPU, later a fraction of one.
with suppress(SettingsError):  # An invocation that fails says it better than a failed start.
    clients.build_quiet(_settings())
gc.enable()

logger = Logger(service=SERVICE, location=None)


class RunFailed(Exception):  # noqa: N818  (it names the outcome of a run in which all else was done)
    """Some part of a run failed; its one line names each."""


def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do what is due now, whatever the event says: an event only makes it happen sooner.

    Raises RunFailed at the end if anything failed, so that the invocation counts as an error;
    what could be delivered was delivered by then.
    """
    started = time.monotonic()
    bootstrap.quieten_libraries()
    settings = _settings()
    try:
        summary = bootstrap.notifier(
            settings, os.environ, lambda: context.get_remaining_time_in_millis() / 1000
        ).run(datetime.now(UTC))
    except NotifierError as error:
        summary = Summary(errors=(str(error),))
    denied = clients.denials.taken()
    fields = telemetry.fields(summary, denied) | {
        "catalog": settings.catalog,
        "trigger": "poke" if event.get("source") == EVENT_SOURCE else "tick",
        "duration_ms": round(1000 * (time.monotonic() - started)),
    }
    telemetry.log(logger, summary, fields)
    telemetry.measure(summary, settings.catalog, denied)
    if summary.errors:
        raise RunFailed("; ".join(summary.errors))
    return fields

"""The Lambda function's entry: one run for each invocation, one log line, one set of metrics."""

from __future__ import annotations

import gc

# All that importing makes is there to stay: looking for garbage in it takes 1.16 times what bare
# boto3 needs for a start to 1.20 (`make bench`, medians of 30 pairs, twice each way).
gc.disable()

import functools
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger

from . import bootstrap, telemetry
from .adapters import aws
from .metric_names import SERVICE
from .run.attempt import where
from .run.run import Summary, run
from .settings import EVENT_SOURCE, Settings, SettingsError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@functools.cache
def _settings() -> Settings:
    return Settings.from_env(os.environ)


# While Lambda initialises the environment it gives a whole CPU, later a fraction of one.
with suppress(SettingsError):  # An invocation that fails says it better than a failed start.
    aws.build_quiet(_settings())
gc.enable()

logger = Logger(service=SERVICE, location=None)


ANOTHER_RUN = 45.0
"""Seconds that must be left for another run: to list, and to tell what came meanwhile."""


class RunFailed(Exception):  # noqa: N818  (it names the outcome of a run in which all else was done)
    """Some part of a run failed; its one line names each."""


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Do what is due now, whatever the event says: an event only makes it happen sooner.

    Raises RunFailed at the end if anything failed, so that the invocation counts as an error;
    what could be delivered was delivered by then. An event that finds the lease held asks this
    run to be followed by another. What is no object is a tick, as is any other event.
    """
    bootstrap.quieten_libraries()

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    is_event = isinstance(event, Mapping) and event.get("source") == EVENT_SOURCE
    errors: list[str] = []
    while True:
        summary, line = _run(seconds_left, is_event=is_event)
        errors += summary.errors
        if not summary.asked_again or seconds_left() < ANOTHER_RUN:
            break
        is_event = True
    if errors:
        raise RunFailed("; ".join(errors))
    return line


def _run(seconds_left: Callable[[], float], *, is_event: bool) -> tuple[Summary, dict[str, Any]]:
    """Run once, log its one line, and emit its metrics; return what was seen, and the line."""
    started = time.monotonic()
    summary = _summary(seconds_left, insist=is_event)
    denied = aws.denials.taken()
    catalog = os.environ.get("CATALOG", "")
    line = telemetry.fields(summary, denied) | {
        "catalog": catalog,
        "trigger": "event" if is_event else "schedule",
        "duration_ms": round(1000 * (time.monotonic() - started)),
    }
    telemetry.log(logger, summary, line)
    if catalog:
        telemetry.measure(summary, catalog, denied)
    return summary, line


def _summary(seconds_left: Callable[[], float], *, insist: bool) -> Summary:
    """Run; whatever goes wrong, be it the settings or the wiring, is in the summary."""
    try:
        parts = bootstrap.parts(_settings(), os.environ, seconds_left)
        return run(parts, datetime.now(UTC), insist=insist)
    except SettingsError as error:
        return Summary(errors=(str(error),))
    except Exception as error:  # noqa: BLE001  (its words may hold what must not be shown)
        return Summary(errors=(f"unexpected error: {where(error)}",))

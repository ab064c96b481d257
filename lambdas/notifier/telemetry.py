"""What a run tells those who operate it: one log line, and one set of CloudWatch metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from .run import Summary

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

    from .deliver import ChannelReport

SERVICE = "invitation-notifier"
NAMESPACE = "InvitationNotifier"

HEARTBEAT = "Heartbeat"
"""Sent by a run that listed, read and planned everything, and by no other."""


def fields(summary: Summary) -> dict[str, Any]:
    """Return a run's summary as the log line shows it."""
    return {
        "held": summary.held,
        "complete": summary.complete,
        "listed": summary.listed,
        "new": summary.new,
        "expiring": summary.expiring,
        "missed": summary.missed,
        "closed": summary.closed,
        "unresolved": summary.unresolved,
        "details_missing": summary.details_missing,
        "channels": {report.name: _channel(report) for report in summary.channels},
        "errors": list(summary.errors),
    }


def log(logger: Logger, summary: Summary, line: Mapping[str, Any]) -> None:
    """Write the run's one line, at the level at which somebody should look at it."""
    if summary.errors:
        logger.error("run failed", extra=dict(line))
    elif summary.held:
        logger.info("another run holds the lease", extra=dict(line))
    elif any(report.remedy for report in summary.channels):
        logger.warning("run complete, a channel is not connected", extra=dict(line))
    else:
        logger.info("run complete", extra=dict(line))


def measure(summary: Summary, catalog: str) -> None:
    """Emit a run's metrics; a run that found the lease held has nothing to say."""
    if summary.held:
        return
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    metrics.add_dimension(name="catalog", value=catalog)
    for name, value in _values(summary).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()


def _values(summary: Summary) -> dict[str, int]:
    """Return the metrics by name: always whether it sees and how much, the rest if not zero.

    CloudWatch charges for a metric in the hours in which it is sent.
    """
    sight = {HEARTBEAT: 1, "Pending": summary.listed} if summary.complete else {"Blind": 1}
    return sight | {name: value for name, value in _counts(summary).items() if value}


def _counts(summary: Summary) -> dict[str, int]:
    values = {
        "New": summary.new,
        "Expiring": summary.expiring,
        "Missed": summary.missed,
        "Unresolved": summary.unresolved,
        "DetailsMissing": summary.details_missing,
    }
    for report in summary.channels:
        channel = report.name.capitalize()
        values[f"Told{channel}"] = len(report.told_ids)
        values[f"Failed{channel}"] = report.trouble
        values[f"Waiting{channel}"] = report.waiting
        values[f"NotConnected{channel}"] = int(report.remedy is not None)
    return values


def _channel(report: ChannelReport) -> dict[str, Any]:
    line: dict[str, Any] = {
        "due": report.due,
        "told": len(report.told_ids),
        "failed": report.failed,
        "stale": report.stale,
        "waiting": report.waiting,
    }
    if report.off:
        line["off"] = "no subscription"
    if report.remedy:
        line["not_connected"] = report.remedy
    return line

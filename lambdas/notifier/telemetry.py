"""What a run tells those who operate it: one log line, and one set of CloudWatch metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from . import metric_names as names
from .run.run import Summary

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

    from .run.report import ChannelReport


SHOWN = 50
"""Attributes that are named in one line: a table restored in another form has more."""


def fields(summary: Summary, denied: Collection[str]) -> dict[str, Any]:
    """Return a run's summary as the log line shows it; `denied` names what AWS refused."""
    return {
        "held": summary.held,
        "complete": summary.complete,
        "listed": summary.listed,
        "new": summary.new,
        "expiring": summary.expiring,
        "missed": summary.missed,
        "closed": summary.closed,
        "unresolved": summary.unresolved,
        "unread": summary.unread,
        "left_out": summary.left_out,
        "odd_status": summary.odd_status,
        "details_missing": summary.details_missing,
        "unrouted": summary.unrouted,
        "unrouted_yet": summary.unrouted_yet,
        "held_back": summary.held_back,
        "gap_open": summary.gap_open,
        "asked_again": summary.asked_again,
        "overdue_seconds": round(summary.overdue.total_seconds()),
        "channels": {report.name: _channel(report) for report in summary.channels},
        "doubted": list(summary.doubted[:SHOWN]),
        "denied": sorted(set(denied)),
        "errors": list(summary.errors),
    }


def log(logger: Logger, summary: Summary, line: Mapping[str, Any]) -> None:
    """Write the run's one line, at the level at which somebody should look at it."""
    if summary.errors:
        logger.error("run failed", extra=dict(line))
    elif summary.held:
        logger.info("another run holds the lease", extra=dict(line))
    elif summary.gap_open:
        logger.warning("run not complete, the next one goes on", extra=dict(line))
    elif summary.doubted:
        logger.warning("run complete, the ledger held what cannot be so", extra=dict(line))
    elif any(report.not_connected for report in summary.channels):
        logger.warning("run complete, a channel is not connected", extra=dict(line))
    elif any(report.unconfirmed for report in summary.channels):
        logger.warning("run complete, an email address is not confirmed", extra=dict(line))
    else:
        logger.info("run complete", extra=dict(line))


def measure(summary: Summary, catalog: str, denied: Collection[str]) -> None:
    """Emit a run's metrics; a run that found the lease held has nothing to say."""
    if summary.held:
        return
    metrics = EphemeralMetrics(namespace=names.NAMESPACE, service=names.SERVICE)
    metrics.add_dimension(name="catalog", value=catalog)
    for after in summary.history.answered_after:  # First: a hundred of them are sent at once.
        seconds = after.total_seconds()
        metrics.add_metric(name=names.ANSWER_SECONDS, unit=MetricUnit.Seconds, value=seconds)
    for name, value in (_sight(summary) | _counts(summary, denied)).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    for name, span in _spans(summary).items():
        metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=span)
    metrics.flush_metrics()


def _sight(summary: Summary) -> dict[str, int]:
    if summary.complete:
        return {names.HEARTBEAT: 1, names.PENDING: summary.listed}
    return {names.BLIND: 1}


def _counts(summary: Summary, denied: Collection[str]) -> dict[str, int]:
    """Return the counts that are not zero: CloudWatch charges for each in hours it is sent."""
    history = summary.history
    values = Counter(
        {
            names.RECEIVED: history.received,
            names.ACCEPTED: history.accepted,
            names.DECLINED: history.declined,
            names.EXPIRED_UNANSWERED: history.expired,
            names.NEW: summary.new,
            names.EXPIRING: summary.expiring,
            names.MISSED: summary.missed,
            names.UNRESOLVED: summary.unresolved,
            names.UNREAD: summary.unread,
            names.LEFT_OUT: summary.left_out,
            names.ODD_STATUS: summary.odd_status,
            names.DOUBTED: len(summary.doubted),
            names.DETAILS_MISSING: summary.details_missing,
            names.ACCESS_DENIED: len(denied),
        }
    )
    for report in summary.channels:
        values[names.told(report.transport)] += len(report.told)
        values[names.failed(report.transport)] += report.trouble
        values[names.waiting(report.transport)] += report.waiting
        values[names.not_connected(report.transport)] |= int(report.not_connected is not None)
        values[names.unconfirmed(report.transport)] += report.unconfirmed
    return {name: value for name, value in values.items() if value}


def _spans(summary: Summary) -> dict[str, float]:
    spans = {names.OVERDUE: summary.overdue, names.NEXT_EXPIRY: summary.next_expiry}
    return {name: span.total_seconds() for name, span in spans.items() if span}


def _channel(report: ChannelReport) -> dict[str, Any]:
    line: dict[str, Any] = {
        "due": report.due,
        "told": len(report.told),
        "failed": report.failed,
        "stale": len(report.stale),
        "waiting": report.waiting,
    }
    if report.handed:
        line["handed_over"] = report.handed
    if report.off:
        line["off"] = "no subscription"
    if report.not_connected:
        line["not_connected"] = report.not_connected.remedy
        if report.not_connected.routes:
            line["routes_not_connected"] = list(report.not_connected.routes)
    if report.unconfirmed:
        line["unconfirmed"] = report.unconfirmed
    if report.updated or report.untrue:
        line["cards"] = {"updated": report.updated, "waiting": report.untrue}
    if report.given_up:
        line["cards_given_up"] = report.given_up
    return line

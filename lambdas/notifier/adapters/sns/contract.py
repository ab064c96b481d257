"""What programs read: the JSON in an SNS message's `default` part (docs/message-contract.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ...core.message import Message
from ...core.model import ANSWERED, Alert, Details, Invitation, Kind
from ...core.policy import ESCALATION
from ...core.standing import Figures, Standing

_FOR_PROGRAMS = frozenset(kind.value for kind in ANSWERED)

SCHEMA = "1.4"
"""Raised in its second part when fields are added, in its first when readers must change."""


def contract(message: Message) -> dict[str, Any]:
    """Return the machine-readable form of a message; `alerts` is always a list."""
    details = None if message.plain else message.details
    return {
        "schema": SCHEMA,
        "catalog": message.catalog,
        "sent_at": _text(message.now),
        "route": message.route,
        "part": message.part,
        "parts": message.parts,
        "connected": None if message.welcome is None else {"pending": message.welcome},
        "not_connected": _not_connected(message),
        "digest": None if message.standing is None else _digest(message.standing),
        "alerts": [entry(alert, details) for alert in message.alerts],
    }


def _digest(standing: Standing) -> dict[str, Any]:
    """Return a standing digest, with as many invitations as its readers are shown."""
    period = standing.period
    return {
        "since": _text(period.since),
        "until": _text(period.until),
        "figures": _figures(standing.figures),
        "before": None
        if standing.before is None or period.before is None
        else {"since": _text(period.before), "figures": _figures(standing.before)},
        "open": _listed(standing.open, standing),
        "expired": _listed(standing.lost, standing),
    }


def _listed(alerts: Sequence[Alert], standing: Standing) -> dict[str, Any]:
    shown = standing.listed
    return {
        "count": len(alerts),
        "invitations": [_invitation(a.invitation) for a in alerts if a.invitation.id in shown],
    }


def _figures(figures: Figures) -> dict[str, int | None]:
    return {
        "received": figures.received,
        "accepted": figures.accepted,
        "declined": figures.declined,
        "expired": figures.expired,
        "unknown": figures.unknown,
        "late": figures.late,
        "median_seconds_to_answer": _seconds(figures.median),
        "slowest_seconds_to_answer": _seconds(figures.slowest),
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _not_connected(message: Message) -> dict[str, Any] | None:
    about = message.not_connected
    if about is None:
        return None
    return {"channel": about.channel, "remedy": about.remedy, "routes": list(about.routes)}


def entry(alert: Alert, details: Details | None = None) -> dict[str, Any]:
    """Return one alert's entry; its `alert_id` is the same whenever the alert is repeated."""
    return {
        "alert_id": alert.alert_id,
        "kind": alert.kind.value,
        "stage_hours": alert.stage_hours,
        "reason": alert.reason,
        "ended_at": _maybe_text(alert.ended_at),
        "previous_expires_at": _maybe_text(alert.was_until),
        "invitation": _invitation(alert.invitation),
        "details": None if details is None else _details(details),
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "arn": invitation.arn,
        "catalog": invitation.catalog,
        "title": invitation.title,
        "engagement_id": invitation.engagement_id,
        "payload_type": invitation.payload_type,
        "status": invitation.status,
        "participant_type": invitation.participant_type,
        "invited_at": _maybe_text(invitation.invited_at),
        "expires_at": _maybe_text(invitation.expires_at),
        "receiver": {
            "alias": invitation.receiver_alias,
            "account_id": invitation.receiver_account_id,
        },
        "sender": {
            "name": invitation.sender_name,
            "account_id": invitation.sender_account_id,
        },
    }


def _details(details: Details) -> dict[str, Any]:
    return {
        "customer": {
            "name": details.customer,
            "industry": details.industry,
            "country": details.country,
            "website": details.website,
        },
        "project": {
            "title": details.project,
            "opportunity_type": details.opportunity_type,
            "business_problem": details.problem,
            "target_date": details.target_date,
            "expected_spend": [asdict(spend) for spend in details.spend],
        },
        "lead": {
            "use_case": details.use_case,
            "source": details.source,
            "contact_title": details.contact_title,
            "aws_maturity": details.aws_maturity,
            "market_segment": details.market_segment,
        },
        "account_plan": {
            "account": details.account,
            "preferred_time": None
            if details.preferred_time is None
            else asdict(details.preferred_time),
        },
        "triage": dict(details.triage),
        "members": list(details.members),
        "contacts": [asdict(contact) for contact in details.contacts],
        "responsibilities": list(details.responsibilities),
        "message": details.message,
        "description": details.description,
    }


def kinds(message: Message) -> Sequence[str]:
    """Return what subscribers filter by: the kinds of alert in the message, and what else it is."""
    found = {alert.kind.value for alert in message.alerts}
    if message.welcome is not None:
        found.add("connected")
    if message.not_connected is not None:
        found.add("not_connected")
    if message.standing is not None:
        found.add("digest")
    return sorted(found)


def is_for_people(message: Message) -> bool:
    """Say whether anything in a message is worth an email; programs may want all of it."""
    return not _FOR_PROGRAMS.issuperset(kinds(message))


def route(message: Message) -> str:
    """Return what subscribers filter by to get one route's messages, or its escalations."""
    escalated = any(alert.kind is Kind.ESCALATED for alert in message.alerts)
    return f"{message.route}.{ESCALATION}" if escalated else message.route


def payload_types(message: Message) -> Sequence[str]:
    found = {alert.invitation.payload_type for alert in message.alerts}
    return sorted(filter(None, found))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _maybe_text(moment: datetime | None) -> str | None:
    return None if moment is None else _text(moment)

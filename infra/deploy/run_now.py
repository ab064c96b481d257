"""One run just now: whether what was deployed truly works."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import REGION

PATIENCE_SECONDS = 150
"""How long an answer may take: the function lives for 120 seconds, and may have to start first."""

_NAMES = {"sns": "email", "slack": "Slack"}

SHOWN = 1_000
"""How much of a failure's text is shown; the log has the rest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run was seen to do, in one line."""

    line: str
    failed: bool = False


def run_now(session: boto3.Session, function_name: str) -> Outcome:
    """Invoke the function once, wait for its end, and return what it says of itself.

    The heartbeat's alarm cannot say it: right after a first deployment no heartbeat is what a
    function that works and one that cannot work have in common.
    """
    # Invoked once more, it might only find its own first run under way.
    patient = ClientConfig(read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    try:
        answer = session.client("lambda", region_name=REGION, config=patient).invoke(
            FunctionName=function_name, Payload=b"{}"
        )
        said = json.loads(answer["Payload"].read())
    except ClientError as error:
        return _untried(error.response.get("Error", {}).get("Code", "unknown error"))
    except (BotoCoreError, ValueError) as error:
        return _untried(type(error).__name__)
    fields = said if isinstance(said, dict) else {}
    if "FunctionError" in answer:
        return Outcome(f"A run just now failed: {_reason(fields)}", failed=True)
    return Outcome(_seen(fields))


def _untried(reason: str) -> Outcome:
    return Outcome(f"Whether it works could not be tried ({reason}).")


def _reason(fields: dict[str, Any]) -> str:
    text = " ".join(str(fields.get("errorMessage", "see the log")).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _seen(fields: dict[str, Any]) -> str:
    """Say what the run's own summary says (`telemetry.fields`); claim nothing that it does not."""
    if fields.get("held"):
        return "A run just now found that another run was under way; see the log."
    if not fields.get("complete") or "listed" not in fields:
        return "A run just now gave no summary; see the log."
    return f"A run just now: complete, {fields['listed']} pending{_unconnected(fields)}."


def _unconnected(fields: dict[str, Any]) -> str:
    channels = fields.get("channels", {})
    names = [
        _NAMES.get(name, name) for name, report in channels.items() if "not_connected" in report
    ]
    return f"; not connected yet: {', '.join(names)}" if names else ""

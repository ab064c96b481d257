"""One run after a deployment, to see whether it really works."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import CHANNELS, REGION

from .account import error_code

PATIENCE_SECONDS = 150
"""How long an answer may take: the function has to start, then its time-out is 120 seconds."""

SHOWN = 1_000
"""How many characters of an error are shown; the log has the rest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, in one line."""

    line: str
    failed: bool = False


def run_now(session: boto3.Session, function_name: str) -> Outcome:
    """Invoke the function once, wait for it to finish, and return what it reports.

    The heartbeat alarm cannot replace this: right after a first deployment there is no heartbeat
    yet, whether or not the function works.
    """
    # A second attempt might only find the first one still running.
    patient = ClientConfig(read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    try:
        answer = session.client("lambda", region_name=REGION, config=patient).invoke(
            FunctionName=function_name, Payload=b"{}"
        )
        said = json.loads(answer["Payload"].read())
    except (ClientError, BotoCoreError, ValueError) as error:
        return Outcome(f"No answer from the function ({error_code(error)}).")
    fields = said if isinstance(said, dict) else {}
    if "FunctionError" in answer:
        return Outcome(f"The run failed: {_reason(fields)}", failed=True)
    return Outcome(_seen(fields))


def _reason(fields: dict[str, Any]) -> str:
    text = " ".join(str(fields.get("errorMessage", "see the log")).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _seen(fields: dict[str, Any]) -> str:
    """Return what the run's own summary says (`telemetry.fields`), and nothing beyond it."""
    if fields.get("held"):
        return "Another run was already in progress; see the log."
    if not fields.get("complete") or "listed" not in fields:
        return "The run returned no summary; see the log."
    return f"The run succeeded; invitations pending: {fields['listed']}{_unconnected(fields)}."


def _unconnected(fields: dict[str, Any]) -> str:
    channels = fields.get("channels", {})
    names = [
        CHANNELS.get(name, name) for name, report in channels.items() if "not_connected" in report
    ]
    return f"; not connected yet: {', '.join(names)}" if names else ""

"""How Slack is asked, and how it says no: the webhook in plain text, the Web API in JSON."""

from __future__ import annotations

import json
from typing import Any

from .answers import Answer, Request, json_answer, text_answer

RETRY_AFTER_SECONDS = 1

WEBHOOK_STATUS = {
    "action_prohibited": 403,
    "channel_is_archived": 410,
    "channel_not_found": 404,
    "fatal_error": 500,
    "internal_error": 500,
    "invalid_token": 403,
    "no_active_hooks": 404,
    "no_service": 404,
    "no_team": 404,
    "posting_to_general_channel_denied": 403,
    "rollup_error": 500,
    "service_unavailable": 503,
    "team_disabled": 403,
}
"""https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; else 400."""


class SlackError(Exception):
    """A request that is answered with the error's name."""


def refused(error: str, *, is_api: bool) -> Answer:
    if error == "ratelimited":
        limited = {"ok": False, "error": error}
        answer = json_answer(429, limited) if is_api else text_answer(429, "rate_limited")
        return Answer(
            answer.status, answer.body, (*answer.headers, ("Retry-After", str(RETRY_AFTER_SECONDS)))
        )
    if is_api:
        status = 503 if error == "service_unavailable" else 200
        return json_answer(status, {"ok": False, "error": error})
    return text_answer(WEBHOOK_STATUS.get(error, 400), error)


def json_object(text: str | bytes, error: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise SlackError(error) from None
    if not isinstance(value, dict):
        raise SlackError(error)
    return value


def arguments_of(request: Request) -> dict[str, Any]:
    """Return a method's arguments, JSON or form-encoded; nested ones in a form are JSON."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return json_object(request.body or "{}", "invalid_json")  # slack_sdk sends auth.test so
    form: dict[str, Any] = dict(request.form())
    for name in ("blocks", "attachments", "metadata"):
        if name in form:
            form[name] = json_object('{"it": ' + form[name] + "}", "invalid_blocks_format")["it"]
    return form

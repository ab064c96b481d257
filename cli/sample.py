"""Send one sample, clearly marked as one, through a deployed channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from notifier.adapters.slack import secret
from notifier.adapters.slack.channel import SlackChannel
from notifier.core.message import Message
from notifier.core.model import Alert, Kind, NotConnected
from notifier.core.ports import Channel, Failed, Sent
from notifier.settings import Settings

from . import account as accounts
from . import deployed, output
from .asked import Asked, StopError
from .examples import Examples

MARK = "TEST, not a real invitation: "


def send(asked: Asked, *, channel: str, yes: bool, as_json: bool) -> int:
    """Send the sample after asking; return 1 if nobody wanted it, or the channel refused it."""
    account = accounts.read_only(asked)
    settings = deployed.settings(account)
    target = _target(settings, channel)
    if not output.ask(f"Send one message, marked as a test, to everybody at {target}?", yes=yes):
        output.line("Nothing was sent.", stderr=True)
        return 1
    outcome = _channel(asked, account, settings, channel).send(_message(settings.catalog))
    if isinstance(outcome, Failed):
        raise StopError(f"{channel}: {outcome.reason}; nothing is known to have arrived")
    if as_json:
        output.print_json({"channel": channel, "target": target, "sent": isinstance(outcome, Sent)})
    else:
        output.line(f"Sent to {target}.")
    return 0


def _target(settings: Settings, channel: str) -> str:
    if channel == "sns":
        return f"topic {settings.topic_arn}"
    if settings.slack_secret_arn is None:
        raise StopError("Slack is off in this deployment: deploy with -c slack=true")
    return f"the Slack channel of secret {settings.slack_secret_arn}"


def _channel(asked: Asked, account: accounts.Account, settings: Settings, channel: str) -> Channel:
    """Return the function's own channel; the one call that publishes is all that may write."""
    if channel == "sns":
        return deployed.topic(settings, lambda: accounts.writing(asked).client("sns"))
    import os

    slack = SlackChannel(
        lambda: secret.read(account.client("secretsmanager"), settings.slack_secret_arn or ""),
        url=settings.partner_central_url,
        base_url=os.environ.get("SLACK_BASE_URL"),
    )
    found: Any = slack.connect()
    if isinstance(found, NotConnected):
        raise StopError(f"Slack is not connected: {found.remedy}")
    if isinstance(found, Failed):
        raise StopError(f"Slack: {found.reason}")
    return slack


def _message(catalog: str) -> Message:
    now = datetime.now(UTC)
    invitation = Examples(catalog, now).pending()[0]
    marked = replace(invitation, title=MARK + (invitation.title or ""))
    return Message(
        catalog=catalog,
        now=now,
        alerts=(
            Alert(kind=Kind.NEW, invitation=marked, reason="a sample was asked for", since=now),
        ),
        details_off=True,
    )

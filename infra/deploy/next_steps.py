"""What remains for people to do after a deployment, with the exact commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import REGION, Config
from notifier.core.routes import is_email
from notifier.settings import Choices

from . import subscribers
from .subscribers import Audience

WEBHOOK = '{"webhook_url": "https://hooks.slack.com/services/..."}'
BOT = '{"bot_token": "xoxb-...", "channel": "C..."}'


def remaining_steps(
    session: boto3.Session, config: Config, outputs: Mapping[str, str], found: Iterable[Audience]
) -> list[str]:
    """Return the steps that remain, each with its purpose; `outputs` are the stack's.

    `found` is who is subscribed.
    """
    return [*subscribers.steps(found), *_slack_steps(session, config, outputs)]


def ways_to_watch(outputs: Mapping[str, str]) -> Iterator[str]:
    """Yield how to see that it works."""
    yield (
        "To run it without waiting for the schedule:\n"
        f"  aws lambda invoke --region {REGION} --function-name {outputs['FunctionName']} "
        "/dev/stdout"
    )
    if "DashboardUrl" in outputs:
        yield f"The dashboard:\n  {outputs['DashboardUrl']}"


def _slack_steps(
    session: boto3.Session, config: Config, outputs: Mapping[str, str]
) -> Iterator[str]:
    secret = outputs.get("SlackSecretArn")
    if secret is None or _has_value(session, secret):
        return
    channels = ", ".join(["the channel", *bot_channels(config)])
    yield (
        "Connect Slack: write one of these to a file slack.json,\n"
        f"  {WEBHOOK}   (or that address alone)\n"
        f"  {BOT}   (scope chat:write; /invite the bot to {channels})\n"
        "  then store it, and delete the file:\n"
        f"  aws secretsmanager put-secret-value --region {REGION} --secret-id {secret} "
        "--secret-string file://slack.json"
    )


def bot_channels(choices: Choices) -> Iterator[str]:
    """Yield the ids of the channels in Slack that the choices name, each once: a bot has to be in.

    A person needs no invitation.
    """
    named = [route.slack_channel for route in choices.routes]
    named += [*choices.escalate_to, *(to for route in choices.routes for to in route.escalate_to)]
    yield from dict.fromkeys(
        id_ for id_ in named if id_ and id_.startswith(("C", "G")) and not is_email(id_)
    )


def _has_value(session: boto3.Session, secret_arn: str) -> bool:
    """Tell whether a secret was ever filled, without reading it; False if that is not allowed."""
    try:
        secrets: Any = session.client("secretsmanager", region_name=REGION)
        return bool(secrets.describe_secret(SecretId=secret_arn).get("VersionIdsToStages"))
    except (ClientError, BotoCoreError):
        return False

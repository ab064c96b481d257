"""What is left for people to do after a deployment, with the exact commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import REGION, Config

from . import subscribers

WEBHOOK = '{"webhook_url": "https://hooks.slack.com/services/..."}'
BOT = '{"bot_token": "xoxb-...", "channel": "C..."}'


def left_to_do(session: boto3.Session, config: Config, outputs: Mapping[str, str]) -> list[str]:
    """Return the steps that are left, each with what it is for; `outputs` are the stack's."""
    return [*subscribers.steps(session, config, outputs), *_to_fill(session, outputs)]


def to_look(outputs: Mapping[str, str]) -> Iterator[str]:
    """Yield how to see that it works."""
    yield (
        "Run it instead of waiting for the next tick:\n"
        f"  aws lambda invoke --region {REGION} --function-name {outputs['FunctionName']} "
        "/dev/stdout"
    )
    if "DashboardUrl" in outputs:
        yield f"See it at a glance:\n  {outputs['DashboardUrl']}"


def _to_fill(session: boto3.Session, outputs: Mapping[str, str]) -> Iterator[str]:
    secret = outputs.get("SlackSecretArn")
    if secret is None or _has_value(session, secret):
        return
    yield (
        "Give the notifier its place in Slack: write one of these into a file slack.json,\n"
        f"  {WEBHOOK}\n"
        f"  {BOT}   (scope chat:write; /invite the bot into the channel)\n"
        "  then store it, and delete the file:\n"
        f"  aws secretsmanager put-secret-value --region {REGION} --secret-id {secret} "
        "--secret-string file://slack.json"
    )


def _has_value(session: boto3.Session, secret_arn: str) -> bool:
    """Tell whether a secret was ever filled, without reading it; False if we may not look."""
    try:
        secrets: Any = session.client("secretsmanager", region_name=REGION)
        return bool(secrets.describe_secret(SecretId=secret_arn).get("VersionIdsToStages"))
    except (ClientError, BotoCoreError):
        return False

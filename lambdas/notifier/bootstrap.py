"""Build and wire the parts of a run: the only place that knows them all.

What a run does not use is neither imported nor built.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .adapters import aws
from .adapters.ledger import DynamoLedger
from .adapters.pacer import Pacer
from .adapters.partner_central import PartnerCentral
from .core.hours import DAYS
from .core.hours import parse as parse_hours
from .core.policy import ALARMS, ESCALATION, SLACK, SNS, Policy, medium
from .core.ports import Channel
from .run.budget import Budget
from .run.run import Parts
from .settings import Choices, Settings

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

    from .adapters.slack.secret import Secret
    from .core.standing import Times

SLACK_PER_SECOND = 1.0
"""https://docs.slack.dev/apis/web-api/rate-limits: about one message a second per channel."""

LISTING_RESERVE = 30.0
"""Seconds before the end at which a listing gives up, so that the lease is still released."""

QUIET_LOGGERS = ("boto3", "botocore", "s3transfer", "slack_sdk", "urllib3")
"""They log bodies and addresses below WARNING, a secret's value among them."""


def quieten_libraries() -> None:
    """Keep the libraries' loggers at WARNING, whatever level is asked for."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A role that cannot be assumed is in the run's own line; botocore would add a traceback.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)


def parts(settings: Settings, env: Mapping[str, str], seconds_left: Callable[[], float]) -> Parts:
    """Build the parts of one run; every run has its own lease token, and its own pace."""
    rules = deployed_policy(settings)
    channels = _channels(settings, rules, env)
    return Parts(
        source=_partner_central(settings, seconds_left),
        ledger=DynamoLedger(
            aws.client("dynamodb"),
            table=settings.table_name,
            catalog=settings.catalog,
            channels=(*channels, ALARMS),
        ),
        channels=channels,
        policy=rules,
        catalog=settings.catalog,
        budget=Budget(seconds_left),
        payload_types=settings.payload_types,
        alarms=_alarms(settings, rules),
    )


def deployed_policy(settings: Settings) -> Policy:
    """Return what is due when, and for which addresses."""
    return replace(policy(settings), recipients=settings.recipients)


def policy(choices: Choices) -> Policy:
    """Return what is due when, as a deployer chose it."""
    hours, zone = choices.working_hours, ZoneInfo(choices.timezone)
    return Policy(
        stages=tuple(timedelta(hours=hours) for hours in choices.expiring_hours),
        digest_above=choices.digest_above,
        answers_to=frozenset({SNS}),  # Programs want every end; people are spared most.
        cards_on=SLACK,
        working_hours=parse_hours(hours, zone) if hours else None,
        details=choices.details == "full",
        routes=choices.routes,
        mention=choices.mention,
        escalate_hours=choices.escalate_hours,
        escalate_to=choices.escalate_to,
        emails_hear_all=choices.emails_hear_all,
        standing=_standing(choices, zone),
    )


def _standing(choices: Choices, zone: ZoneInfo) -> Times | None:
    if not choices.digest_days:
        return None
    from .core.standing import Times  # noqa: PLC0415  (not everybody wants one)

    days = frozenset(map(DAYS.index, choices.digest_days))
    return Times(days=days, at=time.fromisoformat(choices.digest_at), zone=zone)


def _partner_central(settings: Settings, seconds_left: Callable[[], float]) -> PartnerCentral:
    return PartnerCentral(
        aws.partner_central(
            settings.partner_central_role_arn, settings.partner_central_external_id
        ),
        catalog=settings.catalog,
        payload_types=settings.payload_types,
        enough_time=lambda: seconds_left() > LISTING_RESERVE,
    )


def _channels(
    settings: Settings, rules: Policy, env: Mapping[str, str]
) -> dict[str, Callable[[], Channel]]:
    """Return what builds each channel, by name, in the order of their turns."""
    secret = functools.cache(lambda: _slack_secret(settings))
    topic = functools.cache(lambda: _topic(settings, rules, settings.topic_arn))

    def build(name: str) -> Channel:
        if rules.is_in_slack(name):
            return _slack(name, settings, rules, env, secret)
        return topic()(name)

    names = rules.channels(slack=bool(settings.slack_secret_arn))
    return {name: functools.partial(build, name) for name in names}


def _topic(settings: Settings, rules: Policy, arn: str) -> Callable[[str], Channel]:
    """Return what builds a topic's channels, by name; they have its subscriptions in common."""
    from .adapters.sns import channel  # noqa: PLC0415  (a quiet run does not need it)

    listed = channel.listed(_sns_client, arn)
    return lambda name: channel.SnsChannel(
        _sns_client,
        name=name,
        topic_arn=arn,
        subscriptions=listed,
        policy=rules,
        zone=ZoneInfo(settings.timezone),
        url=settings.partner_central_url,
    )


def _sns_client() -> SNSClient:
    client: SNSClient = aws.client("sns")
    return client


def _alarms(settings: Settings, rules: Policy) -> Callable[[], Channel] | None:
    """Return what builds the other topic, as a channel that is only asked who hears it."""
    arn = settings.ops_topic_arn
    return (lambda: _topic(settings, rules, arn)(ALARMS)) if arn else None


def _slack(
    name: str,
    settings: Settings,
    rules: Policy,
    env: Mapping[str, str],
    secret: Callable[[], Secret],
) -> Channel:
    from .adapters.slack.channel import SlackChannel  # noqa: PLC0415  (a quiet run does not need it)

    route, place = slack_place(rules, name)
    return SlackChannel(
        secret,
        url=settings.partner_central_url,
        route=route,
        place=place,
        # For tests and the demo alone: the stack never sets it.
        base_url=env.get("SLACK_BASE_URL"),
        pace=_slack_pacer().wait,
    )


def slack_place(rules: Policy, name: str) -> tuple[str | None, str | None]:
    """Return the route whose place in Slack a channel is, and the id of a place of its own."""
    if medium(name) == ESCALATION:
        return None, rules.escalated_to(name)[0]
    route = rules.route(name.partition(".")[2])
    return (route.name, route.slack_channel) if route else (None, None)


def _slack_secret(settings: Settings) -> Secret:
    from .adapters.slack import secret  # noqa: PLC0415  (a quiet run does not need it)

    return secret.read(aws.client("secretsmanager"), settings.slack_secret_arn or "")


@functools.cache
def _slack_pacer() -> Pacer:
    return Pacer(SLACK_PER_SECOND)

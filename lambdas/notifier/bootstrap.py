"""Build and wire the parts of a run: the only place that knows them all.

Clients are kept between invocations; what a run does not use is neither imported nor built.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import botocore.session
from botocore.config import Config

from .adapters.ledger import DynamoLedger
from .adapters.partner_central import (
    READS_PER_SECOND,
    PartnerCentral,
    lenient_timestamp,
    refuse_non_json,
)
from .core.model import Policy
from .core.ports import Channel
from .pacer import Pacer
from .run import Notifier
from .settings import REGION, Settings

SLACK_PER_SECOND = 1.0
"""https://docs.slack.dev/apis/web-api/rate-limits: about one message a second per channel."""

LISTING_RESERVE = 30.0
"""Seconds before the end at which a listing gives up, so that the lease is still released."""

QUIET_LOGGERS = ("boto3", "botocore", "s3transfer", "slack_sdk", "urllib3")
"""They log bodies and addresses below WARNING, a secret's value among them."""

_CONFIGS = {
    # One page with all its attempts stays under LISTING_RESERVE.
    "partnercentral-selling": Config(
        connect_timeout=2, read_timeout=6, retries={"total_max_attempts": 3, "mode": "standard"}
    ),
    # Three attempts and their pauses stay under run.WRITE_TIME.
    "dynamodb": Config(
        connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"}
    ),
    # A publish that was sent twice is read twice: the topic does not de-duplicate.
    "sns": Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1}),
    "secretsmanager": Config(
        connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
    ),
}


def quieten_libraries() -> None:
    """Keep the libraries' loggers at WARNING, whatever level is asked for."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def build_quiet_clients() -> None:
    """Build the clients that every run needs."""
    client("dynamodb")
    _partner_central_client()


@functools.cache
def client(service: str) -> Any:
    """Return the service's client, built once an execution environment."""
    build: Callable[..., Any] = _session().client
    return build(service, region_name=REGION, config=_CONFIGS[service])


@functools.cache
def _partner_central_client() -> Any:
    """Return Partner Central's client, paced at every attempt: the SDK's retries count too."""
    selling, pacer = client("partnercentral-selling"), Pacer(READS_PER_SECOND)
    selling.meta.events.register("before-send.partnercentral-selling", lambda **_: pacer.wait())
    selling.meta.events.register("before-parse.partnercentral-selling", refuse_non_json)
    return selling


@functools.cache
def _session() -> boto3.Session:
    session = botocore.session.get_session()
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=lenient_timestamp)
    return boto3.Session(botocore_session=session)


def notifier(
    settings: Settings, env: Mapping[str, str], seconds_left: Callable[[], float]
) -> Notifier:
    """Wire one run; every run has its own lease token, and its own pace."""
    channels = _channels(settings, env)
    return Notifier(
        source=_partner_central(settings, seconds_left),
        ledger=DynamoLedger(
            client("dynamodb"),
            table=settings.table_name,
            catalog=settings.catalog,
            channels=tuple(channels),
        ),
        channels=channels,
        policy=Policy(
            stages=tuple(timedelta(hours=hours) for hours in settings.expiring_hours),
            digest_above=settings.digest_above,
        ),
        catalog=settings.catalog,
        seconds_left=seconds_left,
    )


def _partner_central(settings: Settings, seconds_left: Callable[[], float]) -> PartnerCentral:
    return PartnerCentral(
        _partner_central_client(),
        catalog=settings.catalog,
        payload_types=settings.payload_types,
        enough_time=lambda: seconds_left() > LISTING_RESERVE,
    )


def _channels(settings: Settings, env: Mapping[str, str]) -> dict[str, Callable[[], Channel]]:
    """Return the channels by name, in the order of their turns. Adding one is one line here."""
    channels: dict[str, Callable[[], Channel]] = {"sns": lambda: _sns(settings)}
    if settings.slack_secret_arn:
        channels["slack"] = lambda: _slack(settings, env)
    return channels


def _sns(settings: Settings) -> Channel:
    from .adapters.sns import SnsChannel  # noqa: PLC0415  (a quiet run does not need it)

    return SnsChannel(
        lambda: client("sns"),
        topic_arn=settings.topic_arn,
        emails_expected=settings.emails_expected,
        zone=ZoneInfo(settings.timezone),
        url=settings.partner_central_url,
    )


def _slack(settings: Settings, env: Mapping[str, str]) -> Channel:
    from .adapters.slack import SlackChannel  # noqa: PLC0415  (a quiet run does not need it)

    return SlackChannel(
        lambda: client("secretsmanager"),
        secret_arn=settings.slack_secret_arn or "",
        url=settings.partner_central_url,
        # For tests and the demo alone: the stack never sets it.
        base_url=env.get("SLACK_BASE_URL"),
        pace=_slack_pacer().wait,
    )


@functools.cache
def _slack_pacer() -> Pacer:
    return Pacer(SLACK_PER_SECOND)

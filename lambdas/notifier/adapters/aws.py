"""The AWS clients of a run: how long each may take, at what pace, and in whose name.

They are kept between invocations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials

from ..metric_names import SERVICE
from ..settings import REGION, Settings
from .denials import Denials
from .pacer import Pacer
from .partner_central import READS_PER_SECOND, lenient_timestamp, refuse_non_json

_CONFIGS = {
    # One page with all its attempts stays under bootstrap.LISTING_RESERVE.
    "partnercentral-selling": Config(
        connect_timeout=2, read_timeout=6, retries={"total_max_attempts": 3, "mode": "standard"}
    ),
    # Three attempts and their pauses stay under budget.WRITE_TIME.
    "dynamodb": Config(
        connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"}
    ),
    # A publish that was sent twice is read twice: the topic does not de-duplicate.
    "sns": Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1}),
    "secretsmanager": Config(
        connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
    ),
    "sts": Config(
        connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
    ),
}

denials = Denials()
"""What AWS refused since it was last asked for."""


@functools.cache
def client(service: str) -> Any:
    """Return the service's client in the function's own name, built once an environment."""
    return _build(_session(), service)


@functools.cache
def partner_central(role_arn: str | None, external_id: str | None) -> Any:
    """Return Partner Central's client, in the name of `role_arn` if there is one.

    It is paced at every attempt: the SDK's retries count towards the quota too.
    """
    session = _session() if role_arn is None else _session_as(role_arn, external_id)
    selling, pacer = _build(session, "partnercentral-selling"), Pacer(READS_PER_SECOND)
    selling.meta.events.register("before-send.partnercentral-selling", lambda **_: pacer.wait())
    selling.meta.events.register("before-parse.partnercentral-selling", refuse_non_json)
    return selling


def build_quiet(settings: Settings) -> None:
    """Build the clients that every run needs."""
    client("dynamodb")
    partner_central(settings.partner_central_role_arn, settings.partner_central_external_id)


def _build(session: boto3.Session, service: str) -> Any:
    build: Callable[..., Any] = session.client
    return build(service, region_name=REGION, config=_CONFIGS[service])


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(botocore_session=_core_session())


def _session_as(role_arn: str, external_id: str | None) -> boto3.Session:
    """Return a session that takes the role when it first signs, and again before it runs out."""
    core = _core_session()
    # botocore declares no way to hand it refreshable credentials, but looks for them here.
    core._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001
        method="assume-role", refresh_using=lambda: _assume(role_arn, external_id)
    )
    return boto3.Session(botocore_session=core)


def _assume(role_arn: str, external_id: str | None) -> Mapping[str, str]:
    given = {"ExternalId": external_id} if external_id else {}
    answer = client("sts").assume_role(RoleArn=role_arn, RoleSessionName=SERVICE, **given)
    credentials = answer["Credentials"]
    return {
        "access_key": credentials["AccessKeyId"],
        "secret_key": credentials["SecretAccessKey"],
        "token": credentials["SessionToken"],
        "expiry_time": credentials["Expiration"].isoformat(),
    }


def _core_session() -> botocore.session.Session:
    session = botocore.session.get_session()
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=lenient_timestamp)
    session.register("after-call", denials.note)
    return session

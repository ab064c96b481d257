"""The AWS clients of a run: how long each may take, at what pace, and as whom.

They are kept between invocations. What botocore makes of answers is mended here too, for all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.utils import parse_timestamp

from ..core.model import YEARS
from ..metric_names import SERVICE
from ..settings import REGION, Settings
from .listing import check_answer, check_listing
from .pacer import Pacer

READS_PER_SECOND = 10
"""https://docs.aws.amazon.com/partner-central/latest/APIReference/quotas.html"""

_CONFIGS = {
    # One page with all its attempts stays under bootstrap.LISTING_RESERVE.
    "partnercentral-selling": Config(
        connect_timeout=2, read_timeout=6, retries={"total_max_attempts": 3, "mode": "standard"}
    ),
    # Three attempts and their pauses stay under run.budget.WRITE_TIME.
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

_DENIED = frozenset({"AccessDenied", "AuthorizationError", "KMSAccessDenied"})
"""Some services add "Exception"; SNS has words of its own.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
"""


class Denials:
    """Collects refused calls by name, from every client that `note` is registered with."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def note(self, **call: Any) -> None:
        """Look at one call's answer: takes what botocore's `after-call` event gives."""
        code = call["parsed"].get("Error", {}).get("Code", "")
        if code.removesuffix("Exception") in _DENIED:
            model = call["model"]
            self._names.append(f"{model.service_model.service_name}:{model.name}")

    def taken(self) -> list[str]:
        """Return the refused calls since this was last asked, one entry a call."""
        names, self._names = self._names, []
        return names


denials = Denials()
"""What AWS refused since it was last asked for."""


@functools.cache
def client(service: str) -> Any:
    """Return the service's client as the function's own role, built once an environment."""
    return build(_session(), service)


@functools.cache
def partner_central(role_arn: str | None, external_id: str | None) -> Any:
    """Return Partner Central's client, through `role_arn` if there is one.

    It is paced at every attempt: the SDK's retries count towards the quota too.
    """
    if role_arn is None:
        return selling(_session())
    core = botocore.session.get_session()
    return selling(assuming(core, lambda: client("sts"), role_arn, external_id))


def selling(session: boto3.Session, *, per_second: float = READS_PER_SECOND) -> Any:
    """Return Partner Central's client from a session, paced."""
    built, pacer = build(session, "partnercentral-selling"), Pacer(per_second)
    built.meta.events.register("before-send.partnercentral-selling", lambda **_: pacer.wait())
    built.meta.events.register("before-parse.partnercentral-selling", _check)
    return built


def _check(*, operation_model: Any, **answer: Any) -> None:
    is_listing = operation_model.name == "ListEngagementInvitations"
    (check_listing if is_listing else check_answer)(**answer)


def build_quiet(settings: Settings) -> None:
    """Build the clients that every run needs."""
    client("dynamodb")
    partner_central(settings.partner_central_role_arn, settings.partner_central_external_id)


def build(session: boto3.Session, service: str) -> Any:
    """Return the service's client from a session, with its time limits and attempts."""
    make: Callable[..., Any] = session.client
    return make(service, region_name=REGION, config=_CONFIGS.get(service))


@functools.cache
def _session() -> boto3.Session:
    return lenient(botocore.session.get_session())


def lenient(core: botocore.session.Session) -> boto3.Session:
    """Return a session that reads every date, and notes what is refused."""
    parsers = core.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=lenient_timestamp)
    core.register("after-call", denials.note)
    return boto3.Session(botocore_session=core)


def assuming(
    core: botocore.session.Session,
    sts: Callable[[], Any],
    role_arn: str,
    external_id: str | None,
) -> boto3.Session:
    """Return a session that assumes the role when it first signs, and again before it expires."""
    # botocore declares no way to hand it refreshable credentials, but looks for them here.
    core._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001
        method="assume-role", refresh_using=lambda: _assume(sts(), role_arn, external_id)
    )
    return lenient(core)


def _assume(sts: Any, role_arn: str, external_id: str | None) -> Mapping[str, str]:
    given = {"ExternalId": external_id} if external_id else {}
    answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=SERVICE, **given)
    credentials = answer["Credentials"]
    return {
        "access_key": credentials["AccessKeyId"],
        "secret_key": credentials["SecretAccessKey"],
        "token": credentials["SessionToken"],
        "expiry_time": credentials["Expiration"].isoformat(),
    }


def lenient_timestamp(value: Any) -> datetime | None:
    """Parse a date of the wire; None if it cannot be read.

    botocore's own parser raises, and so refuses the whole page for one entry's broken date.
    """
    try:
        moment = _parse_moment(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        found = aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError, RuntimeError, AttributeError):
        return None
    return found if found.year in YEARS else None


def _parse_moment(value: Any) -> datetime:
    """Parse a date as it is on the wire; any other by botocore's own, slower parser."""
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    moment: datetime = parse_timestamp(value)
    return moment

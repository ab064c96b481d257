"""Who is asked, and for what: the configuration and credentials that `make deploy` would use.

`session` refuses, before anything leaves the process, whatever does not only read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .asked import Asked, StopError, UsageError

if TYPE_CHECKING:
    import boto3

    from infra.config import Config
    from infra.deploy.options import Options

Guard = Callable[..., None]

ROOT = Path(__file__).resolve().parents[1]

READS_PER_SECOND = 2
"""A fifth of the account's quota, which its CRM connectors and the function need too."""

READING = frozenset(
    {
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudwatch:DescribeAlarms",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "lambda:GetFunctionConfiguration",
        "partnercentral-selling:GetEngagementInvitation",
        "partnercentral-selling:ListEngagementInvitations",
        "secretsmanager:GetSecretValue",
        "sns:ListSubscriptionsByTopic",
        "ssm:GetParameter",
        "sts:GetCallerIdentity",
    }
)
"""Every operation that a reading command may call: the SDK's names of service and operation.

`docs/security.md` grants them.
"""

SIGNING_IN = frozenset(
    {
        "signin:CreateOAuth2Token",
        "sso-oidc:CreateToken",
        "sso:GetRoleCredentials",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
    }
)
"""What the SDK itself calls to get credentials."""


SANDBOX = "Sandbox"

IN_SANDBOX = frozenset(
    {
        "partnercentral-selling:CreateOpportunity",
        "partnercentral-selling:RejectEngagementInvitation",
    }
)
"""What `sandbox` may call beyond reading, in that catalog alone."""


class WritingRefusedError(StopError):
    """A reading command was about to call something that is not on the list: a fault in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A deployment's configuration, and a session with the credentials that it would be made with.

    `context` holds what the configuration was read from, CDK's own settings included.
    """

    config: Config
    context: dict[str, Any]
    session: boto3.Session

    def client(self, service: str) -> Any:
        """Return a service's client, as patient as the function's own."""
        from notifier.adapters import aws

        return aws.build(self.session, service)

    def partner_central(self) -> Any:
        """Return Partner Central's client: paced, and through another role if one is configured."""
        from notifier.adapters import aws

        role, external_id = (
            self.config.partner_central_role_arn,
            self.config.partner_central_external_id,
        )
        if role is None:
            return aws.selling(self.session, per_second=READS_PER_SECOND)
        core = _core(profile=None, guard=_refuse_writing)
        session = aws.assuming(core, lambda: self.client("sts"), role, external_id)
        return aws.selling(session, per_second=READS_PER_SECOND)


def read_only(asked: Asked) -> Account:
    """Return an account of which everything can be read, and nothing changed."""
    return _account(asked, guard=_refuse_writing)


def writing(asked: Asked) -> Account:
    """Return an account that may be changed: for one call, after asking."""
    return _account(asked, guard=None)


def sandbox_only(asked: Asked) -> Account:
    """Return an account that may be read, and changed in the Sandbox catalog alone."""
    return _account(asked, guard=_refuse_other_catalogs)


def _account(asked: Asked, *, guard: Guard | None) -> Account:
    from infra.config import Config
    from notifier.adapters import aws
    from notifier.bootstrap import quieten_libraries

    read = _options(asked)
    config = Config.from_context(read.context)
    quieten_libraries()
    core = _core(profile=read.profile, guard=guard)
    return Account(config=config, context=read.context, session=aws.lenient(core))


def _options(asked: Asked) -> Options:
    from infra.deploy import options
    from infra.deploy.account import NotReadyError

    try:
        return options.read(asked.arguments(), os.environ, ROOT)
    except NotReadyError as error:
        raise UsageError(str(error)) from None


def _core(*, profile: str | None, guard: Guard | None) -> Any:
    import botocore.session

    core = botocore.session.Session(profile=profile)
    if guard:
        core.register("before-call", guard)
    return core


def _refuse_writing(**call: Any) -> None:
    """Raise for an operation on no list: takes what botocore's `before-call` event gives.

    It comes before a request is signed, so that a refused one needs no credentials either.
    """
    if (called := _name(call)) not in READING | SIGNING_IN:
        raise WritingRefusedError(f"{called} was not called: it is not on the list of what reads")


def _refuse_other_catalogs(**call: Any) -> None:
    """Raise for what writes anywhere but in the Sandbox catalog: takes what `before-call` gives."""
    if (called := _name(call)) not in IN_SANDBOX:
        _refuse_writing(**call)
    elif json.loads(call["params"]["body"]).get("Catalog") != SANDBOX:
        raise WritingRefusedError(f"{called} was not called: its catalog is not {SANDBOX}")


def _name(call: Mapping[str, Any]) -> str:
    model = call["model"]
    return f"{model.service_model.service_name}:{model.name}"


def explained(error: Exception) -> tuple[str, int] | None:
    """Return a foreseeable error's one line and exit code; None for what should not happen."""
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.deploy.account import NotReadyError, error_code
    from infra.refusal import ConfigError
    from notifier.core.ports import NotifierError
    from notifier.settings import SettingsError

    if isinstance(error, ConfigError):
        return str(error), UsageError.code
    if isinstance(error, NotReadyError | NotifierError | SettingsError):
        return str(error), StopError.code
    if isinstance(error, ClientError):
        operation = error.operation_name
        return f"AWS refuses {operation} ({error_code(error)})", StopError.code
    if isinstance(error, BotoCoreError):
        return f"AWS cannot be asked: {error}", StopError.code
    return None

"""Whether the account is ready for CDK: whose credentials these are, and what is set up."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from infra.config import REGION

PARTITION = "aws"

BOOTSTRAP_VERSION = 6
"""The version that the stack's manifest requires."""

QUALIFIER = "hnb659fds"
"""CDK's default, part of its own resources' names unless the context sets another.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

QUALIFIER_KEY = "@aws-cdk/core:bootstrapQualifier"
"""The context key that both the CDK CLI and the stack read."""


def bootstrap_parameter(qualifier: str) -> str:
    """Return where `cdk bootstrap` writes its version."""
    return f"/cdk-bootstrap/{qualifier}/version"


class NotReadyError(Exception):
    """Nothing was deployed: one line that says what is missing and how to fix it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who deploys, and to which account."""

    account: str
    arn: str


def caller(session: boto3.Session) -> Caller:
    """Ask AWS whose the credentials are; raise NotReadyError if they cannot be used."""
    try:
        answer = session.client("sts", region_name=REGION).get_caller_identity()
    except EndpointConnectionError as error:
        raise NotReadyError(f"AWS cannot be reached ({error}); check the network") from None
    except ClientError as error:
        raise NotReadyError(
            f"AWS rejects the credentials ({error_code(error)}); sign in again"
        ) from None
    except BotoCoreError as error:
        raise NotReadyError(
            f"no usable AWS credentials ({error_code(error)}); sign in with `aws sso login` or "
            "`aws configure`, or name a profile in AWS_PROFILE"
        ) from None
    found = Caller(answer["Account"], answer["Arn"])
    if (partition := found.arn.split(":")[1]) != PARTITION:
        raise NotReadyError(
            f"the credentials are for the partition {partition}; "
            f"allowed: {PARTITION}, the only one with Partner Central"
        )
    return found


def check_bootstrap(session: boto3.Session, account: str, qualifier: str) -> str | None:
    """Raise NotReadyError if CDK's own resources are missing or too old.

    Return None if they are fine, or one line that says why this cannot be checked: whoever deploys
    only through CDK's roles may not be allowed to look.
    """
    try:
        ssm = session.client("ssm", region_name=REGION)
        found = ssm.get_parameter(Name=bootstrap_parameter(qualifier))["Parameter"]["Value"]
    except (ClientError, BotoCoreError) as error:
        code = error_code(error)
        if code == "ParameterNotFound":
            raise NotReadyError(
                f"account {account} is not bootstrapped for CDK in {REGION}{_aside(qualifier)}; "
                f"run: {_remedy(qualifier)}"
            ) from None
        return f"cannot check whether CDK is bootstrapped in {REGION} ({code}); continuing"
    if int(found) < BOOTSTRAP_VERSION:
        raise NotReadyError(
            f"account {account} is bootstrapped for CDK with version {found}, but "
            f"{BOOTSTRAP_VERSION} is needed; run: {_remedy(qualifier)}"
        )
    return None


def error_code(error: Exception) -> str:
    """Return AWS's code for an error, or the name of an error that does not come from AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown error"))
    return type(error).__name__


def _aside(qualifier: str) -> str:
    return "" if qualifier == QUALIFIER else f" with the qualifier {qualifier}"


def _remedy(qualifier: str) -> str:
    """Return the command; it leaves CDK's default stack alone, which others may deploy through."""
    if qualifier == QUALIFIER:
        return "make bootstrap"
    given = f"-c {QUALIFIER_KEY}={qualifier} --toolkit-stack-name CDKToolkit-{qualifier}"
    return f'make bootstrap ARGS="{given}"'

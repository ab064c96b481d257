"""Whether the account is ready for CDK: whose credentials these are, and what is prepared."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from infra.config import REGION

PARTITION = "aws"

BOOTSTRAP_VERSION = 6
"""What the stack's manifest asks for."""

QUALIFIER = "hnb659fds"
"""CDK's own, by which it tells its resources from others' unless the context has another one.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

QUALIFIER_KEY = "@aws-cdk/core:bootstrapQualifier"
"""The context key that both the CDK CLI and the stack read."""


def bootstrap_parameter(qualifier: str) -> str:
    """Return where `cdk bootstrap` writes its version."""
    return f"/cdk-bootstrap/{qualifier}/version"


class NotReadyError(Exception):
    """Nothing was deployed: one line that says what is missing and how to mend it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who deploys, and where to."""

    account: str
    arn: str


def caller(session: boto3.Session) -> Caller:
    """Ask AWS whose the credentials are; raise NotReadyError if they cannot be used here."""
    try:
        answer = session.client("sts", region_name=REGION).get_caller_identity()
    except EndpointConnectionError as error:
        raise NotReadyError(f"AWS cannot be reached ({error}); check the network") from None
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        raise NotReadyError(f"AWS refuses the credentials ({code}); sign in again") from None
    except BotoCoreError as error:
        raise NotReadyError(
            f"no usable AWS credentials ({type(error).__name__}); sign in with `aws sso login` or "
            "`aws configure`, or name a profile in AWS_PROFILE"
        ) from None
    found = Caller(answer["Account"], answer["Arn"])
    if (partition := found.arn.split(":")[1]) != PARTITION:
        raise NotReadyError(
            f"the credentials are for the partition {partition}; "
            f"allowed: {PARTITION}, the only one with Partner Central"
        )
    return found


def look_for_bootstrap(session: boto3.Session, account: str, qualifier: str) -> str | None:
    """Raise NotReadyError if CDK's own resources are missing or too old.

    Return None if they are there, else one line that says why nobody can tell: whoever deploys
    through CDK's roles alone need not be allowed to look.
    """
    try:
        ssm = session.client("ssm", region_name=REGION)
        found = ssm.get_parameter(Name=bootstrap_parameter(qualifier))["Parameter"]["Value"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        if code == "ParameterNotFound":
            raise NotReadyError(
                f"account {account} is not prepared for CDK in {REGION}{_aside(qualifier)}; "
                f"run: {_remedy(qualifier)}"
            ) from None
        return f"cannot tell whether CDK is prepared in {REGION} ({code}); going on"
    except BotoCoreError as error:
        return f"cannot tell whether CDK is prepared in {REGION} ({type(error).__name__}); going on"
    if int(found) < BOOTSTRAP_VERSION:
        raise NotReadyError(
            f"account {account} is prepared for CDK with version {found}, and {BOOTSTRAP_VERSION} "
            f"is needed; run: {_remedy(qualifier)}"
        )
    return None


def _aside(qualifier: str) -> str:
    return "" if qualifier == QUALIFIER else f" with the qualifier {qualifier}"


def _remedy(qualifier: str) -> str:
    """Return the command; CDK's usual stack is left alone, which others may deploy through."""
    if qualifier == QUALIFIER:
        return "make bootstrap"
    given = f"-c {QUALIFIER_KEY}={qualifier} --toolkit-stack-name CDKToolkit-{qualifier}"
    return f'make bootstrap ARGS="{given}"'

"""`python -m infra.deploy [bootstrap] [-c key=value …] [what the CDK CLI takes …]`."""

from __future__ import annotations

import sys

import boto3
from botocore.exceptions import ProfileNotFound

from infra.cli.run import InstallError, cdk
from infra.config import ConfigError

from .account import NotReadyError
from .deployment import bootstrap, deploy

COMMANDS = {"bootstrap": bootstrap}


def main(arguments: list[str]) -> int:
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is not None:
        return command(arguments[1:], boto3.Session(), cdk)
    return deploy(arguments, boto3.Session(), cdk)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ConfigError, InstallError, NotReadyError, ProfileNotFound) as error:
        sys.exit(str(error))

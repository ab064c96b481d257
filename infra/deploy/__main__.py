"""`python -m infra.deploy [bootstrap] [-c key=value …] [what the CDK CLI takes …]`."""

from __future__ import annotations

import sys

from botocore.exceptions import ProfileNotFound

from infra.config import ConfigError
from toolchain.cdk.run import InstallError, cdk

from .account import NotReadyError
from .deployment import bootstrap, deploy, session_for

COMMANDS = {"bootstrap": bootstrap}


def main(arguments: list[str]) -> int:
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is not None:
        return command(arguments[1:], session_for(arguments[1:]), cdk)
    return deploy(arguments, session_for(arguments), cdk)


if __name__ == "__main__":
    # In a log, too, a refusal comes after what it is about.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        sys.exit(main(sys.argv[1:]))
    except (ConfigError, InstallError, NotReadyError, ProfileNotFound) as error:
        sys.exit(str(error))

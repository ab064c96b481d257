"""`python -m infra.deploy [bootstrap | subscribe] [-c key=value …] [options of the CDK CLI …]`."""

from __future__ import annotations

import sys

from botocore.exceptions import ProfileNotFound

from infra.refusal import ConfigError
from toolchain import cdk
from toolchain.cache import BuildError

from .account import NotReadyError
from .deployment import bootstrap, deploy, session_for, subscribe

COMMANDS = {"bootstrap": bootstrap, "subscribe": subscribe}


def main(arguments: list[str]) -> int:
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is not None:
        return command(arguments[1:], session_for(arguments[1:]), cdk.run)
    return deploy(arguments, session_for(arguments), cdk.run)


if __name__ == "__main__":
    # Keeps the order of the lines where standard output is not a terminal, as in a log.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        sys.exit(main(sys.argv[1:]))
    except (ConfigError, BuildError, NotReadyError, ProfileNotFound) as error:
        sys.exit(str(error))

"""Run the CDK CLI with the arguments given, in the project's folder."""

from __future__ import annotations

import sys

from .run import InstallError, cdk

try:
    sys.exit(cdk(sys.argv[1:]))
except InstallError as error:
    sys.exit(str(error))

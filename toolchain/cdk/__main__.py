"""Run the CDK CLI with the arguments given, in the project's folder."""

from __future__ import annotations

import sys

from toolchain.cache import BuildError

from . import run

try:
    sys.exit(run(sys.argv[1:]))
except BuildError as error:
    sys.exit(str(error))

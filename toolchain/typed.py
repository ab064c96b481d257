"""`python -m toolchain.typed MODULE [ARGUMENT …]`: run a module with what was typed in ARGS too.

It takes ARGS from the environment, so that no shell stands between and reads `&`, `;`, `$` or `*`
as its own. Blanks separate arguments; quotes and backslashes keep them together, as in a shell.
"""

from __future__ import annotations

import os
import runpy
import shlex
import sys


def main() -> None:
    module, *arguments = sys.argv[1:]
    typed = os.environ.pop("ARGS", "")
    try:
        arguments += shlex.split(typed)
    except ValueError as error:
        sys.exit(f"ARGS={typed}: {str(error).lower()}; write a quote or backslash within quotes")
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

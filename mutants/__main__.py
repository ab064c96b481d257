"""Break the code in every place, and print what no test notices; then totals.

`python -m mutants [--base REV | --all | --file PATH …] [--every N] [--jobs N]` judges the files
that differ from HEAD or from another revision, or all, or some. It exits with 1 if a mutant
survived that `accepted.toml` does not list.
"""

from __future__ import annotations

import sys

from toolchain.cache import BuildError

from .tool import installed

try:
    sys.path.append(str(installed()))  # Before what imports it.
except BuildError as error:
    sys.exit(str(error))

from .session import main

if __name__ == "__main__":
    sys.exit(main(__doc__))

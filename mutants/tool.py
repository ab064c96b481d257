"""The mutation tool: mutmut's operators, and libcst for them to work on.

Both are installed beside this project's environment, from wheels that are pinned with hashes.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from toolchain import pip
from toolchain.cache import built

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def installed() -> Path:
    """Return the folder from which `mutmut` and `libcst` are imported; fill it if necessary."""
    python = f"{sys.implementation.cache_tag} {sys.platform} {platform.machine()}"  # compiled
    inputs = (REQUIREMENTS, Path(pip.__file__))
    return built("mutation-tool", _install, inputs=inputs, facts=python)


def _install(folder: Path) -> None:
    pip.install(REQUIREMENTS, folder)

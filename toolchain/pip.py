"""Install a complete list of pinned requirements into a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .cache import BuildError

_INSTALL = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
    # The list is complete; what its members ask for would depend on the Python that builds.
    *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"),
)


def install(requirements: Path, folder: Path, *options: str) -> None:
    """Install wheels only, each with the hash in the list, or raise BuildError."""
    paths = ("--requirement", str(requirements), "--target", str(folder))
    ended = subprocess.run(  # noqa: S603
        [sys.executable, *_INSTALL, *options, *paths], check=False, capture_output=True, text=True
    )
    if ended.returncode:
        sys.stderr.write(ended.stderr)
        raise BuildError(f"pip could not install {requirements.name}; see its output above")

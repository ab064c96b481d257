"""What stands around the function in Lambda: its runtime's client, and an emulator of the service.

Both come from wheels that are pinned with hashes, into a folder of their own: the function's
process sees neither this project's environment nor anything else that is installed.
"""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from toolchain import pip
from toolchain.cache import built

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

BINARIES = {
    "x86_64": "aws-lambda-rie-x86_64",
    "aarch64": "aws-lambda-rie-arm64",
}
"""The emulator's file for each kind of machine; it is made for Linux alone."""

_WITHIN = Path("samcli", "local", "rapid")


@dataclass(frozen=True, slots=True)
class Installed:
    """The emulator's program, and the folder from which `awslambdaric` is imported."""

    emulator: Path
    runtime: Path


def runs_here() -> bool:
    """Return whether there is an emulator for this kind of machine."""
    return sys.platform == "linux" and platform.machine() in BINARIES


def installed() -> Installed:
    """Return the emulator that the requirements pin; install it if necessary."""
    python = f"{sys.implementation.cache_tag} {platform.machine()}"  # its client is compiled
    inputs = (REQUIREMENTS, Path(__file__), Path(pip.__file__))
    folder = built("emulator", _install, inputs=inputs, facts=python)
    return Installed(emulator=folder / "emulator", runtime=folder / "runtime")


def _install(folder: Path) -> None:
    runtime = folder / "runtime"
    pip.install(REQUIREMENTS, runtime)
    (runtime / _WITHIN / BINARIES[platform.machine()]).rename(folder / "emulator")
    (folder / "emulator").chmod(0o755)
    _keep_the_client(runtime)


def _keep_the_client(runtime: Path) -> None:
    """Remove what is left of the emulator's own package, and what no import needs."""
    for path in (runtime / "samcli", runtime / "bin", *runtime.glob("*.dist-info")):
        shutil.rmtree(path, ignore_errors=True)

"""Install the pinned CDK CLI once, then run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from toolchain.cache import built, key_of
from toolchain.node import NODE, NPM

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / "build" / "cdk"
PINS = (HERE / "package.json", HERE / "package-lock.json")

# npm compares the package with the hash in the lock. It has no scripts that are needed: none runs.
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


class InstallError(Exception):
    """The CDK CLI cannot be installed: one line that says what to look at."""


def cdk(arguments: Sequence[str], variables: Mapping[str, str] = MappingProxyType({})) -> int:
    """Run the CDK CLI in the project's folder, with variables more; return its exit code."""
    program = installed() / "node_modules" / "aws-cdk" / "bin" / "cdk"
    sys.stdout.flush()  # in a file, too, what was said before stands before what CDK says
    return subprocess.run(  # noqa: S603
        [NODE, program, *arguments],
        cwd=ROOT,
        env=environment({**os.environ, **variables}),
        check=False,
    ).returncode


def installed() -> Path:
    """Return the folder that holds the pinned CLI; install it if need be."""
    return built(CACHE, key_of(ROOT, PINS), _install)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the Node that pip installed is found before any other."""
    path = os.pathsep.join([str(NODE.parent), given.get("PATH", os.defpath)])
    return {"CDK_DISABLE_CLI_TELEMETRY": "true", **given, "PATH": path}


def _install(folder: Path) -> None:
    sys.stderr.write("Installing the pinned CDK CLI into build/cdk ...\n")
    for path in PINS:
        shutil.copy(path, folder)
    _npm_ci(folder)


def _npm_ci(folder: Path) -> None:
    ended = subprocess.run(  # noqa: S603
        [NODE, NPM, *NPM_CI],
        cwd=folder,
        env=environment(os.environ),
        stdout=subprocess.DEVNULL,  # standard output belongs to the CDK CLI
        check=False,
    )
    if ended.returncode:
        raise InstallError(
            f"npm could not install the CDK CLI (exit {ended.returncode}); see above"
        )

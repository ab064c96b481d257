"""Where, and beside which others, the tests of the package run."""

from __future__ import annotations

import pytest

from emulator.install import runs_here

ON_LINUX = pytest.mark.skipif(
    not runs_here(), reason="Lambda's emulator is made for Linux on x86_64 and arm64 alone"
)
TOGETHER = pytest.mark.xdist_group("packaged")
"""One worker has them all: they share a synthesis and an execution environment."""

"""What every make target sets up first: the virtual environment, and nobody else's."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_environment_that_is_linked_is_not_cleared(tmp_path: Path) -> None:
    """Another checkout may be using it; one line says what to do."""
    theirs, link = tmp_path / "theirs", tmp_path / "venv"
    theirs.mkdir()
    (theirs / "kept").touch()
    link.symlink_to(theirs)
    ended = subprocess.run(
        ["make", f"VENV={link}", f"{link}/.requirements"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert f"{link} is a symbolic link to {theirs}" in ended.stderr
    assert (theirs / "kept").exists()

"""What every make target does first: its own virtual environment, and ARGS as they were typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("-c a&b;c", "a&b;c"),
        ("-c $HOME$(shell:echo)", "$HOME$(shell:echo)"),
        ("-c `id`*?.py#~", "`id`*?.py#~"),
        ("-c 'two words'", "two words"),
        ('-c "it\'s"', "it's"),
    ],
)
def test_args_reach_a_program_as_they_were_typed(tmp_path: Path, typed: str, given: str) -> None:
    """Neither make nor a shell reads them as its own."""
    ended = _status(tmp_path, typed)
    assert ended.returncode != 0
    assert f"-c {given} has no value" in ended.stderr.replace('"', "")


def test_a_quote_left_open_in_args_is_named(tmp_path: Path) -> None:
    ended = _status(tmp_path, "engi-'1")
    assert ended.stderr.startswith("ARGS=engi-'1: no closing quotation")


def _status(tmp_path: Path, typed: str) -> subprocess.CompletedProcess[str]:
    """Run `make status` with ARGS by this interpreter, as if it had just been set up."""
    stamp = tmp_path / "requirements"
    stamp.touch()
    return subprocess.run(
        [
            "make",
            f"BIN={Path(sys.executable).parent}",
            f"VENV={tmp_path}",
            f"STAMP={stamp}",
            "status",
            f"ARGS={typed}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

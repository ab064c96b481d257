"""What is built once and kept."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from toolchain.cache import KEPT, built, key_of


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.name != "lock")


def fill(folder: Path) -> None:
    (folder / "content").write_text("whole")


def test_it_is_built_once(tmp_path: Path) -> None:
    """Four that ask at once wait for one build, and who asks later uses what is there."""
    builds: list[Path] = []

    def slowly(folder: Path) -> None:
        builds.append(folder)
        time.sleep(0.1)
        fill(folder)

    with ThreadPoolExecutor() as builders:
        asked = [builders.submit(built, tmp_path, "key", slowly) for _ in range(4)]
    assert {future.result() for future in asked} == {built(tmp_path, "key", slowly)}
    assert len(builds) == 1
    assert (tmp_path / "key" / "content").read_text() == "whole"


def test_former_builds_are_forgotten(tmp_path: Path) -> None:
    """Ten megabytes for every edit would add up: the last few are kept."""
    for edit in range(KEPT + 2):
        os.utime(built(tmp_path, f"edit-{edit}", fill), (edit, edit))
    assert folders(tmp_path) == [f"edit-{edit}" for edit in range(2, KEPT + 2)]


def test_half_a_build_is_never_used(tmp_path: Path) -> None:
    """A build that fails leaves nothing that the next one would take for a whole one."""

    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("no space left")

    with pytest.raises(RuntimeError, match="no space left"):
        built(tmp_path, "key", fail)
    assert folders(tmp_path) == []


def test_the_key_follows_what_a_build_is_made_from(tmp_path: Path) -> None:
    """Other contents, another place or another fact: another key; another checkout: the same."""
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "source").write_text("one")
    here, there = (tmp_path / place for place in ("here", "there"))
    key = key_of(here, [here / "source"], "3.14")
    assert key_of(there, [there / "source"], "3.14") == key
    assert key_of(here, [here / "source"], "3.13") != key
    assert key_of(tmp_path, [here / "source"], "3.14") != key
    (there / "source").write_text("two")
    assert key_of(there, [there / "source"], "3.14") != key

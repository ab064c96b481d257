"""What is built once and kept."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from toolchain import cache
from toolchain.cache import KEPT, built, key_of


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in place of the project's `build`."""
    monkeypatch.setattr(cache, "BUILD", tmp_path)
    return tmp_path


def fill(folder: Path) -> None:
    (folder / "content").write_text("whole")


def test_a_folder_is_built_once(build: Path) -> None:
    """Four callers at once wait for one build, and a later one uses what is there."""
    builds: list[Path] = []

    def slowly(folder: Path) -> None:
        builds.append(folder)
        time.sleep(0.1)
        fill(folder)

    with ThreadPoolExecutor() as builders:
        asked = [builders.submit(built, "thing", slowly, inputs=[]) for _ in range(4)]
    assert {future.result() for future in asked} == {built("thing", slowly, inputs=[])}
    assert len(builds) == 1
    (folder,) = (build / "thing").iterdir()
    assert (folder / "content").read_text() == "whole"


@pytest.mark.usefixtures("build")
def test_the_oldest_folders_are_removed() -> None:
    """Ten megabytes for every edit would add up: only the latest few are kept."""
    folders = []
    for edit in range(KEPT + 2):
        folders.append(built("thing", fill, inputs=[], facts=f"edit {edit}"))
        os.utime(folders[-1], (edit, edit))
    assert [folder.exists() for folder in folders] == [False] * 2 + [True] * KEPT


def test_half_a_build_is_never_used(build: Path) -> None:
    """A build that fails leaves nothing behind that the next one would take for a whole one."""

    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("no space left")

    with pytest.raises(RuntimeError, match="no space left"):
        built("thing", fail, inputs=[])
    assert list((build / "thing").iterdir()) == []


def test_the_key_follows_the_inputs(tmp_path: Path) -> None:
    """Another content, place or fact gives another key; another checkout gives the same."""
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

"""Folders under `build` that are built once and kept, each named after what it is built from."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

KEPT = 5
"""How many folders of one name stay: a process may still use an older one, or somebody go back."""


class BuildError(Exception):
    """Something cannot be built: one line that says why; a tool's own output stands above it."""


def built(
    name: str, build: Callable[[Path], None], *, inputs: Iterable[Path], facts: str = ""
) -> Path:
    """Return the folder that `build` filled from these inputs, now or earlier.

    `facts` are what the result depends on besides the inputs' content.
    """
    cache = BUILD / name
    folder = cache / key_of(ROOT, inputs, facts)
    cache.mkdir(parents=True, exist_ok=True)
    with cache.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits, and finds it built
        if not folder.is_dir():
            _build_aside(folder, build)
            _remove_oldest(cache)
    return folder


def key_of(root: Path, inputs: Iterable[Path], facts: str) -> str:
    """Name inputs by their content and their place under `root`."""
    total = hashlib.sha256(facts.encode())
    for path in inputs:
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _build_aside(folder: Path, build: Callable[[Path], None]) -> None:
    """Build under another name, then rename, so that an interrupted build is never used."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as scratch:
        aside = Path(scratch) / "folder"
        aside.mkdir()
        build(aside)
        aside.rename(folder)


def _remove_oldest(cache: Path) -> None:
    folders = (path for path in cache.iterdir() if path.is_dir())
    for oldest in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(oldest)

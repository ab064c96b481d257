"""Folders that are built once and kept, each named after what it is built from."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

KEPT = 5
"""Folders of former sources that stay, for processes that still use one and for going back."""


def built(cache: Path, key: str, build: Callable[[Path], None]) -> Path:
    """Return the cache's folder of that key; `build` fills it if it is not there yet."""
    folder = cache / key
    cache.mkdir(parents=True, exist_ok=True)
    with cache.with_name(f"{cache.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second waits, and finds it built
        if not folder.is_dir():
            _build_aside(folder, build)
            _forget_former(cache)
    return folder


def key_of(root: Path, paths: Iterable[Path], *others: str) -> str:
    """Name what a build is made from: files by their place under `root`, and other facts."""
    total = hashlib.sha256("\0".join(others).encode())
    for path in paths:
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _build_aside(folder: Path, build: Callable[[Path], None]) -> None:
    """Build under another name, then rename: an interrupted build leaves no half of a folder."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as scratch:
        aside = Path(scratch) / "folder"
        aside.mkdir()
        build(aside)
        aside.rename(folder)


def _forget_former(cache: Path) -> None:
    folders = (path for path in cache.iterdir() if path.is_dir())
    for former in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(former)

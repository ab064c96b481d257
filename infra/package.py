"""The function's package: what pip installs for it and our sources, without Docker.

It is all Python, so that a machine of any kind builds the same files, and is told apart by their
contents alone: whoever deploys the same commit uploads nothing new.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDAS = ROOT / "lambdas"
REQUIREMENTS = LAMBDAS / "requirements.txt"
SOURCES = LAMBDAS / "notifier"
CACHE = ROOT / "build" / "package"

KEPT = 5
"""Packages of former sources that stay, for processes that still use one and for going back."""

PYTHON_VERSION = "3.14"
PIP_INSTALL = (
    *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
    # The list is complete; what its members ask for would depend on the Python that builds.
    *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"),
    *("--platform", "manylinux2014_aarch64", "--implementation", "cp"),
    *("--python-version", PYTHON_VERSION),
)

SERVICES = {"dynamodb", "partnercentral-selling", "secretsmanager", "sns", "sts"}
"""Services whose description botocore keeps: 400 others would be nine tenths of the package."""

UNUSED = (
    "bin",
    "slack",  # slack_sdk's former name
    "*.dist-info",  # nothing that ships reads its own metadata when imported
    "**/__pycache__",
    "**/tests",
    "botocore/data/*/*/examples-1.json",
    "boto3/data",  # resources; only clients are used
    "boto3/examples",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
)
COMPILED = {".so", ".pyd", ".dll", ".dylib"}


class PackageError(Exception):
    """The function's package cannot be built: one line that says why."""


def package() -> Path:
    """Return the folder with the package of the present sources; build it if need be."""
    folder = CACHE / key()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second waits, and finds it built
        if not folder.is_dir():
            _build_aside(folder)
            _forget_former()
    return folder


def build(folder: Path) -> None:
    """Fill an empty folder with what ships."""
    _install(folder)
    _remove_unused(folder)
    shutil.copytree(
        SOURCES, folder / SOURCES.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    _refuse_compiled(folder)
    _make_readable(folder)


def key() -> str:
    """Name what a build is made from: the requirements, the sources, and how it is built."""
    parts = [REQUIREMENTS, Path(__file__), *_files(SOURCES)]
    total = hashlib.sha256()
    for path in parts:
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _build_aside(folder: Path) -> None:
    """Build under another name, then rename: an interrupted build leaves no half of a package."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="building-") as scratch:
        built = Path(scratch) / "package"
        built.mkdir()
        build(built)
        built.rename(folder)


def _forget_former() -> None:
    folders = (path for path in CACHE.iterdir() if path.is_dir())
    for former in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(former)


def _install(folder: Path) -> None:
    paths = ("--requirement", str(REQUIREMENTS), "--target", str(folder))
    ended = subprocess.run(  # noqa: S603
        [sys.executable, *PIP_INSTALL, *paths], check=False, capture_output=True, text=True
    )
    if ended.returncode:
        sys.stderr.write(ended.stderr)
        raise PackageError(f"pip could not install {REQUIREMENTS.name}; what it said stands above")


def _remove_unused(folder: Path) -> None:
    unused = [path for pattern in UNUSED for path in folder.glob(pattern)]
    data = folder / "botocore" / "data"
    unused += [path for path in data.iterdir() if path.is_dir() and path.name not in SERVICES]
    for path in unused:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _refuse_compiled(folder: Path) -> None:
    compiled = [path.name for path in _files(folder) if path.suffix in COMPILED]
    if compiled:
        raise PackageError(f"only pure Python ships; compiled: {', '.join(compiled)}")


def _make_readable(folder: Path) -> None:
    """Undo the builder's umask: Lambda runs as a user of its own and must read every file."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _files(folder: Path) -> Iterator[Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return iter(sorted(paths, key=lambda path: path.relative_to(folder).as_posix()))

"""The function's package: what pip installs for it and our sources, without Docker.

It is all Python, so that a machine of any kind builds the same files, and is told apart by their
contents alone: whoever deploys the same commit uploads nothing new.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import pip
from .cache import built, key_of

ROOT = Path(__file__).resolve().parent.parent
LAMBDAS = ROOT / "lambdas"
REQUIREMENTS = LAMBDAS / "requirements.txt"
SOURCES = LAMBDAS / "notifier"
CACHE = ROOT / "build" / "package"

PYTHON_VERSION = "3.14"
PLATFORM = (
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
    "**/py.typed",
    "botocore/data/*/*/examples-1.json",
    "boto3/data",  # resources; only clients are used
    "boto3/examples",
    "boto3/dynamodb",
    "boto3/ec2",
    "boto3/s3",
    "dateutil/zoneinfo",  # a second copy of the zones; tzdata is what the standard library reads
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/middleware_factory",
    "aws_lambda_powertools/logging/formatters",  # another vendor's
    "aws_lambda_powertools/metrics/provider/datadog",
    "slack_sdk/audit_logs",
    "slack_sdk/models/dialogs",
    "slack_sdk/oauth",
    "slack_sdk/rtm*",
    "slack_sdk/scim",
    "slack_sdk/signature",
    "slack_sdk/socket_mode",
    "slack_sdk/**/async_*.py",
    "slack_sdk/**/legacy_*.py",
    "urllib3/contrib/emscripten",
)
UTILITIES = {"jmespath_utils"}
"""Of Powertools' utilities those that its logger imports."""

COMPILED = {".so", ".pyd", ".dll", ".dylib"}


class PackageError(Exception):
    """The function's package cannot be built: one line that says why."""


def package() -> Path:
    """Return the folder with the package of the present sources; build it if need be."""
    return built(CACHE, key(), build)


def build(folder: Path) -> None:
    """Fill an empty folder with what ships."""
    _install(folder)
    _remove_unused(folder)
    shutil.copytree(
        SOURCES, folder / SOURCES.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    _refuse_compiled(folder)
    _make_readable(folder)


def size_zipped(folder: Path) -> int:
    """Return how many bytes are uploaded, and fetched by Lambda for every new environment."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for path in _files(folder):
            files.write(path, path.relative_to(folder))
    return len(archive.getvalue())


def key() -> str:
    """Name what a build is made from: the requirements, the sources, and how it is built."""
    return key_of(ROOT, [REQUIREMENTS, Path(__file__), Path(pip.__file__), *_files(SOURCES)])


def _install(folder: Path) -> None:
    try:
        pip.install(REQUIREMENTS, folder, *PLATFORM)
    except pip.PipError as error:
        raise PackageError(str(error)) from None


def _remove_unused(folder: Path) -> None:
    unused = [path for pattern in UNUSED for path in folder.glob(pattern)]
    unused += _folders_but(SERVICES, folder / "botocore" / "data")
    unused += _folders_but(UTILITIES, folder / "aws_lambda_powertools" / "utilities")
    for path in unused:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _folders_but(kept: set[str], folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/") if path.name not in kept]


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

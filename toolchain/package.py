"""The function's package: our sources and what pip installs for them, without Docker.

It is pure Python, so every machine builds the same files, and the asset's hash depends on their
content alone: whoever deploys the same commit uploads nothing new.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import pip
from .cache import ROOT, BuildError, built

LAMBDAS = ROOT / "lambdas"
REQUIREMENTS = LAMBDAS / "requirements.txt"
SOURCES = LAMBDAS / "notifier"

PYTHON_VERSION = "3.14"
PLATFORM = (
    *("--platform", "manylinux2014_aarch64", "--implementation", "cp"),
    *("--python-version", PYTHON_VERSION),
)

SERVICES = {"dynamodb", "partnercentral-selling", "secretsmanager", "sns", "sts"}
"""Services whose descriptions stay in botocore: the 400 others are nine tenths of the package."""

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
"""Those of Powertools' utilities that its logger imports."""

COMPILED = {".so", ".pyd", ".dll", ".dylib"}


def package() -> Path:
    """Return the folder with the package of the present sources; build it if need be."""
    how = (Path(__file__), Path(pip.__file__))
    return built("package", build, inputs=[REQUIREMENTS, *how, *_files(SOURCES)])


def build(folder: Path) -> None:
    """Fill an empty folder with what ships."""
    pip.install(REQUIREMENTS, folder, *PLATFORM)
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


def _remove_unused(folder: Path) -> None:
    unused = [path for pattern in UNUSED for path in folder.glob(pattern)]
    unused += _folders_except(SERVICES, folder / "botocore" / "data")
    unused += _folders_except(UTILITIES, folder / "aws_lambda_powertools" / "utilities")
    for path in unused:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _folders_except(kept: set[str], folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/") if path.name not in kept]


def _refuse_compiled(folder: Path) -> None:
    compiled = [path.name for path in _files(folder) if path.suffix in COMPILED]
    if compiled:
        raise BuildError(f"only pure Python ships; compiled: {', '.join(compiled)}")


def _make_readable(folder: Path) -> None:
    """Undo the builder's umask: Lambda runs as another user, who must read every file."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _files(folder: Path) -> Iterator[Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return iter(sorted(paths, key=lambda path: path.relative_to(folder).as_posix()))

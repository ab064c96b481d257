"""What ships: that it is enough, and no more, on another machine than this one."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aws_cdk import FileSystem

from infra import package as packaging

SIZE_LIMIT = 4_000_000
"""Bytes zipped: Lambda fetches and unpacks them at every cold start."""

ISOLATED = (sys.executable, "-I", "-S", "-B", "-W", "error::ImportWarning", "-c")


@pytest.fixture(scope="module")
def folder() -> Path:
    return packaging.package()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(packaging, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def packages(cache: Path) -> list[Path]:
    return [path for path in cache.iterdir() if path.name != "lock"]


def run_alone(folder: Path, code: str) -> str:
    """Run code that sees the package and the standard library, and nothing installed here."""
    ended = subprocess.run(
        [*ISOLATED, f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"],
        check=False,
        capture_output=True,
        text=True,
        env={"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_it_is_complete(folder: Path) -> None:
    """The handler and all that it needs are imported from the package alone."""
    origins = run_alone(
        folder,
        "import notifier.handler, notifier.adapters.slack, slack_sdk.webhook, tzdata\n"
        "names = ['notifier', 'aws_lambda_powertools', 'boto3', 'botocore', 'slack_sdk']\n"
        "print(*(sys.modules[name].__file__ for name in names), sep='\\n')",
    )
    assert all(line.startswith(str(folder)) for line in origins.splitlines())


CALLS = """
from notifier import bootstrap

class Sent(BaseException): ...

LISTING = {"Catalog": "AWS", "ParticipantType": "RECEIVER"}

def stop(request, **_):
    print(request.method, request.url)
    raise Sent

for service, call, wanted in (
    ("partnercentral-selling", "list_engagement_invitations", LISTING),
    ("dynamodb", "query", {"TableName": "table"}),
    ("sns", "publish", {"Message": "text"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "secret"}),
):
    client = bootstrap.client(service)
    client.meta.events.register("before-send", stop)
    try:
        getattr(client, call)(**wanted)
    except Sent:
        pass
bootstrap.client("partnercentral-selling").get_paginator("list_engagement_invitations")
"""


def test_every_call_of_a_run_can_be_made(folder: Path) -> None:
    """Botocore still finds what describes the calls, their endpoints and their pages."""
    assert run_alone(folder, CALLS).splitlines() == [
        "POST https://partnercentral-selling.us-east-1.api.aws/",
        "POST https://dynamodb.us-east-1.amazonaws.com/",
        "POST https://sns.us-east-1.amazonaws.com/",
        "POST https://secretsmanager.us-east-1.amazonaws.com/",
    ]


def test_it_brings_its_own_time_zones(folder: Path) -> None:
    """Zones are found where the system has none."""
    code = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=[]); print(zoneinfo.ZoneInfo('Europe/Berlin'))"
    )
    assert run_alone(folder, code) == "Europe/Berlin\n"


def test_it_is_all_python(folder: Path) -> None:
    """Nothing in it was compiled for one kind of machine, or for one version of Python."""
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert not suffixes & {".so", ".pyd", ".dll", ".dylib", ".pyc", ".exe"}


def test_it_is_small(folder: Path) -> None:
    """Zipped, it stays below what a cold start should fetch."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    assert len(zipped.getvalue()) < SIZE_LIMIT


def test_botocore_knows_only_what_is_called(folder: Path) -> None:
    """The other services' descriptions would make nine tenths of the package."""
    data = folder / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == packaging.SERVICES


@pytest.fixture
def careful_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careful_umask")
def test_two_builds_are_one_asset(folder: Path, tmp_path: Path) -> None:
    """Another folder, another time, another umask: the same hash, and readable by Lambda's user."""
    packaging.build(tmp_path)
    assert FileSystem.fingerprint(str(tmp_path)) == FileSystem.fingerprint(str(folder))
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {True: 0o755, False: 0o644}


def test_the_lock_holds_for_every_python() -> None:
    """A marker would be judged by the Python that builds, not by the one in Lambda."""
    assert ";" not in packaging.REQUIREMENTS.read_text("utf-8")


def test_it_is_built_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the sources stay as they are, the package that is there is used."""
    built: list[Path] = []
    monkeypatch.setattr(packaging, "build", built.append)
    with ThreadPoolExecutor() as builders:
        asked = [builders.submit(packaging.package) for _ in range(4)]
    assert {future.result() for future in asked} == {packaging.package()}
    assert len(built) == 1
    assert packages(cache) == [packaging.package()]


def test_former_packages_are_forgotten(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten megabytes for every edit would add up: the last few are kept."""
    monkeypatch.setattr(packaging, "build", lambda _: None)
    for edit in range(packaging.KEPT + 2):
        monkeypatch.setattr(packaging, "key", lambda edit=edit: f"edit-{edit}")
        os.utime(packaging.package(), (edit, edit))
    assert sorted(path.name for path in packages(cache)) == [
        f"edit-{edit}" for edit in range(2, packaging.KEPT + 2)
    ]


def test_half_a_package_is_never_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A build that fails says why, and leaves nothing that the next synth would take for one."""
    requirements = cache.parent / "requirements.txt"
    requirements.write_text("no-such-package @ file:///no-such-package-1.0-py3-none-any.whl\n")
    monkeypatch.setattr(packaging, "REQUIREMENTS", requirements)
    monkeypatch.setattr(packaging, "key", lambda: "key")
    with pytest.raises(packaging.PackageError, match=r"^pip could not install requirements\.txt"):
        packaging.package()
    assert not packages(cache)
    assert "no-such-package" in capfd.readouterr().err


def test_a_compiled_module_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel for this machine would fail on arm64: it is refused by name instead."""

    def install(folder: Path) -> None:
        (folder / "botocore" / "data").mkdir(parents=True)
        (folder / "fast.cpython-314-x86_64-linux-gnu.so").touch()

    monkeypatch.setattr("infra.package._install", install)
    with pytest.raises(packaging.PackageError, match=r"compiled: fast\.cpython"):
        packaging.build(tmp_path)

"""What ships is complete, and no more than that, on any machine."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import FileSystem

from toolchain import package as packaging
from toolchain.cache import BuildError

SIZE_LIMIT = 2_000_000
"""Zipped bytes: Lambda fetches and unpacks them at every cold start."""

ISOLATED = (sys.executable, "-I", "-S", "-B", "-W", "error::ImportWarning", "-c")


@pytest.fixture(scope="module")
def folder() -> Path:
    return packaging.package()


def run_alone(folder: Path, code: str) -> str:
    """Run code that sees only the package and the standard library."""
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
    """The handler and everything it needs is imported from the package alone."""
    origins = run_alone(
        folder,
        "import notifier.handler, notifier.adapters.slack.channel, slack_sdk.webhook, tzdata\n"
        "names = ['notifier', 'aws_lambda_powertools', 'boto3', 'botocore', 'slack_sdk']\n"
        "print(*(sys.modules[name].__file__ for name in names), sep='\\n')",
    )
    assert all(line.startswith(str(folder)) for line in origins.splitlines())


CALLS = """
from notifier import bootstrap
from notifier.adapters import aws as clients

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
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/reader", "RoleSessionName": "run"}),
):
    client = clients.client(service)
    client.meta.events.register("before-send", stop)
    try:
        getattr(client, call)(**wanted)
    except Sent:
        pass
clients.partner_central(None, None).get_paginator("list_engagement_invitations")
"""


def test_every_call_of_a_run_can_be_made(folder: Path) -> None:
    """Botocore still finds the descriptions of calls, endpoints and paginators."""
    assert run_alone(folder, CALLS).splitlines() == [
        "POST https://partnercentral-selling.us-east-1.api.aws/",
        "POST https://dynamodb.us-east-1.amazonaws.com/",
        "POST https://sns.us-east-1.amazonaws.com/",
        "POST https://secretsmanager.us-east-1.amazonaws.com/",
        "POST https://sts.us-east-1.amazonaws.com/",
    ]


def test_it_brings_its_own_time_zones(folder: Path) -> None:
    """Zones are found on a system that has none."""
    code = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=[]); print(zoneinfo.ZoneInfo('Europe/Berlin'))"
    )
    assert run_alone(folder, code) == "Europe/Berlin\n"


def test_it_brings_the_certificates_that_it_trusts(folder: Path) -> None:
    """No call in the emulator needs them: there everything is plain HTTP on loopback."""
    trusted = Path(
        run_alone(folder, "from botocore.httpsession import where; print(where())").strip()
    )
    assert trusted.is_relative_to(folder)
    assert "BEGIN CERTIFICATE" in trusted.read_text("utf-8")


def test_it_is_pure_python(folder: Path) -> None:
    """Nothing in it was compiled for one kind of machine or one version of Python."""
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert not suffixes & {".so", ".pyd", ".dll", ".dylib", ".pyc", ".exe"}


def test_it_is_small(folder: Path) -> None:
    """Zipped, it is no larger than a cold start should fetch."""
    assert packaging.size_zipped(folder) < SIZE_LIMIT


def test_botocore_knows_only_what_is_called(folder: Path) -> None:
    """The other services' descriptions would be nine tenths of the package."""
    data = folder / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == packaging.SERVICES


IDLE = """
import importlib, os, sys

folder = sys.path[0]
importlib.import_module("notifier.handler")
used, there = set(), set()
for path, _, names in os.walk(folder):
    modules = [name for name in names if name.endswith(".py")]
    if modules:
        there.add(path)
    if path.startswith(os.path.join(folder, "notifier")):
        package = os.path.relpath(path, folder).replace(os.sep, ".")
        for name in modules:
            importlib.import_module(f"{package}.{name[:-3]}")
for module in list(sys.modules.values()):
    used.add(os.path.dirname(getattr(module, "__file__", None) or ""))
print(*(os.path.relpath(path, folder) for path in sorted(there - used)), sep="\\n")
"""


def test_nothing_ships_that_nothing_imports(folder: Path) -> None:
    """Our modules import something from every folder of modules, except time zones."""
    idle = run_alone(folder, IDLE).split()
    assert [path for path in idle if not path.startswith("tzdata")] == []


def test_nothing_ships_twice(folder: Path) -> None:
    """No package contains another one, except the two that botocore vendors."""
    names = {path.name for path in folder.iterdir()}
    inner = [path.relative_to(folder) for path in folder.glob("*/**/*") if path.name in names]
    assert {path.parts[:2] for path in inner} == {("botocore", "vendored")}


def test_nothing_ships_that_runs_do_not_use(folder: Path) -> None:
    """There are no tests, no metadata and no bytecode."""
    names = {path.name for path in folder.rglob("*")}
    assert not names & {"tests", "test", "__pycache__", "py.typed"}
    assert not [name for name in names if name.endswith((".dist-info", ".egg-info"))]


@pytest.fixture
def careful_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careful_umask")
def test_two_builds_are_one_asset(folder: Path, tmp_path: Path) -> None:
    """Another folder, time and umask give the same hash, and files that Lambda's user can read."""
    packaging.build(tmp_path)
    assert FileSystem.fingerprint(str(tmp_path)) == FileSystem.fingerprint(str(folder))
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {True: 0o755, False: 0o644}


def test_the_lock_holds_for_every_python() -> None:
    """Markers would be evaluated for the Python that builds, not for the one in Lambda."""
    assert ";" not in packaging.REQUIREMENTS.read_text("utf-8")


def test_a_build_that_fails_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line names the requirements, below pip's own output."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("no-such-package @ file:///no-such-package-1.0-py3-none-any.whl\n")
    monkeypatch.setattr(packaging, "REQUIREMENTS", requirements)
    with pytest.raises(BuildError, match=r"^pip could not install requirements\.txt"):
        packaging.build(tmp_path / "package")
    assert "no-such-package" in capfd.readouterr().err


def test_a_compiled_module_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel for this machine would fail on arm64, so the line names it."""

    def install(_requirements: Path, folder: Path, *_options: str) -> None:
        (folder / "botocore" / "data").mkdir(parents=True)
        (folder / "fast.cpython-314-x86_64-linux-gnu.so").touch()

    monkeypatch.setattr("toolchain.pip.install", install)
    with pytest.raises(BuildError, match=r"compiled: fast\.cpython"):
        packaging.build(tmp_path)

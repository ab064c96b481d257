"""The CDK CLI comes with its hash, and runs on the Node that pip installed, as jsii does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain import cache, cdk


def test_node_is_recent_enough() -> None:
    """Jsii needs 22 or later; what pip installed is that, whatever else the machine has."""
    version = subprocess.run([cdk.NODE, "--version"], check=True, capture_output=True, text=True)
    assert int(version.stdout.removeprefix("v").split(".")[0]) >= 22
    assert cdk.NPM.is_file()
    assert os.environ["JSII_NODE"] == str(cdk.NODE)


def test_node_is_left_alone_by_whoever_needs_no_construct() -> None:
    """Reading the configuration, installing by pip and deploying neither choose nor start Node."""
    modules = ("infra.config", "infra.key_policy", "infra.deploy.deployment", "toolchain.pip")
    code = f"import os, sys, {', '.join(modules)}; print('JSII_NODE' in os.environ, *sys.modules)"
    environment = {k: v for k, v in os.environ.items() if k != "JSII_NODE"}
    path = os.pathsep.join(["lambdas", "."])
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cache.ROOT,
        env=environment | {"PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    is_set, *imported = ended.stdout.split()
    assert is_set == "False"
    assert not {"aws_cdk", "jsii"} & set(imported)


def test_the_cli_is_pinned_by_its_hash() -> None:
    """One exact version, the hash of its contents, and no address to fetch it from."""
    lock = (cdk.HERE / "package-lock.json").read_text("utf-8")
    wanted = json.loads((cdk.HERE / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads(lock)["packages"]
    assert locked.pop("")["dependencies"] == wanted
    assert {f"node_modules/{name}": version for name, version in wanted.items()} == {
        name: package["version"] for name, package in locked.items()
    }
    assert all(package["integrity"].startswith("sha512-") for package in locked.values())
    assert "resolved" not in lock
    assert "://" not in lock


def test_node_is_found_before_the_machines_own() -> None:
    """What the CLI starts finds the same Node as the CLI itself."""
    environment = cdk.environment({"PATH": "/usr/bin"})
    assert shutil.which("node", path=environment["PATH"]) == str(cdk.NODE)
    assert environment["PATH"].endswith(f"{os.pathsep}/usr/bin")


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in place of the project's `build`."""
    monkeypatch.setattr(cache, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def stand_in_for_npm(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm.js"
    npm.write_text(script)
    monkeypatch.setattr(cdk, "NPM", npm)


def test_a_failed_install_leaves_nothing(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says so, and the next call tries again."""
    stand_in_for_npm("process.exit(7)", tmp_path, monkeypatch)
    with pytest.raises(cache.BuildError, match=r"could not install the CDK CLI \(exit 7\)"):
        cdk.installed()
    assert not list((build / "cdk").iterdir())


@pytest.mark.usefixtures("build")
def test_it_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call finds what the first one installed, with the lock beside it."""
    script = "require('fs').appendFileSync('installed', process.argv[2])"
    stand_in_for_npm(script, tmp_path, monkeypatch)
    assert cdk.installed() == cdk.installed()
    assert (cdk.installed() / "installed").read_text() == "ci"
    assert (cdk.installed() / "package-lock.json").is_file()

"""The CDK CLI comes with its hash, and runs on the Node that pip installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.cdk import run
from toolchain.node import NODE, NPM


def test_node_is_recent_enough() -> None:
    """Jsii needs 22 or later; what pip installed is that, whatever else the machine has."""
    version = subprocess.run([NODE, "--version"], check=True, capture_output=True, text=True)
    assert int(version.stdout.removeprefix("v").split(".")[0]) >= 22
    assert NPM.is_file()
    assert os.environ["JSII_NODE"] == str(NODE)


def test_the_cli_is_pinned_by_its_hash() -> None:
    """One exact version, the hash of its contents, and no address to fetch it from."""
    lock = (run.HERE / "package-lock.json").read_text("utf-8")
    wanted = json.loads((run.HERE / "package.json").read_text("utf-8"))["dependencies"]
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
    environment = run.environment({"PATH": "/usr/bin"})
    assert shutil.which("node", path=environment["PATH"]) == str(NODE)
    assert environment["PATH"].endswith(f"{os.pathsep}/usr/bin")


def test_a_failed_install_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so, and the next call tries again."""
    npm = tmp_path / "npm.js"
    npm.write_text("process.exit(7)")
    monkeypatch.setattr(run, "NPM", npm)
    monkeypatch.setattr(run, "CACHE", tmp_path / "cdk")
    with pytest.raises(run.InstallError, match=r"could not install the CDK CLI \(exit 7\)"):
        run.installed()
    assert not list((tmp_path / "cdk").iterdir())


def test_it_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call finds what the first one installed, with the lock beside it."""
    npm = tmp_path / "npm.js"
    npm.write_text("require('fs').appendFileSync('installed', process.argv[2])")
    monkeypatch.setattr(run, "NPM", npm)
    monkeypatch.setattr(run, "CACHE", tmp_path / "cdk")
    assert run.installed() == run.installed()
    assert (run.installed() / "installed").read_text() == "ci"
    assert (run.installed() / "package-lock.json").is_file()

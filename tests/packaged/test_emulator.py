"""The execution environment itself: what a function sees in it, and how it ends."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from emulator.environment import ExecutionEnvironment
from tests.packaged.deployment import Deployment
from tests.packaged.marks import ON_LINUX, TOGETHER

pytestmark = [ON_LINUX, TOGETHER]

ROOT = Path(__file__).parents[2]
STRANGERS = ["simulator", "emulator", "infra", "tests", "moto", "aws_cdk", "pip", "pytest"]

PROBE = """
import importlib.util
import os
import time

def find(names, context):
    return [name for name in names if importlib.util.find_spec(name)]

def variables(event, context):
    return dict(os.environ)

def sleep(seconds, context):
    time.sleep(seconds)
    return os.getpid()
"""


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    (tmp_path / "probe.py").write_text(PROBE)
    return tmp_path


def environment(*folders: Path, handler: str, timeout: int = 60) -> ExecutionEnvironment:
    return ExecutionEnvironment(folders, handler, {"AWS_REGION": "us-east-1"}, timeout=timeout)


def found(names: list[str], *folders: Path) -> object:
    with environment(*folders, handler="probe.find") as function:
        return function.invoke(names).content


def test_the_function_sees_what_ships_and_nothing_else(deployed: Deployment, probe: Path) -> None:
    """Neither the repository nor what is installed for it can be imported by its process."""
    packaged, installed = [deployed.asset, probe], Path(sysconfig.get_path("purelib"))
    assert found(["notifier", *STRANGERS], *packaged) == ["notifier"]
    assert found(STRANGERS, *packaged, ROOT, installed) == STRANGERS  # it would find them


def test_the_function_has_no_variable_of_ours(probe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set here, for these tests or for somebody's AWS account, does not reach it."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    with environment(probe, handler="probe.variables") as function:
        assert function.invoke({}).content.keys() & {"AWS_PROFILE", "HOME", "VIRTUAL_ENV"} == set()


def test_a_process_that_outlives_its_time_out_is_killed(probe: Path) -> None:
    """The answer says so, and the next invocation is another process's."""
    with environment(probe, handler="probe.sleep", timeout=2) as function:
        first = function.invoke(0)
        assert function.invoke(60).timed_out
        assert function.invoke(0).content != first.content


def test_what_cannot_be_imported_is_an_error(probe: Path) -> None:
    """A package that lacks a module is told apart from one that works."""
    with environment(probe, handler="no_such_module.handler") as function:
        assert "No module named 'no_such_module'" in str(function.invoke({}).error)


def test_nothing_is_left_running(probe: Path) -> None:
    """Closing ends the emulator and the function's process."""
    with environment(probe, handler="probe.sleep") as function:
        assert function.invoke(0).content in function.processes()
        assert len(function.processes()) == 2
    assert function.processes() == []

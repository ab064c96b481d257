"""The app as a deployer runs it: one process, in an almost empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import context
from infra.refusal import ConfigError
from tests.infra.templates import environment

APP = Path(__file__).resolve().parents[2] / "app.py"


def run_app(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run app.py with neither Node on the path nor a PYTHONPATH."""
    return subprocess.run(
        [sys.executable, APP, *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        env={"HOME": os.environ["HOME"], "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"} | environment,
    )


WHEN = {"title": ["Straße"], "sender": "Acme, Inc."}
ROUTES = [{"name": "dach", "when": WHEN, "mention": None, "escalate_hours": 8}]
ROUTED = [{"name": "dach", "when": WHEN | {"sender": ["Acme, Inc."]}, "escalate_hours": 8}]
"""The same, as the function is told."""


def test_it_writes_one_stack_in_us_east_1(tmp_path: Path) -> None:
    """From any folder, without Node, whatever region the environment names.

    A stack without operators can be deployed; one line says what it lacks, and nothing else is
    said.
    """
    ended = run_app(
        tmp_path,
        *("-c", "catalog=Sandbox"),
        CDK_OUTDIR="out",
        CDK_CONTEXT_JSON=json.dumps({"routes": ROUTES, "escalate_to": "U0123"}),
        CDK_DEFAULT_REGION="eu-west-1",
        CDK_DEFAULT_ACCOUNT="111122223333",
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("warning: context key ops_emails is []; ")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    stacks = {k: v for k, v in manifest["artifacts"].items() if "stack" in v["type"]}
    assert set(stacks) == {"InvitationNotifier-Sandbox"}
    stack = stacks["InvitationNotifier-Sandbox"]
    assert stack["environment"] == "aws://111122223333/us-east-1"
    assert stack["properties"]["terminationProtection"] is True
    assert stack["properties"]["tags"] == {
        "application": "invitation-notifier",
        "catalog": "Sandbox",
    }
    # A list keeps its form on its way through CDK.
    template = tmp_path / "out" / "InvitationNotifier-Sandbox.template.json"
    told = environment(json.loads(template.read_text("utf-8")))["ROUTES"]
    assert json.loads(told) == ROUTED


def test_an_invalid_value_ends_it_with_one_line(tmp_path: Path) -> None:
    """The line says what to change; there is no traceback, and nothing is written."""
    ended = run_app(
        tmp_path,
        CDK_OUTDIR="out",
        CDK_CONTEXT_JSON=json.dumps({"schedule_minutes": "90", "aws:cdk:anything": True}),
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        'context key schedule_minutes is "90"; allowed: a whole number from 1 to 60\n'
    )
    assert not list(tmp_path.rglob("*.json"))


def test_arguments_are_read_as_the_cli_reads_them() -> None:
    """`-c key=value` and its long form; a value may hold an equals sign, or nothing."""
    arguments = ["-c", "slack=false", "--context", "partner_central_url=https://x.y/?a=b"]
    assert context.from_arguments([*arguments, "-c", "payload_types="]) == {
        "slack": "false",
        "partner_central_url": "https://x.y/?a=b",
        "payload_types": "",
    }


@pytest.mark.parametrize("text", ["{", "[]", '{"context": 1}'])
def test_a_broken_file_is_one_line(tmp_path: Path, text: str) -> None:
    """A typo in cdk.json is reported as such."""
    (tmp_path / "cdk.json").write_text(text)
    with pytest.raises(ConfigError, match=r"^cdk\.json cannot be read: ") as refused:
        context.from_files(tmp_path)
    assert len(str(refused.value).splitlines()) == 1


def test_the_file_that_ships_configures_nothing() -> None:
    """The choices are the deployer's; the defaults are in the code alone."""
    assert all(":" in key for key in context.from_files(APP.parent))

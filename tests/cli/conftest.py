"""The command-line program as somebody at a shell has it: in the box, with what they would set."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from notifier.adapters.pacer import Pacer
from simulator.account import PartnerAccount

KEPT = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY", "AWS_SECRET", "AWS_SESSION", "NO_PROXY", "no_proxy")
"""What a user's environment holds of the function's: addresses, credentials and region."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands as `make` does, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        self._capsys.readouterr()
        code = main(list(arguments))
        written = self._capsys.readouterr()
        return Answer(code, written.out, written.err)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the pauses between reads, which are measured in real time."""
    monkeypatch.setattr(Pacer, "wait", lambda _self: None)


@pytest.fixture
def user(
    account: PartnerAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> PartnerAccount:
    """Return an account to which a user has credentials, and no configuration of AWS's at home."""
    environment = account.environment()
    for name in {*environment, *(name for name in os.environ if name.startswith(("AWS_", "CDK_")))}:
        monkeypatch.delenv(name, raising=False)
    kept = {name: value for name, value in environment.items() if name.startswith(KEPT)}
    for name, value in (kept | {"AWS_REGION": "us-east-1", "HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.aws.url)
    monkeypatch.setenv("SLACK_BASE_URL", account.slack.base_url)
    monkeypatch.chdir(tmp_path)
    return account


@pytest.fixture
def shell(user: PartnerAccount, capsys: pytest.CaptureFixture[str]) -> Shell:
    del user
    return Shell(capsys)

"""What the program says to those who call it wrong: one line, and 2."""

from __future__ import annotations

import pytest

from cli import preview
from tests.cli.conftest import Shell


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["preview", "--colour"], "No such option: --colour; see python -m cli --help\n"),
        (["prevue"], "No such command 'prevue'. Did you mean 'preview'?"),
        ([], "Missing command; see python -m cli --help\n"),
        (["preview", "-c", "catalog=Prod"], "context key catalog is"),
        (["preview", "--region", "eu-central-1"], "option --region is eu-central-1; allowed:"),
        (["preview", "--example", "--deployed"], "--deployed and --example exclude each other"),
        (["preview", "--send-test", "pigeon"], "Invalid value for '--send-test'"),
    ],
)
def test_wrong_usage_ends_in_one_line_and_2(
    shell: Shell, arguments: list[str], complaint: str
) -> None:
    """Nothing is called, and the line says what is allowed."""
    answer = shell(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert complaint in answer.err


def test_an_unknown_profile_ends_in_one_line(shell: Shell) -> None:
    """A profile that is not there is named."""
    answer = shell("preview", "--profile", "nobody")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "nobody" in answer.err


def test_ctrl_c_ends_in_one_line_and_130(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever interrupts a command sees no stack trace."""

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(preview, "run", interrupted)
    answer = shell("preview")
    assert answer.code == 130
    assert answer.err == "interrupted; nothing goes on in the background\n"

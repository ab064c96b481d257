"""What people and programs read: text on standard output, or JSON; all else on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .asked import StopError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

PIPED_WIDTH = 120
"""Columns where there is no terminal to fit into."""

INTERRUPTED = 130
"""What shells report for Ctrl-C: 128 and the signal's number."""


def console(*, stderr: bool = False) -> Console:
    """Return where to write; rich colours it on a terminal alone, and not with NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def line(text: str = "", *, style: str | None = None, stderr: bool = False) -> None:
    """Write one line, as long as it is."""
    console(stderr=stderr).print(shown(text), style=style, soft_wrap=True)


def print_json(value: object, *, stderr: bool = False) -> None:
    """Write a value for programs."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    (sys.stderr if stderr else sys.stdout).write(text + "\n")


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows under their headings, as wide as the terminal."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in heading:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(cell)) for cell in row))
    console().print(drawn)


def shown(text: str) -> str:
    """Return text as a terminal may have it: no sequence in a title can steer it."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def ask(question: str, *, yes: bool = False) -> bool:
    """Ask a person; `yes` answers for them. Raise UsageError if there is nobody to ask."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nobody to ask: standard input is no terminal; allowed: --yes")
    sys.stderr.write(f"{shown(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def progress(words: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that something goes on; yields what changes the words."""
    with console(stderr=True).status(shown(words)) as status:
        yield lambda changed: status.update(shown(changed))


def interrupted() -> int:
    """Say that Ctrl-C ended it; return the exit code."""
    line("interrupted; nothing goes on in the background", stderr=True)
    return INTERRUPTED


def failed(error: Exception) -> int:
    """Tell a foreseeable error in one line and return the exit code; raise any other again."""
    found = _explained(error)
    if found is None:
        raise error
    text, code = found
    line(" ".join(text.split()), stderr=True)
    return code


def _explained(error: Exception) -> tuple[str, int] | None:
    if isinstance(error, StopError):
        return str(error), error.code
    if "typer" in sys.modules and (usage := _usage(error)):
        return usage, UsageError.code
    from .account import explained

    return explained(error)


def _usage(error: Any) -> str | None:
    """Return what typer says of wrong usage."""
    from typer.exceptions import TyperException

    if not isinstance(error, TyperException):
        return None
    words: str = error.format_message()
    return f"{words.rstrip('.')}; see python -m cli --help"

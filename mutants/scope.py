"""What is broken, by which operators, and which tests should notice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolchain.cache import ROOT

PACKAGE = Path("lambdas", "notifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Files and folders of the package, their judge, and the operators that are used; None: all."""

    sources: tuple[str, ...]
    judge: tuple[str, ...]
    operators: frozenset[str] | None = None

    def files(self) -> Iterator[Path]:
        for source in self.sources:
            path = PACKAGE / source
            yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


SCOPES = (
    Scope(
        sources=("core", "run", "settings.py"),
        # What messages say is judged by their snapshots.
        judge=("tests/unit", "tests/proof", "tests/contract/test_gallery.py"),
    ),
    # An adapter's requests are judged by its stand-in: what counts here is how it decides.
    Scope(
        sources=("adapters",),
        judge=("tests/contract/ports",),
        operators=frozenset(
            {
                *("condition", "operand", "if_exp", "swap_op", "remove_unary_ops", "keywords"),
                *("opposite", "handler", "element", "name", "number", "less"),
            }
        ),
    ),
)


def changed_since(revision: str) -> set[Path]:
    """Return the files that differ from a revision, and those that git does not know yet."""
    return {*_git("diff", "--name-only", revision), *_git("ls-files", *_UNKNOWN)}


def copy_tree(folder: Path) -> None:
    """Copy all files as they are now, except what git ignores."""
    for path in _git("ls-files", "--cached", *_UNKNOWN):
        if (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)


_UNKNOWN = ("--others", "--exclude-standard")


def _git(*arguments: str) -> list[Path]:
    """Return the files that git lists."""
    command = ["git", *arguments, "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name]

"""Which mutants a file has: every operator at every place that matters."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path
from types import CodeType
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider

from .operators import OPERATORS

_UNTOUCHED = (
    m.Annotation(),  # no test runs it: mypy checks it
    m.Decorator(),  # how something is declared: mypy sees it, and what it decorates is broken
    m.AssignTarget(),  # a place, not a value
    m.Import() | m.ImportFrom(),  # mypy again
    m.Expr(m.SimpleString() | m.ConcatenatedString()),  # a docstring
    m.If(m.Name("TYPE_CHECKING")),  # never runs
    m.ClassDef(bases=[m.ZeroOrMore(), m.Arg(m.Name("Protocol")), m.ZeroOrMore()]),  # likewise
    m.Assign(targets=[m.AssignTarget(m.Name("__slots__"))]),
    # Another name for a type, such as `Item = Mapping[str, Any]`.
    m.Assign(value=m.Subscript(m.Name(m.MatchRegex(r"[A-Z][a-z]\w*")))),
)
"""What is left whole, with all that it holds, since nothing that a test could see would change."""

Around = tuple[str, str]
"""The dotted name of the function or class around a place, and of the outermost function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file with one change: the lines that differ, and the function or class that they are in.

    `function` is the outermost function around them; empty where they run on import.
    """

    path: Path
    line: int
    operator: str
    where: str
    function: str
    diff: str
    code: CodeType

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported."""
        return ".".join(self.path.relative_to("lambdas").with_suffix("").parts)


def mutants(path: Path, only: AbstractSet[str] | None = None) -> Iterator[Mutant]:
    """Yield a file's mutants in the order of its lines, each once."""
    source = path.read_text()
    made = {source}
    for start, end, text, operator, around in sorted(_changes(source)):
        changed = source[:start] + text + source[end:]
        if changed in made or (only is not None and operator not in only):
            continue
        made.add(changed)
        code = _compiled(changed, path)
        if code is not None:
            line, diff = _difference(source, changed)
            where, function = around
            yield Mutant(
                path=path,
                line=line,
                operator=operator,
                where=where,
                function=function,
                diff=diff,
                code=code,
            )


def _compiled(source: str, path: Path) -> CodeType | None:
    """Return the module's code; None if the change has made it no Python."""
    try:
        return compile(source, path, "exec", dont_inherit=True)
    except SyntaxError:
        return None


def _difference(source: str, changed: str) -> tuple[int, str]:
    """Return where the lines begin to differ, and those that do, whatever their indentation."""
    old, new = ([line.strip() for line in text.splitlines()] for text in (source, changed))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    signed = (("-", old[head : len(old) - tail]), ("+", new[head : len(new) - tail]))
    return head + 1, "\n".join(f"{sign} {line}" for sign, lines in signed for line in lines)


def _alike(old: list[str], new: list[str]) -> int:
    """Return how many lines are the same from the beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _changes(source: str) -> Iterator[tuple[int, int, str, str, Around]]:
    """Yield what to replace, from where to where, by which text, by which operator, and in what."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    spans = wrapper.resolve(WhitespaceInclusivePositionProvider)
    lines = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node, around in _places(wrapper.module, ("", "")):
        for name, kinds, operator in OPERATORS:
            for target, text in operator(node) if isinstance(node, kinds) else ():
                ends = (spans[target].start, spans[target].end)
                start, end = (lines[position.line - 1] + position.column for position in ends)
                yield start, end, text, name, around


def _places(node: Any, around: Around) -> Iterator[tuple[Any, Around]]:
    """Yield a node and all below it, each with what is around it."""
    if any(m.matches(node, untouched) for untouched in _UNTOUCHED):
        return
    yield node, around
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        name = f"{around[0]}.{node.name.value}".removeprefix(".")
        around = name, around[1] or (name if isinstance(node, cst.FunctionDef) else "")
    for child in node.children:
        yield from _places(child, around)

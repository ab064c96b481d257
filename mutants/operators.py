"""How a place in the code is broken: mutmut's operators, and ours where it leaves a place whole.

An operator takes a node and yields what to replace and by which text. mutmut's own runner would
reach less: it leaves alone what is decorated, a module's and a class's own statements, and most
defaults; it has no operator for a condition, a statement, a result, a loop or a handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

Replacement = tuple[Any, str]
Operator = Callable[[Any], Iterator[Replacement]]

_code = cst.Module([]).code_for_node

_OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_ORDERED = {"sorted", "reversed"}


def _mutmut(operator: Callable[[Any], Any], most: int | None = None) -> Operator:
    return lambda node: ((node, _code(new)) for new in islice(operator(node), most))


def _condition(node: Any) -> Iterator[Replacement]:
    """Let a condition never hold, or always; a loop without end is no news."""
    yield node.test, f"({_code(node.test)}) and False"
    if not isinstance(node, cst.While):
        yield node.test, f"({_code(node.test)}) or True"


def _operand(node: Any) -> Iterator[Replacement]:
    """Leave one side of `and` or `or` alone."""
    yield node, _code(node.left)
    yield node, _code(node.right)


def _statement(node: Any) -> Iterator[Replacement]:
    """Do nothing in place of a call, or of raising an error."""
    if isinstance(node, cst.Raise) or isinstance(node.value, cst.Call):
        yield node, "pass"


def _result(node: Any) -> Iterator[Replacement]:
    """Return or yield nothing."""
    if isinstance(node.value, cst.From):
        yield node.value.item, "()"
    elif node.value is not None and _code(node.value) != "None":
        yield node.value, "None"


def _loop(node: Any) -> Iterator[Replacement]:
    """Go over nothing."""
    yield node.iter, "()"


def _handler(node: Any) -> Iterator[Replacement]:
    """Catch nothing, or all but one of the errors."""
    if node.type is not None:
        yield node.type, "()"
        yield from _element(node.type) if isinstance(node.type, cst.Tuple) else ()


def _element(node: Any) -> Iterator[Replacement]:
    """Drop one element of several."""
    for n in range(len(node.elements) if len(node.elements) > 1 else 0):
        yield node, _code(node.with_changes(elements=[*node.elements[:n], *node.elements[n + 1 :]]))


def _less(node: Any) -> Iterator[Replacement]:
    """Make a number less by one; mutmut makes it more."""
    yield node, repr(node.evaluated_value - 1)


def _opposite(node: Any) -> Iterator[Replacement]:
    """Take the last for the first, or any for all."""
    name = getattr(node.func, "value", None)
    if isinstance(name, str) and name in _OPPOSITES:
        yield node.func, _OPPOSITES[name]


def _order(node: Any) -> Iterator[Replacement]:
    """Leave things in the order in which they come."""
    if getattr(node.func, "value", None) in _ORDERED:
        yield node, f"list({_code(node.args[0].value)})"


def _text(node: Any) -> Iterator[Replacement]:
    """Change the text between an f-string's braces, as mutmut does a plain string's."""
    yield node, f"XX{node.value}XX"


_OURS: tuple[tuple[tuple[type, ...], Operator], ...] = (
    ((cst.If, cst.While, cst.CompIf), _condition),
    ((cst.BooleanOperation,), _operand),
    ((cst.Expr, cst.Raise), _statement),
    ((cst.Return, cst.Yield), _result),
    ((cst.For, cst.CompFor), _loop),
    ((cst.ExceptHandler,), _handler),
    ((cst.Tuple, cst.List, cst.Set, cst.Dict), _element),
    ((cst.Integer, cst.Float), _less),
    ((cst.Call,), _opposite),
    ((cst.Call,), _order),
    ((cst.FormattedStringText,), _text),
)

_MOST = {"string": 1}
"""Of a string's three mutants the first will do: `XX…XX`, not also all upper and all lower case."""


def _theirs() -> Iterator[tuple[str, tuple[type, ...], Operator]]:
    for kind, operator in mutation_operators:
        name = operator.__name__.removeprefix("operator_")
        yield name, (kind,), _mutmut(operator, _MOST.get(name))


OPERATORS: tuple[tuple[str, tuple[type, ...], Operator], ...] = (
    *_theirs(),
    *((operator.__name__.removeprefix("_"), kinds, operator) for kinds, operator in _OURS),
)
"""Each operator's name, the kinds of node that it takes, and itself."""

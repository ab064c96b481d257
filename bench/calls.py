"""Which calls a run makes, by service and operation."""

from __future__ import annotations

from collections import Counter

from .box import Box
from .function import Function, rest
from .table import table

FIRST = 41

Calls = Counter[tuple[str, str]]


def report(box: Box, quiet: Function, *, pending: int) -> str:
    """Count the calls of three runs and report them; `quiet` makes the quiet one."""
    rest(pending)
    runs = {f"quiet, {pending:,} pending": _counted(box, quiet)}
    rest(pending)
    function = Function(box)
    box.invite(FIRST)
    runs[f"first, {FIRST} pending"] = _counted(box, function)
    box.invite(1)
    runs["one new"] = _counted(box, function)
    return "3. CALLS: what one run makes\n" + _table(runs)


def _counted(box: Box, function: Function) -> Calls:
    box.forget_calls()
    function.run()
    return box.calls()


def _table(runs: dict[str, Calls]) -> str:
    operations = sorted({operation for calls in runs.values() for operation in calls})
    return table(
        ["", *runs],
        *(
            [" ".join(operation), *(str(calls[operation] or "-") for calls in runs.values())]
            for operation in operations
        ),
        ["all", *(str(calls.total()) for calls in runs.values())],
    )

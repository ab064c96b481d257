"""Text in columns."""

from __future__ import annotations

from collections.abc import Sequence

_INDENT = "  "


def table(*rows: Sequence[str]) -> str:
    """Return rows as lines: the first column begins at the left, the others end at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
    return (_INDENT + "   ".join(cells)).rstrip()

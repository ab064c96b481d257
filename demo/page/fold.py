"""Long messages, shown in full but folded after their first lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from demo.page.markup import NOTHING, Html, esc, join, tag

LONG = 32
"""A message of at most so many lines is shown whole: a card is, a long digest is not."""

FOLD_AFTER = 12
"""Lines of a longer message that stay visible."""

BRIEF = 5
"""Lines that stay visible of a message that repeats what was told above."""

GLIMPSE = 1
"""Lines that stay visible of a message that only says what others belong to."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message that is not split further, and how many lines it has.

    A piece that is `last` stays in sight below the fold when nothing but such pieces follows.
    A `blank` one is where a fold is least in the way.
    """

    html: Html
    lines: int = 1
    last: bool = False
    blank: bool = False


def line(content: Html, *, class_: str = "line") -> Piece:
    """Return one line of text, whose direction follows from its own letters."""
    return Piece(tag("div", content, class_=class_, dir="auto"), blank=not content)


def folded(pieces: Sequence[Piece], *, most: int | None = None) -> Html:
    """Return the pieces one below the other, with what is too long inside `details`.

    Of a message with more than `most` lines, so many stay visible.
    """
    if _height(pieces) <= (most or LONG):
        return _html(pieces)
    body, closing = _split_closing(pieces)
    cut = _cut(body, most or FOLD_AFTER)
    return join((_html(body[:cut]), _details(body[cut:]), _html(closing)))


def _cut(pieces: Sequence[Piece], fold_after: int) -> int:
    """Return how many pieces stay visible: up to a blank line, so that no entry is cut in two."""
    heights = accumulate(piece.lines for piece in pieces)
    most = max(1, sum(1 for height in heights if height <= fold_after))
    nearest = range(min(most, len(pieces) - 1), most // 2, -1)
    return next((index for index in nearest if pieces[index].blank), most)


def _split_closing(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    end = len(pieces)
    while end and pieces[end - 1].last:
        end -= 1
    return pieces[:end], pieces[end:]


def _details(pieces: Sequence[Piece]) -> Html:
    if not pieces:
        return NOTHING
    summary = tag(
        "summary",
        tag("span", esc(f"Show {_height(pieces)} more lines"), class_="when-closed"),
        tag("span", esc("Show less"), class_="when-open"),
    )
    return tag("details", summary, _html(pieces))


def _height(pieces: Sequence[Piece]) -> int:
    return sum(piece.lines for piece in pieces)


def _html(pieces: Sequence[Piece]) -> Html:
    return join(piece.html for piece in pieces)

"""The part of Slack's Block Kit that notifications use, as HTML.

Source: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from demo.page import mrkdwn, rich_text
from demo.page.clock import Reader
from demo.page.fold import Piece, line
from demo.page.markup import Html, esc, join, link, tag

_Block = Mapping[str, Any]


def pieces(blocks: Sequence[_Block], reader: Reader) -> list[Piece]:
    """Return what the blocks show, one below the other."""
    result: list[Piece] = []
    for block in blocks:
        draw = _DRAWN.get(block.get("type", ""), _unknown)
        result += _spaced(draw(block, reader))
    return result


def _spaced(drawn: list[Piece]) -> list[Piece]:
    """Set a block apart from the one above it, without making it one unbreakable piece."""
    if not drawn:
        return []
    return [replace(drawn[0], html=tag("div", drawn[0].html, class_="block")), *drawn[1:]]


def _text(text: Mapping[str, Any], reader: Reader) -> list[Piece]:
    words = str(text.get("text", ""))
    if text.get("type") == "plain_text":
        return [line(esc(part)) for part in mrkdwn.decoded(words).split("\n")]
    return mrkdwn.pieces(words, reader, verbatim=bool(text.get("verbatim")))


def _joined(drawn: Sequence[Piece]) -> Html:
    return join(piece.html for piece in drawn)


def _header(block: _Block, _: Reader) -> list[Piece]:
    words = mrkdwn.decoded(str(block.get("text", {}).get("text", "")))
    return [Piece(tag("h4", esc(words), class_="header", dir="auto"))]


def _section(block: _Block, reader: Reader) -> list[Piece]:
    drawn = _text(block["text"], reader) if block.get("text") else []
    fields = [_text(field, reader) for field in block.get("fields", ())]
    return [*drawn, *(_row(fields[index : index + 2]) for index in range(0, len(fields), 2))]


def _row(fields: Sequence[Sequence[Piece]]) -> Piece:
    """Return two fields side by side."""
    height = max(sum(piece.lines for piece in field) for field in fields)
    cells = (tag("div", _joined(field), class_="field") for field in fields)
    return Piece(tag("div", *cells, class_="fields"), lines=height)


def _context(block: _Block, reader: Reader) -> list[Piece]:
    texts = [element for element in block.get("elements", ()) if element.get("type") != "image"]
    drawn = [_text(text, reader) for text in texts]
    cells = (tag("div", _joined(part)) for part in drawn)
    height = max((sum(piece.lines for piece in part) for part in drawn), default=1)
    return [Piece(tag("div", *cells, class_="context"), lines=height, last=True)]


def _divider(_: _Block, __: Reader) -> list[Piece]:
    return [Piece(Html("<hr>"))]


def _actions(block: _Block, _: Reader) -> list[Piece]:
    buttons = (_button(element) for element in block.get("elements", ()))
    return [Piece(tag("div", *buttons, class_="actions"), last=True)]


def _button(element: Mapping[str, Any]) -> Html:
    label = esc(mrkdwn.decoded(str(element.get("text", {}).get("text", ""))))
    style = "button primary" if element.get("style") == "primary" else "button"
    return link(str(element.get("url", "")), tag("bdi", label), class_=style)


def _rich_text(block: _Block, reader: Reader) -> list[Piece]:
    return rich_text.pieces(block.get("elements", ()), reader)


def _image(_: _Block, __: Reader) -> list[Piece]:
    return []  # the page loads nothing


def _unknown(block: _Block, _: Reader) -> list[Piece]:
    return [line(esc(f"[{block.get('type')}: not drawn here]"), class_="line quiet")]


_DRAWN: dict[str, Callable[[_Block, Reader], list[Piece]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
    "rich_text": _rich_text,
    "image": _image,
}

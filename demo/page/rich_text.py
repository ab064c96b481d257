"""Slack's rich text, as far as a notification may use it: sections, lists, quotes and code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.page import slack_date
from demo.page.clock import Reader, stamp
from demo.page.fold import Piece, line
from demo.page.markup import Html, esc, join, link, tag
from demo.page.mrkdwn import mention

_Element = Mapping[str, Any]
_STYLES = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_MENTIONS = {"user": ("@", "user_id"), "channel": ("#", "channel_id"), "broadcast": ("!", "range")}


def pieces(elements: Sequence[_Element], reader: Reader) -> list[Piece]:
    """Return what a rich text block's elements show."""
    return [piece for element in elements for piece in _drawn(element, reader)]


def _drawn(element: _Element, reader: Reader) -> Iterator[Piece]:
    children = element.get("elements", ())
    match element.get("type"):
        case "rich_text_list":
            yield from _list(element, reader)
        case "rich_text_preformatted":
            words = "".join(str(child.get("text", "")) for child in children)
            yield Piece(tag("pre", esc(words), dir="auto"), lines=words.count("\n") + 1)
        case "rich_text_quote":
            yield line(_inline(children, reader), class_="line quote")
        case _:
            yield line(_inline(children, reader))


def _list(element: _Element, reader: Reader) -> Iterator[Piece]:
    numbered = element.get("style") == "ordered"
    for number, item in enumerate(element.get("elements", ()), start=1):
        bullet = esc(f"{number}. " if numbered else "• ")
        content = _inline(item.get("elements", ()), reader)
        yield line(join((bullet, content)), class_="line item")


def _inline(elements: Sequence[_Element], reader: Reader) -> Html:
    return join(_styled(element, reader) for element in elements)


def _styled(element: _Element, reader: Reader) -> Html:
    content = _content(element, reader)
    for style, name in _STYLES.items():
        if element.get("style", {}).get(style):
            content = tag(name, content)
    return content


def _content(element: _Element, reader: Reader) -> Html:
    kind = element.get("type")
    text = str(element.get("text", ""))
    if kind == "link":
        url = str(element.get("url", ""))
        return link(url, tag("bdi", esc(text or url)))
    if kind == "date":
        return _date(element, reader)
    if kind in _MENTIONS:
        sign, key = _MENTIONS[kind]
        return mention(sign + str(element.get(key, "")), "")
    return esc(text)


def _date(element: _Element, reader: Reader) -> Html:
    unix, pattern = str(element.get("timestamp", "")), str(element.get("format", ""))
    shown = slack_date.formatted(unix, pattern, reader)
    return stamp(shown[0], shown[1]) if shown else esc(str(element.get("fallback", "")))

"""Slack's text markup as HTML, the way a client shows it.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re

from demo.page import slack_date
from demo.page.clock import Reader, stamp
from demo.page.fold import Piece, line
from demo.page.markup import Html, esc, join, link, linked, tag

_ENTITY = re.compile(r"&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_PREFORMATTED = re.compile(r"\n?```\n?(.+?)```\n?", re.DOTALL)
_QUOTE = re.compile(r"(?:>|&gt;)\s?")
_ELEMENTS = {"*": "b", "_": "i", "~": "s"}
_TOKEN = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<reference>[^<>\n]+)>"
    r"|(?<!\w)(?P<mark>[*_~])(?P<body>(?!\s)(?:<[^<>\n]+>|(?!(?P=mark))[^<\n])+(?<!\s))(?P=mark)(?!\w)"
)


def decoded(text: str) -> str:
    """Return `text` with the three entities that Slack knows as the characters they stand for."""
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], text)


def pieces(text: str, reader: Reader, *, verbatim: bool = False) -> list[Piece]:
    """Return marked-up text line by line; `verbatim` keeps bare addresses from being links."""
    result: list[Piece] = []
    for index, part in enumerate(_PREFORMATTED.split(text)):
        if index % 2:
            result.append(_preformatted(part))
        elif part:
            result += (_line(words, reader, verbatim=verbatim) for words in part.split("\n"))
    return result


def inline(text: str, reader: Reader, *, verbatim: bool = False) -> Html:
    """Return one line of marked-up text."""
    parts: list[Html] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += (_plain(text[end : token.start()], verbatim=verbatim), _token(token, reader))
        end = token.end()
    return join([*parts, _plain(text[end:], verbatim=verbatim)])


def _preformatted(text: str) -> Piece:
    words = decoded(text.removesuffix("\n"))
    return Piece(tag("pre", esc(words), dir="auto"), lines=words.count("\n") + 1)


def _line(text: str, reader: Reader, *, verbatim: bool) -> Piece:
    quote = _QUOTE.match(text)
    words = text[quote.end() :] if quote else text
    return line(inline(words, reader, verbatim=verbatim), class_="line quote" if quote else "line")


def _plain(text: str, *, verbatim: bool) -> Html:
    words = decoded(text)
    return esc(words) if verbatim else linked(words)


def _token(token: re.Match[str], reader: Reader) -> Html:
    if token["code"]:
        return tag("code", esc(decoded(token["code"])))
    if token["reference"]:
        return _reference(token["reference"], reader)
    return tag(_ELEMENTS[token["mark"]], inline(token["body"], reader, verbatim=True))


def _reference(text: str, reader: Reader) -> Html:
    target, _, label = (decoded(part) for part in text.partition("|"))
    if target.startswith("!date^"):
        return _date(target, label, reader)
    if target[0] in "!@#":
        return mention(target, label)
    return link(target, tag("bdi", esc(label or target)))


def _date(target: str, fallback: str, reader: Reader) -> Html:
    _, unix, pattern, url, *_ = [*target.split("^"), "", "", ""]
    shown = slack_date.formatted(unix, pattern, reader)
    return link(url, stamp(shown[0], shown[1]) if shown else esc(fallback))


def mention(target: str, label: str) -> Html:
    """Return `!here`, `@U…` or `#C…` in the colour of a mention that pings somebody."""
    sign = "#" if target[0] == "#" else "@"
    name = label.lstrip("@#") or target[1:]
    return tag("span", esc(sign + name), class_="mention")

"""HTML from data: only `Html` reaches the page without being escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NewType

Html = NewType("Html", str)

NOTHING = Html("")

# Control characters have no place in HTML, and no encoder accepts a lone surrogate.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(r"mailto:[^\s<>\"\x00-\x1f\x7f-\x9f]+")
_AFTER_ADDRESS = ".,;:!?'*_~"


def esc(text: str) -> Html:
    """Return `text` so that a browser shows exactly its characters."""
    return Html(escape(_UNWRITABLE.sub("\ufffd", text)))


def join(parts: Iterable[Html], between: str = "") -> Html:
    """Return the parts as one, with the text `between` them."""
    return Html(esc(between).join(parts))


def tag(name: str, /, *children: Html, **attributes: str) -> Html:
    """Return one element; an attribute's trailing underscore is dropped, inner ones are dashes."""
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    opening = "".join(f' {key}="{esc(value)}"' for key, value in pairs)
    return Html(f"<{name}{opening}>{join(children)}</{name}>")


def icon(name: str) -> Html:
    """Return one of the drawings that `page.html` holds."""
    return tag("svg", tag("use", href=f"#icon-{name}"), class_="icon", aria_hidden="true")


def link(url: str, label: Html, *, class_: str = "") -> Html:
    """Return a link if `url` is a web address or opens a mail, else only its label."""
    extra = {"class_": class_} if class_ else {}
    if _WEB_ADDRESS.fullmatch(url) or _MAIL_ADDRESS.fullmatch(url):
        return tag("a", label, href=url, rel="noopener noreferrer", **extra)
    return tag("span", label, **extra) if extra else label


def linked(text: str) -> Html:
    """Return `text` with the web addresses in it as links."""
    parts: list[Html] = []
    end = 0
    for found in _WEB_ADDRESS.finditer(text):
        url = _without_trailing_marks(found.group())
        parts += (esc(text[end : found.start()]), link(url, esc(url)))
        end = found.start() + len(url)
    return join([*parts, esc(text[end:])])


def _without_trailing_marks(url: str) -> str:
    shorter = url.rstrip(_AFTER_ADDRESS)
    while shorter.endswith(")") and shorter.count(")") > shorter.count("("):
        shorter = shorter[:-1].rstrip(_AFTER_ADDRESS)
    return shorter

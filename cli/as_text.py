"""Messages as lines for a terminal: every word, with dates and links as Slack shows them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifier.adapters.sns.email import wrapped
from notifier.core.words import local_time

from .rehearsal import Sent

_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*\|[^>]*>")
_MARKS = {"rich_text_list": ("• ", "  "), "rich_text_quote": ("> ", "> ")}
"""What stands before the first line and before those below it."""

_LINK = re.compile(r"<((?:https?|mailto):[^|>]*)\|([^>]*)>")


def lines(sent: Sent, zone: ZoneInfo) -> Iterator[str]:
    """Yield what a message says, its subject or the line of its notification first."""
    payload = sent.payload
    if sent.channel == "sns":
        yield payload["Subject"]
        yield ""
        yield from json.loads(payload["Message"])["email"].rstrip().split("\n")
        return
    yield from _read(payload["text"], zone).split("\n")
    blocks = payload.get("blocks") or ()
    for block in blocks:
        yield ""
        yield from _block(block, zone)


def _block(block: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    if block["type"] == "rich_text":
        yield from _rich_text(block["elements"], zone)
        return
    texts = [block["text"]] if "text" in block else []
    for text in (*texts, *block.get("fields", ()), *block.get("elements", ())):
        is_markup = text["type"] == "mrkdwn"
        words = _read(text["text"], zone) if is_markup else text["text"]
        # What stands below a label goes on below it: only our own words begin a line.
        label, *values = words.split("\n")
        yield wrapped(label, other="  ")
        yield from (wrapped(value, first="  ", other="  ") for value in values)


def _rich_text(parts: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Iterator[str]:
    for part in parts:
        sections = part["elements"] if part["type"] == "rich_text_list" else [part]
        for section in sections:
            said = "".join(_element(element, zone) for element in section["elements"])
            first, other = _MARKS.get(part["type"], ("", "  "))
            yield wrapped(said, first=first, other=other)


def _element(element: Mapping[str, Any], zone: ZoneInfo) -> str:
    if element["type"] == "date":
        return _moment(element["timestamp"], zone)
    return str(element["text"])


def _read(text: str, zone: ZoneInfo) -> str:
    """Return mrkdwn with its dates on the reader's clock, and its links as words and address."""
    dated = _DATE.sub(lambda found: html.escape(_moment(found[1], zone), quote=False), text)
    return html.unescape(_LINK.sub(r"\2 (\1)", dated))


def _moment(seconds: str | int, zone: ZoneInfo) -> str:
    return local_time(datetime.fromtimestamp(int(seconds), UTC), zone)

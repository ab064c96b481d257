"""Messages as lines for a terminal: every word, with dates and links as Slack shows them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifier.core.words import local_time

from .rehearsal import Sent

_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*\|[^>]*>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]*)\|([^>]*)>")


def lines(sent: Sent, zone: ZoneInfo) -> Iterator[str]:
    """Yield what a message says, its subject or the line of its notification first."""
    payload = sent.payload
    if sent.channel == "sns":
        yield payload["Subject"]
        yield ""
        yield from json.loads(payload["Message"])["email"].rstrip().split("\n")
        return
    yield _read(payload["text"], zone)
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
        yield from words.split("\n")


def _rich_text(parts: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Iterator[str]:
    for part in parts:
        is_list = part["type"] == "rich_text_list"
        for section in part["elements"] if is_list else [part]:
            said = "".join(_element(element, zone) for element in section["elements"])
            yield f"{'• ' if is_list else ''}{said}"


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

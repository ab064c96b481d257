"""What an example says, as text that people can compare line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.page import Mail, Post

from .sending import Shown

LONG = 120
"""Lines of a message that are written down; of a longer one, how many more there are."""

_MARKS = {"rich_text_list": "• ", "rich_text_quote": "> "}


def written(shown: Shown) -> str:
    """Return all that the channels got of an example: places, texts and blocks."""
    bot, webhook = list(_slack(shown.bot)), list(_slack(shown.webhook))
    parts = (
        (f"Slack, as a bot: {shown.example.how.value}{_broadcast(shown.bot)}", bot),
        ("Slack, through a webhook", ["(the same)"] if webhook == bot and bot else webhook),
        ("Email", list(_mails(shown.mails))),
    )
    lines = [f"{shown.example.title}"]
    for title, said in parts:
        lines += ["", f"== {title}", *(said or ["(nothing)"])]
    return "\n".join(lines) + "\n"


def _broadcast(posts: Sequence[Post]) -> str:
    is_broadcast = any(json.loads(post.body).get("reply_broadcast") for post in posts)
    return ", and in the channel" if is_broadcast else ""


def _slack(posts: Sequence[Post]) -> Iterator[str]:
    for post in posts:
        payload = json.loads(post.body)
        yield f"text: {payload['text']}"
        yield from _cut([line for block in payload.get("blocks") or () for line in _block(block)])


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    if block["type"] == "rich_text":
        yield from _rich_text(block)
        return
    texts = [block["text"]] if "text" in block else []
    held = {"": texts, " fields": block.get("fields", ()), " elements": block.get("elements", ())}
    for name, members in held.items():
        if members:
            yield f"[{block['type']}{name}]"
        for text in members:
            kind = "" if text["type"] == "mrkdwn" else f"({text['type']}) "
            first, *others = text["text"].split("\n")
            yield f"  {kind}{first}"
            yield from (f"    {line}" for line in others)


def _rich_text(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sections, and quotes and lists with their mark before each line."""
    yield "[rich_text]"
    for part in block["elements"]:
        sections = part["elements"] if part["type"] == "rich_text_list" else [part]
        mark = _MARKS.get(part["type"], "")
        for section in sections:
            yield f"  {mark}" + "".join(map(_element, section["elements"]))


def _element(element: Mapping[str, Any]) -> str:
    if element["type"] == "date":
        return f"<date {element['timestamp']} {element['format']}|{element['fallback']}>"
    is_bold = element.get("style", {}).get("bold", False)
    return f"*{element['text']}*" if is_bold else str(element["text"])


def _mails(mails: Sequence[Mail]) -> Iterator[str]:
    for mail in mails:
        yield f"subject: {mail.subject}"
        yield from _cut([f"  {line}".rstrip() for line in mail.text.splitlines()])


def _cut(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:LONG]
    if len(lines) > LONG:
        yield f"  ... {len(lines) - LONG} more lines"

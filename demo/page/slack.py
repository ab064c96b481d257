"""A Slack channel as a person sees it: messages, the replies in their threads, and changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from demo.page import blocks, mrkdwn
from demo.page.channel import Conversation, Shown, payload_of
from demo.page.clock import Reader, stamp, time_of_day
from demo.page.fold import GLIMPSE, Piece, folded, line
from demo.page.markup import NOTHING, Html, esc, icon, tag

APP_NAME = "Partner Central"


def conversation(held: Conversation, reader: Reader) -> Iterator[Html]:
    """Yield a message with its thread, then the replies that are shown in the channel, too."""
    is_known = not held.is_new and not held.is_changed
    root = message(held.root, replace(reader, most=GLIMPSE) if is_known else reader)
    classes = [
        "conversation",
        *(["known"] if is_known else []),
        *(["quiet"] if held.is_quiet else []),
    ]
    place = _place(held.root.channel)
    yield tag("div", place, root, _thread(held, reader), class_=" ".join(classes))
    for reply in held.replies:
        if reply.broadcast:
            yield message(reply, reader, above=_replied_to(held.root, reader))


def _place(channel: str | None) -> Html:
    return tag("p", esc(f"# {channel}"), class_="place") if channel else NOTHING


def message(shown: Shown, reader: Reader, *, above: Html = NOTHING) -> Html:
    """Return one message, from the JSON body that Slack accepted; `above` stands over its text."""
    try:
        content = folded(_pieces(json.loads(shown.body), reader), most=reader.most)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Not a message that Slack would accept: the bytes themselves show best what is wrong.
        words = shown.body.decode(errors="replace")
        content = folded([line(esc(part)) for part in words.split("\n")])
    avatar = tag("span", icon("app"), class_="avatar")
    edited = tag("span", esc("(edited)"), class_="edited") if shown.edited else NOTHING
    body = tag("div", content, edited, class_="body")
    said = tag("div", _byline(shown, reader), above, body, class_="said")
    return tag("article", avatar, said, class_="slack-message")


def _thread(held: Conversation, reader: Reader) -> Html:
    """Return the thread under a message, if anything was said in it."""
    if not held.replies and not held.earlier:
        return NOTHING
    before = NOTHING
    if held.earlier:
        words = "1 earlier reply" if held.earlier == 1 else f"{held.earlier} earlier replies"
        before = tag("p", esc(words), class_="earlier")
    replies = (_reply(reply, reader) for reply in held.replies)
    return tag("div", before, *replies, class_="thread", role="group", aria_label="Thread")


def _reply(reply: Shown, reader: Reader) -> Html:
    """Return a reply in its thread; only a glimpse of one that is shown in the channel, too."""
    if not reply.broadcast:
        return message(reply, reader)
    mark = tag("p", esc("Also sent to the channel"), class_="kind")
    return message(reply, replace(reader, most=GLIMPSE), above=mark)


def _replied_to(root: Shown, reader: Reader) -> Html:
    words = mrkdwn.inline(str(payload_of(root.body).get("text", "")), reader, verbatim=True)
    return tag("p", esc("replied to a thread: "), tag("span", words), class_="kind cut")


def _pieces(payload: Mapping[str, Any], reader: Reader) -> list[Piece]:
    if sent := payload.get("blocks"):
        # A form-like client sends them as a string of JSON.
        return blocks.pieces(json.loads(sent) if isinstance(sent, str) else sent, reader)
    text = str(payload.get("text", ""))
    if payload.get("mrkdwn") is False:
        return [line(esc(part)) for part in mrkdwn.decoded(text).split("\n")]
    return mrkdwn.pieces(text, reader)


def _byline(shown: Shown, reader: Reader) -> Html:
    moment = _moment(shown.ts) or reader.now
    local = reader.local(moment)
    words = time_of_day(local)
    if local.date() != reader.local(reader.now).date():
        words = f"{local:%b} {local.day} at {words}"
    return tag(
        "p",
        tag("b", esc(APP_NAME), class_="name"),
        tag("span", esc("App"), class_="badge"),
        stamp(moment, words),
        class_="byline",
    )


def _moment(ts: str) -> datetime | None:
    """Return when a message was posted, as its timestamp says."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None

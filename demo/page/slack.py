"""A Slack message as a person sees it in the channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from demo.page import blocks, mrkdwn
from demo.page.clock import Reader, stamp, time_of_day
from demo.page.fold import Piece, folded, line
from demo.page.markup import NOTHING, Html, esc, icon, join, tag

APP_NAME = "Partner Central"


def message(body: bytes, reader: Reader) -> Html:
    """Return one message from the JSON body that Slack accepted."""
    try:
        content = _content(json.loads(body), reader)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Not a message that Slack would accept: the bytes themselves show best what is wrong.
        content = folded([line(esc(part)) for part in body.decode(errors="replace").split("\n")])
    avatar = tag("span", icon("app"), class_="avatar")
    said = tag("div", _byline(reader), tag("div", content, class_="body"), class_="said")
    return tag("article", avatar, said, class_="slack-message")


def _content(payload: Mapping[str, Any], reader: Reader) -> Html:
    return join((_kind(payload), folded(_pieces(payload, reader), brief=reader.again)))


def _pieces(payload: Mapping[str, Any], reader: Reader) -> list[Piece]:
    if sent := payload.get("blocks"):
        # A form-like client sends them as a string of JSON.
        return blocks.pieces(json.loads(sent) if isinstance(sent, str) else sent, reader)
    text = str(payload.get("text", ""))
    if payload.get("mrkdwn") is False:
        return [line(esc(part)) for part in mrkdwn.decoded(text).split("\n")]
    return mrkdwn.pieces(text, reader)


def _byline(reader: Reader) -> Html:
    return tag(
        "p",
        tag("b", esc(APP_NAME), class_="name"),
        tag("span", esc("App"), class_="badge"),
        stamp(reader.now, time_of_day(reader.local(reader.now))),
        class_="byline",
    )


def _kind(payload: Mapping[str, Any]) -> Html:
    if payload.get("ts"):
        words = "The card above is updated"
    elif payload.get("thread_ts"):
        also = ", also sent to the channel" if payload.get("reply_broadcast") else ""
        words = f"Reply in the card's thread{also}"
    else:
        return NOTHING
    return tag("p", esc(words), class_="kind")

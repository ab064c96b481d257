"""The story's steps, each with what the two channels showed at that moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from demo.page import mail, slack
from demo.page.channel import Channel, Conversation
from demo.page.clock import Reader, day, span, stamp, time_of_day
from demo.page.fold import BRIEF
from demo.page.markup import NOTHING, Html, esc, icon, join, tag
from demo.page.story import Tick

_CHANNEL_WORDS = re.compile(
    r"\b(?:(?P<slack>slack)|(?P<mail>sns|e-?mails?|mails?))\b", re.IGNORECASE
)


def steps(ticks: Sequence[Tick], zone: ZoneInfo) -> Html:
    """Return the ticks from first to last, with the time that passed between them."""
    if not ticks:
        return NOTHING
    start, channel = ticks[0].at.astimezone(zone), Channel()
    gaps = [None, *(_gap(before, after) for before, after in pairwise(ticks))]
    return join(
        _step(tick, channel.receive(tick.posts), gap, start, zone)
        for tick, gap in zip(ticks, gaps, strict=True)
    )


def _gap(before: Tick, after: Tick) -> str | None:
    length = span(after.at - before.at)
    parts = (f"{length} later" if length else "", after.meanwhile)
    return " · ".join(filter(None, parts)) or None


def _step(
    tick: Tick,
    conversations: Sequence[Conversation],
    gap: str | None,
    start: datetime,
    zone: ZoneInfo,
) -> Html:
    reader = Reader(zone=zone, now=tick.at, most=BRIEF if tick.again else None)
    troubled = _troubled(tick)
    said = [part for held in conversations for part in slack.conversation(held, reader)]
    parts = (
        _when(tick, start, reader, troubled),
        _pane("slack", "Slack", said, troubled),
        _pane("mail", "Email", [mail.message(item, reader) for item in tick.mails], troubled),
    )
    passed = tag("p", esc(gap), class_="gap") if gap else NOTHING
    return tag("li", passed, tag("article", *parts, class_=f"step {_mood(tick, conversations)}"))


def _mood(tick: Tick, conversations: Sequence[Conversation]) -> str:
    if tick.trouble:
        return "troubled"
    if tick.mails or not all(held.is_quiet for held in conversations):
        return "told"
    return "changed" if conversations else "silent"


def _troubled(tick: Tick) -> dict[str, Html]:
    """Return the notice of trouble, under the channel that it names first."""
    if not tick.trouble:
        return {}
    found = _CHANNEL_WORDS.search(tick.trouble)
    text = tag("span", esc(tick.trouble), dir="auto")
    notice = tag("p", icon("pause"), text, class_="trouble")
    return {found.lastgroup or "" if found else "": notice}


def _when(tick: Tick, start: datetime, reader: Reader, troubled: dict[str, Html]) -> Html:
    local = reader.local(tick.at)
    number = (local.date() - start.date()).days + 1
    moment = tag(
        "p",
        tag("span", esc(f"Day {number}"), class_="day"),
        stamp(tick.at, f"{day(local)}, {time_of_day(local)}"),
        class_="moment",
    )
    title = tag("h2", esc(tick.title), dir="auto")
    note = tag("p", esc(tick.note), class_="note", dir="auto")
    inner = tag("div", moment, title, note, troubled.get("", NOTHING), _chips(tick), class_="stick")
    return tag("div", inner, class_="when")


def _chips(tick: Tick) -> Html:
    chips = [_chip(key, value) for key, value in tick.summary.items()]
    return tag("ul", *chips, class_="chips", aria_label="The run's summary") if chips else NOTHING


def _chip(key: str, value: object) -> Html:
    words = esc(key.replace("_", " "))
    return tag("li", words, tag("b", esc(str(value))), class_="chip some" if value else "chip none")


def _pane(name: str, label: str, messages: Sequence[Html], troubled: dict[str, Html]) -> Html:
    heading = tag("h3", icon(name), esc(label), class_="channel")
    content = list(_content(messages, troubled.get(name)))
    state = "sent" if messages else "empty"
    return tag("section", heading, *content, class_=f"pane {name} {state}", aria_label=label)


def _content(messages: Sequence[Html], notice: Html | None) -> Iterator[Html]:
    if notice:
        yield notice
    if messages:
        yield tag("div", *messages, class_="messages")
    elif not notice:
        yield tag("p", esc("Nothing sent"), class_="nothing")

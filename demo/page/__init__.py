"""The demo's page: Slack and an inbox side by side, drawn from the bytes they received."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from demo.page.clock import counted, span
from demo.page.markup import Html, esc, join, tag
from demo.page.story import Mail, Post, Tick
from demo.page.timeline import steps

__all__ = ["Mail", "Post", "Tick", "render", "resource"]


SIMULATED = (
    "The notifier itself ran, unmodified. Partner Central, Slack and Amazon SNS were simulated; "
    "every message above is drawn from the bytes they received. The page folds long and repeated "
    "messages; the channels received them in full."
)


def render(
    ticks: Sequence[Tick], *, zone: ZoneInfo, heading: str, catalog: str, footer: str = SIMULATED
) -> str:
    """Return the whole page, which loads nothing and needs no script.

    `zone` is the reader's time zone, and `footer` says where the messages come from. Everything in
    the ticks is escaped for HTML.
    """
    return Template(resource("page.html")).substitute(
        style=resource("page.css"),
        drawings=resource("drawings.svg"),
        heading=esc(heading),
        catalog=esc(catalog),
        zone=esc(zone.key.replace("_", " ")),
        totals=_totals(ticks),
        steps=steps(ticks, zone),
        footer=esc(footer),
    )


def resource(name: str) -> str:
    """Return one of the files that pages are made of."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _totals(ticks: Sequence[Tick]) -> Html:
    length = span(ticks[-1].at - ticks[0].at) if ticks else None
    posts = len({post.ts for tick in ticks for post in tick.posts})
    mails = sum(len(tick.mails) for tick in ticks)
    counts = (counted(len(ticks), "step"), counted(posts, "Slack message"), counted(mails, "email"))
    return join(_total(words) for words in (length, *counts) if words)


def _total(words: str) -> Html:
    number, _, thing = words.partition(" ")
    return tag("li", tag("b", esc(number)), esc(f" {thing}"))

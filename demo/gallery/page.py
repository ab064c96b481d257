"""The gallery's page: an example a row, a channel a column."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from demo.page import Mail, Post, mail, resource, slack
from demo.page.channel import Channel
from demo.page.clock import Reader
from demo.page.markup import NOTHING, Html, esc, join, tag

from .examples import How, Section
from .sending import Shown


def render(shown: Sequence[tuple[Section, Sequence[Shown]]], *, zone: ZoneInfo) -> str:
    """Return the whole page, which loads nothing and needs no script."""
    contents = (
        tag("li", tag("a", esc(section.title), href=f"#{section.name}")) for section, _ in shown
    )
    return Template(_own("page.html")).substitute(
        style=resource("page.css") + _own("page.css"),
        drawings=resource("drawings.svg"),
        contents=join(contents),
        sections=join(_section(section, examples, zone) for section, examples in shown),
    )


def _own(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text("utf-8")


def _section(section: Section, shown: Sequence[Shown], zone: ZoneInfo) -> Html:
    examples = (_example(example, zone) for example in shown)
    heading = tag("h2", esc(section.title))
    return tag("section", heading, *examples, class_="kinds", id=section.name)


def _example(shown: Shown, zone: ZoneInfo) -> Html:
    example = shown.example
    reader = Reader(zone=zone, now=example.message.now)
    where = "" if example.how is How.POST else example.how.value
    columns = (
        _column("Slack, as a bot", where, _as_bot(shown, reader)),
        _column("Slack, through a webhook", "", _in_channel(shown.webhook, reader)),
        _column("Email", "", _mails(shown.mails, reader)),
    )
    name = tag("code", esc(example.name))
    heading = tag("h3", esc(example.title), name)
    return tag("article", heading, tag("div", *columns, class_="channels"), class_="example")


def _column(place: str, where: str, messages: Sequence[Html]) -> Html:
    aside = tag("span", esc(f" · {where}")) if where else NOTHING
    heading = tag("h4", esc(place), aside, class_="place")
    if not messages:
        return tag("div", heading, tag("p", esc("Nothing sent"), class_="nothing"))
    return tag("div", heading, tag("div", *messages, class_="messages"))


def _as_bot(shown: Shown, reader: Reader) -> list[Html]:
    if not shown.bot:
        return []
    channel = Channel()
    channel.receive(shown.before)
    held = channel.receive(shown.bot)
    return [part for conversation in held for part in slack.conversation(conversation, reader)]


def _in_channel(posts: Sequence[Post], reader: Reader) -> list[Html]:
    held = Channel().receive(posts)
    return [part for conversation in held for part in slack.conversation(conversation, reader)]


def _mails(mails: Sequence[Mail], reader: Reader) -> list[Html]:
    return [mail.message(item, reader) for item in mails]

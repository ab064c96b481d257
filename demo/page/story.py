"""What the page is drawn from: the steps of a story, and the bytes received in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One notification as an email subscriber receives it, in plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What Slack accepted: the JSON body of a message, or of a message's update.

    `ts` is Slack's name for the message; an update has the `ts` of the message that it changes.
    `channel` is what people call the channel, where there are several.
    """

    ts: str
    body: bytes
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One step of the story: what happened at `at` (UTC), and what each channel received.

    `posts` are in the order in which Slack accepted them. `trouble` is one sentence about a channel
    that does not work; it is shown in the channel that it names first. `summary` is the run's
    summary line. `meanwhile` says in a few words what happened since the step before.
    `again` folds the messages of a step that repeats earlier ones after their first lines.
    """

    at: datetime
    title: str
    note: str
    posts: tuple[Post, ...] = ()
    mails: tuple[Mail, ...] = ()
    trouble: str | None = None
    summary: Mapping[str, object] = field(default_factory=dict)
    meanwhile: str = ""
    again: bool = False

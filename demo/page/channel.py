"""What a Slack channel shows in each step of the story, from the bytes that it received."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demo.page.story import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as its channel shows it now; `root` names the message under which it stands."""

    ts: str
    body: bytes
    root: str | None = None
    broadcast: bool = False
    edited: bool = False
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A message and the new replies in its thread, as one step shows them.

    `is_new` means that the message itself came in this step, `is_changed` that it was updated.
    `earlier` counts the replies that were there before.
    """

    root: Shown
    replies: tuple[Shown, ...] = ()
    earlier: int = 0
    is_new: bool = False
    is_changed: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is notified: a message that changes makes no sound."""
        return not self.is_new and not self.replies


class Channel:
    """Slack through the whole story: it remembers every message as it was last updated."""

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}

    def receive(self, posts: Sequence[Post]) -> list[Conversation]:
        """Take what came in one step; return each conversation in which something happened."""
        before = set(self._shown)
        touched = [self._take(post) for post in posts]
        roots = dict.fromkeys(message.root or message.ts for message in touched)
        changed = {message.ts for message in touched if message.edited}
        return [self._conversation(root, before, changed) for root in roots]

    def _take(self, post: Post) -> Shown:
        known = self._shown.get(post.ts)
        message = (
            _first(post, self._shown)
            if known is None
            else replace(known, body=post.body, edited=True)
        )
        self._shown[post.ts] = message
        return message

    def _conversation(self, root: str, before: set[str], changed: set[str]) -> Conversation:
        thread = [message for message in self._shown.values() if message.root == root]
        return Conversation(
            root=self._shown[root],
            replies=tuple(message for message in thread if message.ts not in before),
            earlier=sum(message.ts in before for message in thread),
            is_new=root not in before,
            is_changed=root in changed,
        )


def payload_of(body: bytes) -> Mapping[str, Any]:
    """Return a message's JSON; empty for what is none."""
    try:
        payload = json.loads(body)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _first(post: Post, shown: Mapping[str, Shown]) -> Shown:
    payload = payload_of(post.body)
    root = payload.get("thread_ts")
    # Under a message that is not there, Slack shows a reply as a message of its own.
    is_reply = isinstance(root, str) and root in shown
    return Shown(
        ts=post.ts,
        body=post.body,
        root=root if is_reply else None,
        channel=post.channel,
        broadcast=is_reply and bool(payload.get("reply_broadcast")),
    )

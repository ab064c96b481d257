"""The Slack channels: each posts to one place, through an incoming webhook or as a bot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core import message as core_message
from ...core.backoff import Fate
from ...core.compose import compose, line
from ...core.message import Message
from ...core.model import Alert, Card, NotConnected
from ...core.ports import Connected, Elsewhere, Failed, Gone, Sent
from . import blocks as block_kit
from .secret import Bot, Secret, Webhook
from .web import Body, Slack, connected

TIMEOUT = 5
"""Seconds to wait for Slack, to connect and again to answer."""


class SlackChannel:
    """Posts to one place in Slack; the secret is read when a message is first due.

    `secret` reads it, once for all places of a run. `route` names the route whose place it is, and
    `place` is the id of a channel or a person; without either it is the one that the secret names.
    `base_url` replaces Slack's own address in tests and the demo, and `pace` waits where Slack's
    rate asks for it.
    """

    def __init__(
        self,
        secret: Callable[[], Secret],
        *,
        url: str,
        route: str | None = None,
        place: str | None = None,
        base_url: str | None = None,
        pace: Callable[[], None] = lambda: None,
    ) -> None:
        self._secret = secret
        self._url = url
        self._route = route
        self._place = place
        self._base_url = base_url
        self._pace = pace
        self._slack: Slack | None = None

    def connect(self) -> Connected | Elsewhere | NotConnected | Failed:
        """Read the secret; whether Slack takes what it says, the first message shows."""
        found = self._secret()
        if isinstance(found, NotConnected | Failed):
            return found
        own = self._own(found)
        if isinstance(own, Elsewhere):
            return own
        self._slack = self._connected(own)
        return Connected()

    def _connected(self, own: Webhook | Bot) -> Slack:
        return connected(own, base_url=self._base_url, timeout=TIMEOUT)

    def _own(self, found: Webhook | Bot) -> Webhook | Bot | Elsewhere:
        """Return how to post to this place; a webhook posts to the one that it was made for."""
        if self._route is None and self._place is None:
            return found
        if isinstance(found, Bot):
            return replace(found, channel=self._place) if self._place else Elsewhere()
        # A route's `slack_channel` is for a bot: with a webhook, the secret says where.
        is_escalation = self._route is None
        return found.routes.get(self._route or "") or Elsewhere(diverted=is_escalation)

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return core_message.split(alerts, _size, block_kit.DIGEST_LIMIT)

    def send(self, message: Message) -> Sent | Failed:
        if self._slack is None:
            return Failed(Fate.NOT_SENT, "not connected")
        self._pace()
        alert = message.single
        return self._slack.post(self._body(message), alert)

    def update(self, card: Card, message: Message) -> Sent | Gone | Failed:
        if self._slack is None:
            return Failed(Fate.NOT_SENT, "not connected")
        self._pace()
        return self._slack.update(card, self._body(message))

    def _body(self, message: Message) -> Body:
        content = compose(message)
        if message.plain:
            return Body(text=block_kit.plain(content))
        # As they go over the wire: what slack_sdk refuses is raised before anything is sent.
        blocks = tuple(block.to_dict() for block in block_kit.blocks(content, url=self._url))
        return Body(text=block_kit.notification(content), blocks=blocks)


def _size(alert: Alert) -> int:
    return block_kit.size(line(alert))

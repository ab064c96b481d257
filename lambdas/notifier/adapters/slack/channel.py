"""The Slack channel: posts through an incoming webhook or as a bot, as the secret says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ...core import message as core_message
from ...core.backoff import Fate
from ...core.compose import compose, line
from ...core.message import Message
from ...core.model import Alert, Card, NotConnected
from ...core.ports import Connected, Failed, Gone, Off, Sent
from . import blocks as block_kit
from . import secret
from .web import Body, Slack, connected

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

TIMEOUT = 5
"""Seconds to wait for Slack, to connect and again to answer."""


class SlackChannel:
    """Posts to one Slack channel; the secret is read when a message is first due.

    `base_url` replaces Slack's own address in tests and the demo, and `pace` waits where Slack's
    rate asks for it.
    """

    def __init__(
        self,
        secrets: Callable[[], SecretsManagerClient],
        *,
        secret_arn: str,
        url: str,
        base_url: str | None = None,
        pace: Callable[[], None] = lambda: None,
    ) -> None:
        self._secrets = secrets
        self._secret_arn = secret_arn
        self._url = url
        self._base_url = base_url
        self._pace = pace
        self._slack: Slack | None = None

    def connect(self) -> Connected | NotConnected | Off | Failed:
        """Read the secret; whether Slack takes what it says, the first message shows."""
        place = secret.read(self._secrets(), self._secret_arn)
        if isinstance(place, NotConnected | Failed):
            return place
        self._slack = connected(place, base_url=self._base_url, timeout=TIMEOUT)
        return Connected()

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
        blocks = block_kit.blocks(content, url=self._url)
        return Body(text=block_kit.notification(content), blocks=tuple(blocks))


def _size(alert: Alert) -> int:
    return block_kit.size(line(alert))

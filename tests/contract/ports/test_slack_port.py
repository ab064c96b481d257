"""Slack in memory and over HTTP show the same in the same places, and fail alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from notifier.adapters.slack import secret
from notifier.adapters.slack.channel import SlackChannel
from notifier.core.model import Card
from notifier.core.ports import Sent
from proof.story import Shown
from proof.wire.reading import shown_in
from proof.world.channels import HOME, MemorySlack, Workspace, secret_of
from simulator.account import PartnerAccount
from tests.contract.ports.sides import Sides

DACH, BOSS = "C0DACH", "U0BOSS"
PLACES: Mapping[str, tuple[str | None, str | None]] = {
    "slack": (None, None),
    "slack.home": (None, HOME),
    "slack.dach": ("dach", DACH),
    "slack.emea": ("emea", None),
    "escalation": (None, BOSS),
}
"""The route and the place of each channel."""

IDS = (HOME, DACH, BOSS)
ELSEWHERE = Card(channel=HOME, ts="1.000001")
"""A card that was never posted in this workspace."""


class Workspaces(Sides):
    """A workspace in which places come and go, and what runs post there."""

    def __init__(self, account: PartnerAccount, clients: Mapping[str, Any], seed: int) -> None:
        super().__init__(account.wire, seed)
        account.reset()
        self._slack, self._aws, self._client = account.slack, account.aws, clients["secretsmanager"]
        self._slack.rate = None
        self._workspace = Workspace()
        self._cards: list[tuple[Card, Card, int]] = [(ELSEWHERE, ELSEWHERE, 0)]
        for place in IDS:
            self._slack.open(place)
        self.fill_secret()

    def fill_secret(self) -> None:
        workspace = self._workspace
        workspace.way = self.random.choice([*["bot"] * 4, *["webhook"] * 2, ""])
        workspace.webhooks = self.random.choice([{}, {"dach": DACH}])
        forms: Mapping[str, Any] = {
            "bot": {"bot_token": self._slack.bot_token, "channel": HOME},
            "webhook": {
                "webhook_url": self._webhook(HOME),
                "routes": {name: self._webhook(id_) for name, id_ in workspace.webhooks.items()},
            },
        }
        self._aws.put_secret(forms.get(workspace.way, " "))

    def _webhook(self, id_: str) -> str:
        return self._slack.webhook_of(self._slack.open(id_))

    def change_place(self) -> None:
        id_, stands = self.random.choice(IDS), self.random.choices([True, False], [6, 1], k=2)
        for place in (self._workspace.place(id_), self._slack.open(id_)):
            place.is_member, place.is_archived = stands[0], not stands[1]

    def delete_card(self) -> None:
        memory, real, _ = self.random.choice(self._cards[-4:])
        self._workspace.delete(memory.ts)
        self._slack.delete(real.ts)

    def post(self) -> None:
        """Post about one invitation, perhaps under a card of its own, about several, or none."""
        memory, real = self._connected()
        cards = self.random.choice([*self._cards[-4:], (None, None, 0)])
        numbers = self.random.choice([[0], [1], [2], [0], [1], [2], [0, 1], []])
        message = self.message(*map(self.alert, numbers))
        above, below = (
            replace(message, alerts=tuple(replace(alert, card=card) for alert in message.alerts))
            for card in cards[:2]
        )
        kind = "post" if self._workspace.way == "bot" else "webhook"
        sent = self.alike(kind, lambda: memory.send(above), lambda: real.send(below))
        if all(isinstance(one, Sent) and one.card for one in sent):
            self._cards.append((sent[0].card, sent[1].card, numbers[0]))

    def update(self) -> None:
        memory, real = self._connected()
        mine, its, number = self.random.choice(self._cards[-4:])
        alert = self.alert(number)
        message = replace(self.message(alert), settled=alert.kind.is_closure)
        self.alike(
            "update", lambda: memory.update(mine, message), lambda: real.update(its, message)
        )

    def _connected(self) -> tuple[MemorySlack, SlackChannel]:
        """Return a channel that has tried to connect, on both sides."""
        name = self.random.choices([*PLACES], [4, 4, 2, 1, 1])[0]
        route, place = PLACES[name]
        read = secret_of(self._workspace, self.process)
        memory = MemorySlack(name, self._workspace, self.process, read, route=route, place=place)
        real = SlackChannel(
            lambda: secret.read(self._client, self._aws.secret_arn),
            url="https://partner.example",
            route=route,
            place=place,
            base_url=self._slack.base_url,
        )
        if self.random.randrange(20):
            kind = self.random.choice(["secret", None, None])
            self.alike(kind, memory.connect, real.connect)
        return memory, real

    def compare(self) -> None:
        """See that the same was posted, and that the cards show the same."""
        heard, posts = self._workspace.heard, self._slack.posts
        stamps = [one.ts for one in heard], [post.ts for post in posts]
        assert [
            (one.place, one.broadcast, one.plain, {said.id for said in one.said}) for one in heard
        ] == [
            (
                post.channel,
                bool(post.thread_ts and post.payload.get("reply_broadcast")),
                not post.payload.get("blocks"),
                set(re.findall(r"engi-\d{13}", post.raw.decode())),
            )
            for post in posts
        ]
        assert [one.thread and stamps[0].index(one.thread) for one in heard] == [
            post.thread_ts and stamps[1].index(post.thread_ts) for post in posts
        ]
        shown = {one.ts: one for one in shown_in(self._slack)}
        for memory, real, _ in self._cards:
            assert _seen(self._workspace.shown.get(memory.ts)) == _seen(shown.get(real.ts))


def _seen(shown: Shown | None) -> Any:
    """Return what a card shows; none whose invitation has ended shows a date."""
    return shown and (shown.place, shown.id, shown.status, None if shown.status else shown.deadline)


ACTS: Sequence[Callable[[Workspaces], None]] = (
    *(Workspaces.fill_secret, Workspaces.change_place, Workspaces.delete_card),
    *(Workspaces.post, Workspaces.post, Workspaces.update) * 3,
)


@pytest.mark.parametrize("seed", range(10))
def test_memory_shows_what_slack_shows(
    account: PartnerAccount, clients: Mapping[str, Any], seed: int
) -> None:
    """Whatever the secret holds, wherever it is told, and whatever fails."""
    workspaces = Workspaces(account, clients, seed)
    for _ in range(60):
        workspaces.random.choice(ACTS)(workspaces)
    workspaces.compare()

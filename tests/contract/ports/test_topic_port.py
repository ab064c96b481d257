"""The topic in memory and the one at SNS reach the same readers, and fail alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifier.adapters.sns.channel import SnsChannel
from notifier.core.model import Card
from notifier.core.ports import Connected
from proof.world.channels import MemoryTopic, Topic
from simulator.account import PartnerAccount
from tests.contract.ports.sides import Sides

READERS = ("sales@partner.example", "ops@partner.example")
PROGRAM = "queue"


class Topics(Sides):
    """A topic whose readers come and go, and what runs tell it."""

    def __init__(self, account: PartnerAccount, clients: Mapping[str, Any], seed: int) -> None:
        super().__init__(account.wire, seed)
        account.aws.reset()
        self._aws, self._client, self._topic = account.aws, clients["sns"], Topic()

    def subscribe(self) -> None:
        reader, confirmed = self.random.choice(READERS), self.flag()
        if reader not in self._topic.subscriptions:
            self._topic.subscribe(reader, confirmed=confirmed)
            self._aws.subscribe_email(reader, confirmed=confirmed)

    def confirm(self) -> None:
        for reader, subscription in self._topic.subscriptions.items():
            if not subscription.confirmed:
                subscription.confirmed = True
                self._aws.confirm(reader)

    def unsubscribe(self) -> None:
        for reader in {*READERS} & {*self._topic.subscriptions}:
            del self._topic.subscriptions[reader]
            self._aws.unsubscribe(reader)

    def subscribe_program(self) -> None:
        if PROGRAM not in self._topic.subscriptions:
            self._topic.subscribe(PROGRAM, "sqs")
            self._aws.subscribe_sqs()

    def tell(self) -> None:
        given: Any = {"emails_expected": self.random.randint(0, 2), "greets": self.flag()}
        memory = MemoryTopic("sns", self._topic, self.process, **given)
        real = SnsChannel(
            lambda: self._client,
            topic_arn=self._aws.topic_arn,
            recipients=lambda _: (),
            zone=ZoneInfo("UTC"),
            url="https://partner.example",
            **given,
        )
        found, _ = self.alike("listeners", memory.connect, real.connect)
        if isinstance(found, Connected):
            message = self.message(*map(self.alert, self.some(range(3), 0)))
            self.alike("publish", lambda: memory.send(message), lambda: real.send(message))
            card = Card(channel="C0HOME", ts="1.000001")
            both = (memory.update(card, message), real.update(card, message))
            self.alike(None, lambda: both[0], lambda: both[1])

    def compare(self) -> None:
        """See that the same messages were taken."""
        told = [json.loads(message.default)["alerts"] for message in self._aws.published]
        assert [[said.alert_id for said in heard.said] for heard in self._topic.heard] == [
            [alert["alert_id"] for alert in alerts] for alerts in told
        ]


ACTS: Sequence[Callable[[Topics], None]] = (
    *(Topics.subscribe, Topics.confirm, Topics.unsubscribe, Topics.subscribe_program),
    *(Topics.tell,) * 4,
)


@pytest.mark.parametrize("seed", range(8))
def test_memory_reaches_whom_the_topic_reaches(
    account: PartnerAccount, clients: Mapping[str, Any], seed: int
) -> None:
    """Whoever is subscribed, expected and confirmed, and whatever fails."""
    topics = Topics(account, clients, seed)
    for _ in range(20):
        topics.random.choice(ACTS)(topics)
    topics.compare()

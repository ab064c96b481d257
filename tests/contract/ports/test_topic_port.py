"""The topic in memory and the one at SNS reach the same readers, and fail alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.subscriptions import filter_policy
from notifier.adapters.sns.channel import SnsChannel, listed
from notifier.core.model import Card
from notifier.core.policy import Policy
from notifier.core.ports import Connected
from notifier.core.recipients import recipient
from notifier.core.routes import Route
from proof.world.channels import MemoryTopic, Topic, listeners_of
from simulator.account import PartnerAccount
from tests.contract.ports.sides import Sides

SALES, DACH, BOSS = "sales@partner.example", "dach@partner.example", "boss@partner.example"
FORMER, GUEST = "former@partner.example", "guest@partner.example"
READERS = (SALES, DACH, BOSS, FORMER, GUEST)
"""The last two are in no list: one has left it, and filters; one was made by hand, without."""

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
            self._topic.subscribe(reader, confirmed=confirmed, filters=reader != GUEST)
            only = None if reader == GUEST else filter_policy(reader)
            self._aws.subscribe_email(reader, confirmed=confirmed, filter_policy=only)

    def confirm(self) -> None:
        for reader, subscription in self._topic.subscriptions.items():
            if not subscription.confirmed:
                subscription.confirmed = True
                self._aws.confirm(reader)

    def unsubscribe(self) -> None:
        """Let some go, that what the others are told shows who hears it."""
        for reader in self.some([r for r in READERS if r in self._topic.subscriptions], 0):
            del self._topic.subscriptions[reader]
            self._aws.unsubscribe(reader)

    def subscribe_program(self) -> None:
        if PROGRAM not in self._topic.subscriptions:
            self._topic.subscribe(PROGRAM, "sqs")
            self._aws.subscribe_sqs()

    def tell(self) -> None:
        name, policy = self.random.choice(NAMES), self.random.choice(POLICIES)
        listeners = listeners_of(self._topic, self.process)
        memory = MemoryTopic(name, self._topic, self.process, listeners, policy)
        real = SnsChannel(
            lambda: self._client,
            name=name,
            topic_arn=self._aws.topic_arn,
            subscriptions=listed(lambda: self._client, self._aws.topic_arn),
            policy=policy,
            zone=ZoneInfo("UTC"),
            url="https://partner.example",
        )
        found, _ = self.alike("listeners", memory.connect, real.connect)
        if isinstance(found, Connected):
            route, diverted = self.random.choice(("default", "dach", "bare")), self.flag()
            alerts = map(self.alert, self.some(range(3), 0))
            about = (replace(alert, route=route, diverted=diverted) for alert in alerts)
            message = replace(self.message(*about), channel=name)
            self.alike("publish", lambda: memory.send(message), lambda: real.send(message))
            card = Card(channel="C0HOME", ts="1.000001")
            both = (memory.update(card, message), real.update(card, message))
            self.alike(None, lambda: both[0], lambda: both[1])

    def compare(self) -> None:
        """See that the same messages were taken, and heard by the same people."""
        told = [json.loads(message.default)["alerts"] for message in self._aws.published]
        heard = [heard.said for heard in self._topic.heard]
        assert _ids(told) == [[said.alert_id for said in one] for one in heard]
        for reader in {*READERS} & {*self._topic.subscriptions}:
            mails = [json.loads(mail.default)["alerts"] for mail in self._aws.inbox(reader)]
            heard = [heard.said for heard in self._topic.heard if reader in heard.readers]
            assert _ids(mails) == [[said.alert_id for said in one] for one in heard]


def _ids(told: list[Any]) -> list[list[str]]:
    return [[alert["alert_id"] for alert in alerts] for alerts in told]


NAMES = (*("sns",) * 4, "escalation", "alarms")
POLICY = Policy(
    stages=(),
    digest_above=1,
    recipients=(recipient(SALES),),
    routes=(
        Route(name="dach", when={}, recipients=(recipient(DACH),)),
        Route(name="bare", when={}),
    ),
    escalate_hours=4,
    escalate_to=(BOSS,),
)
POLICIES = (
    *(POLICY, POLICY, replace(POLICY, emails_hear_all=True), replace(POLICY, recipients=())),
    *(Policy(stages=(), digest_above=1), replace(POLICY, routes=(), escalate_to=())),
)

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

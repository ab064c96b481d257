"""The function's own run, over ends that keep what would have been sent.

Composing, splitting, and the payloads of both channels are the function's; what differs is that the
ledger takes no writes, and that a message ends where it would leave the process.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from slack_sdk.web import WebClient

from infra.config import Config
from infra.subscriptions import heads
from notifier import bootstrap
from notifier.adapters.slack.channel import SlackChannel
from notifier.adapters.slack.secret import Bot, Webhook
from notifier.adapters.slack.web import BotSlack, Slack
from notifier.adapters.sns.channel import SnsChannel, Subscriptions
from notifier.core.model import Details, Invitation, Record, State
from notifier.core.policy import SLACK, SNS, Policy
from notifier.core.ports import Channel, InvitationSource, LookupFailed, Page
from notifier.run.budget import Budget
from notifier.run.run import Parts, Summary, run
from notifier.settings import Choices, Settings
from proof.world.effects import unbroken
from proof.world.ledger import MemoryLedger, Table

READS = 20
"""Details that are read at most: the quota is the account's, and others need it too."""

PATIENCE = 3600.0
"""Seconds that a rehearsal may take: nobody waits for its lease."""

SLACK_CHANNEL = "C0PREVIEW"
"""Stands for the channel that is in nobody's secret yet."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What would have left the process: a channel, the call, and its parameters."""

    channel: str
    call: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Rehearsal:
    """What one run would do; `unread` counts the details that were not read, to spare the quota."""

    now: datetime
    summary: Summary = field(default_factory=Summary)
    invitations: list[Invitation] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    unread: int = 0


def rehearse(
    choices: Choices,
    source: InvitationSource,
    *,
    now: datetime,
    slack: bool,
    ledger: Unwritten | None = None,
    read: Callable[[int], None] = lambda _: None,
) -> Rehearsal:
    """Run once and keep what would be sent; `read` hears of each reading of details.

    Without a ledger it is the first run of all: nobody was told anything.
    """
    rehearsal, held = Rehearsal(now), ledger or Unwritten()
    policy = _policy(choices)

    def build(name: str) -> Channel:
        if not policy.is_in_slack(name):
            return _sns(name, choices, policy, rehearsal)
        route, place = bootstrap.slack_place(policy, name)
        return _Slack(choices, rehearsal, held.slack_channel, route=route, place=place)

    parts = Parts(
        source=_Sparing(source, rehearsal, read),
        ledger=held,
        channels={n: functools.partial(build, n) for n in policy.channels(slack=slack)},
        policy=policy,
        catalog=choices.catalog,
        budget=Budget(lambda: PATIENCE),
    )
    rehearsal.summary = run(parts, now)
    return rehearsal


class Unwritten(MemoryLedger):
    """A ledger as it was found: what a run writes stays here. Empty unless it is told otherwise.

    `slack_channel` is where its cards stand, so that replies belong under them.
    """

    def __init__(
        self,
        *,
        state: State | None = None,
        opened: Sequence[Record] = (),
        closed: Callable[[Collection[str]], Sequence[Record]] = lambda _: (),
        closed_since: Callable[[datetime], Sequence[Record]] = lambda _: (),
    ) -> None:
        found = state or State()
        table = Table(
            opened={record.invitation.id: record for record in opened},
            completed_at=found.completed_at,
            search=found.search,
            channels=dict(found.channels),
        )
        super().__init__(table, unbroken(), owner="rehearsal")
        self._found = closed
        self._found_since = closed_since
        places = (record.card.channel for record in opened if record.card)
        self.slack_channel = next(places, SLACK_CHANNEL)

    def closed_records(self, ids: Collection[str]) -> Sequence[Record]:
        return self._found(ids)

    def closed_since(self, moment: datetime) -> Sequence[Record]:
        return (*self._found_since(moment), *super().closed_since(moment))


@dataclass(slots=True)
class _Sparing:
    """Partner Central, of which no more details are read than is fair to others."""

    source: InvitationSource
    rehearsal: Rehearsal
    read: Callable[[int], None]
    reads: int = 0

    unread: int = 0

    def pending(self) -> Sequence[Invitation]:
        found = self.source.pending()
        self.unread = self.source.unread
        self.rehearsal.invitations = list({i.id: i for i in found}.values())
        return found

    def expired(self, token: str | None) -> Iterator[Page]:
        return self.source.expired(token)

    def details(self, invitation_id: str) -> Details:
        if self.reads >= READS:
            self.rehearsal.unread += 1
            raise LookupFailed(f"{READS} details were read already")
        self.reads += 1
        self.read(self.reads)
        return self.source.details(invitation_id)


class _Topic:
    """SNS as far as its channel calls it: what is published is kept."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._sent = rehearsal.sent

    def publish(self, **request: Any) -> None:
        self._sent.append(Sent(SNS, "Publish", request))


def _policy(choices: Choices) -> Policy:
    """Return what is deployed, or would be."""
    if isinstance(choices, Config):
        return replace(bootstrap.policy(choices), recipients=heads(choices))
    return bootstrap.deployed_policy(cast("Settings", choices))


def _sns(name: str, choices: Choices, policy: Policy, rehearsal: Rehearsal) -> SnsChannel:
    topic: Any = _Topic(rehearsal)
    everybody = Subscriptions(people=policy.audience(name).configured, programs=1)
    return SnsChannel(
        lambda: topic,
        name=name,
        topic_arn="arn:aws:sns:us-east-1:000000000000:preview",
        subscriptions=lambda: everybody,
        policy=policy,
        zone=ZoneInfo(choices.timezone),
        url=choices.partner_central_url,
    )


class _Slack(SlackChannel):
    """The Slack channel, connected to a client that keeps what it is given."""

    def __init__(
        self,
        choices: Choices,
        rehearsal: Rehearsal,
        default: str,
        *,
        route: str | None,
        place: str | None,
    ) -> None:
        bot = Bot(token="", channel=default)
        super().__init__(lambda: bot, url=choices.partner_central_url, route=route, place=place)
        self._rehearsal = rehearsal

    def _connected(self, own: Webhook | Bot) -> Slack:
        channel = own.channel if isinstance(own, Bot) else SLACK_CHANNEL
        return BotSlack(_Client(self._rehearsal), channel)


class _Client(WebClient):
    """Slack's own client up to where it would send."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(token="")
        self._sent = rehearsal.sent
        self._numbers = itertools.count(1)
        self._second = int(rehearsal.now.timestamp())

    def api_call(self, api_method: str, **call: Any) -> Any:
        payload = call["json"]
        self._sent.append(Sent(SLACK, api_method, payload))
        ts = payload.get("ts") or f"{self._second}.{next(self._numbers):06}"
        return {"ok": True, "channel": payload["channel"], "ts": ts}

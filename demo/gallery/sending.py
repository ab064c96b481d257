"""Send the gallery's examples as the function does, to stand-ins that refuse what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self

import time_machine

from demo.page import Mail, Post
from notifier.adapters.slack import secret as secret_adapter
from notifier.adapters.slack.channel import SlackChannel
from notifier.adapters.sns.channel import SnsChannel, Subscriptions
from notifier.core.message import Message
from notifier.core.model import Card
from notifier.core.policy import Policy
from notifier.core.ports import Channel, Failed, Gone, Sent
from notifier.run.standing import fitted
from simulator import sns_rules
from simulator.slack import Slack
from simulator.wire import Wire

from .examples import Example, How, card_of
from .invitations import BERLIN, INVITED

URL = "https://us-east-1.console.aws.amazon.com/partnercentral/home"
_A_WHILE = timedelta(seconds=30)


class RefusedError(Exception):
    """An example that a channel refuses; one line that says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What each channel got of an example; `before` is the card that was there already."""

    example: Example
    before: tuple[Post, ...] = ()
    bot: tuple[Post, ...] = ()
    webhook: tuple[Post, ...] = ()
    mails: tuple[Mail, ...] = ()


@dataclass(slots=True)
class _Topic:
    """What SNS accepts, by its rules; it raises ValueError for what it does not."""

    mails: list[Mail] = field(default_factory=list)

    def publish(self, **request: Any) -> None:
        form = {key: request[key] for key in ("Subject", "Message", "MessageStructure")}
        for number, (name, value) in enumerate(request["MessageAttributes"].items(), start=1):
            entry = f"MessageAttributes.entry.{number}."
            form[f"{entry}Name"] = name
            form |= {f"{entry}Value.{part}": text for part, text in value.items()}
        published = sns_rules.read(form, b"")
        self.mails.append(Mail(subject=published.subject or "", text=published.email))


@dataclass(frozen=True, slots=True)
class _Secret:
    value: dict[str, str]

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        return {"SecretString": json.dumps(self.value)}


class Stage:
    """A Slack and a topic to send examples to; `show` may be called again and again."""

    def __init__(self) -> None:
        self._slack = Slack(Wire())
        self._slack.rate = None
        self._topic = _Topic()
        token = {"bot_token": self._slack.bot_token, "channel": self._slack.channel}
        self._bot = self._slack_channel(token)
        self._webhook = self._slack_channel({"webhook_url": self._slack.webhook_url})
        topic: Any = self._topic
        self._sns = SnsChannel(
            lambda: topic,
            topic_arn="arn:topic",
            subscriptions=Subscriptions,
            policy=Policy(stages=(), digest_above=1),
            zone=BERLIN,
            url=URL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._slack.close()

    def show(self, example: Example) -> Shown:
        """Send an example on each channel that ever sends it; raise RefusedError if one cannot."""
        self._slack.reset()  # Its timestamps only grow, and examples go back in time.
        self._slack.rate = None
        before, card = self._before(example)
        with time_machine.travel(example.message.now, tick=True):
            is_slack = example.only in (None, "slack")
            has_post = is_slack and example.how is not How.UPDATE
            bot = self._as_bot(example, card) if is_slack else ()
            webhook = self._posted(self._webhook, example) if has_post else ()
            mails = self._mailed(example) if example.only in (None, "sns") else ()
        return Shown(example=example, before=before, bot=bot, webhook=webhook, mails=mails)

    def _before(self, example: Example) -> tuple[tuple[Post, ...], Card | None]:
        """Post the card that an example belongs to, a while after the invitation came."""
        if example.how is How.POST:
            return (), None
        with time_machine.travel(INVITED + _A_WHILE, tick=True):
            sent = self._bot.send(card_of(example))
        if not isinstance(sent, Sent):
            raise RefusedError(f"the card of {example.name}: {sent.reason}")
        return _posts(self._slack, updates=False)[-1:], sent.card

    def _as_bot(self, example: Example, card: Card | None) -> tuple[Post, ...]:
        if card is None:
            return self._posted(self._bot, example)
        alerts = tuple(replace(alert, card=card) for alert in example.message.alerts)
        message = replace(example.message, alerts=alerts)
        if example.how is How.REPLY:
            return self._posted(self._bot, replace(example, message=message))
        _check(example, self._bot.update(card, message))
        return _posts(self._slack, updates=True)[-1:]

    def _posted(self, channel: SlackChannel, example: Example) -> tuple[Post, ...]:
        messages = list(_parts(channel, example.message))
        for message in messages:
            _check(example, channel.send(message))
        return _posts(self._slack, updates=False)[-len(messages) :]

    def _mailed(self, example: Example) -> tuple[Mail, ...]:
        self._topic.mails.clear()
        for message in _parts(self._sns, example.message):
            _check(example, self._sns.send(message))
        return tuple(self._topic.mails)

    def _slack_channel(self, secret: dict[str, str]) -> SlackChannel:
        held: Any = _Secret(secret)
        channel = SlackChannel(
            lambda: secret_adapter.read(held, "arn:secret"), url=URL, base_url=self._slack.base_url
        )
        channel.connect()
        return channel


def _parts(channel: Channel, message: Message) -> Iterator[Message]:
    if message.standing is not None:
        yield replace(message, standing=fitted(message.standing, channel))
        return
    if len(message.alerts) <= 1:
        yield message
        return
    parts = channel.split(message.alerts)
    for number, part in enumerate(parts, start=1):
        yield replace(
            message, alerts=part, all_alerts=message.alerts, part=number, parts=len(parts)
        )


def _posts(slack: Slack, *, updates: bool) -> tuple[Post, ...]:
    accepted = slack.updates if updates else slack.posts
    return tuple(Post(ts=post.ts, body=post.raw) for post in accepted)


def _check(example: Example, outcome: Sent | Gone | Failed) -> None:
    if not isinstance(outcome, Sent):
        raise RefusedError(f"{example.name}: {outcome.reason}")


def shown(examples: Sequence[Example]) -> list[Shown]:
    """Return what each channel gets of these examples."""
    with Stage() as stage:
        return [stage.show(example) for example in examples]

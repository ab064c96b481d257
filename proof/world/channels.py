"""The topic and Slack in memory: who listens, what was told, and what the cards show.

They take and refuse what their adapters' services do; `tests/contract/ports` holds each to
the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from notifier.core.backoff import Fate
from notifier.core.message import Message
from notifier.core.model import ANSWERED, CARDS, Alert, Card, NotConnected
from notifier.core.policy import SNS, Policy
from notifier.core.ports import Connected, Elsewhere, Failed, Gone, Off, Sent
from notifier.core.recipients import recipient
from notifier.core.standing import Standing
from proof.story import Heard, Said, Shown

from .effects import Fault, How, Process, Send

TOPIC = "topic"
HOME = "C0HOME"

FATES = {
    "later": Fate.NOT_SENT,
    "message": Fate.MESSAGE_REFUSED,
    "sender": Fate.SENDER_REFUSED,
    "place": Fate.PLACE_REFUSED,
}
"""How a send can be refused, by a fault's word."""

WORDS = {fate: word for word, fate in FATES.items()} | {Fate.UNKNOWN: "unknown"}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """Somebody who listens to the topic once the subscription is confirmed.

    By email it lets through what names its address; one made by hand without a filter, everything.
    """

    endpoint: str
    protocol: str = "email"
    confirmed: bool = True
    filters: bool = True

    def hears(self, named: Collection[str]) -> bool:
        return self.confirmed and (not self.filters or recipient(self.endpoint) in named)


@dataclass(slots=True)
class Topic:
    """The topic: who is subscribed, and which invitations it takes no message about.

    What is `allergic` is refused in its full form, what is `poisonous` in both.
    """

    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    poisonous: set[str] = field(default_factory=set)
    allergic: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)

    @property
    def is_heard(self) -> bool:
        return any(subscription.confirmed for subscription in self.subscriptions.values())

    @property
    def readers(self) -> frozenset[str]:
        """Return the email addresses that are confirmed."""
        every = self.subscriptions.values()
        return frozenset(s.endpoint for s in every if s.confirmed and s.protocol == "email")

    def subscribe(
        self,
        endpoint: str,
        protocol: str = "email",
        *,
        confirmed: bool = True,
        filters: bool = True,
    ) -> None:
        self.subscriptions[endpoint] = Subscription(
            endpoint=endpoint, protocol=protocol, confirmed=confirmed, filters=filters
        )


@dataclass(slots=True)
class Place:
    """A channel or a person in Slack; the bot has to be a member of it."""

    is_archived: bool = False
    is_member: bool = True


@dataclass(slots=True)
class Workspace:
    """Slack: its places, what stands there, and how the notifier may post.

    `way` is what the secret holds: bot, webhook, or nothing. `webhooks` are the places of routes
    that have a webhook of their own.
    """

    way: str = "bot"
    webhooks: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=lambda: {HOME: Place()})
    poisonous: set[str] = field(default_factory=set)
    allergic: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    shown: dict[str, Shown] = field(default_factory=dict)
    posted: int = 0

    def place(self, id_: str) -> Place:
        return self.places.setdefault(id_, Place())

    def stamp(self, now: datetime) -> str:
        """Return the timestamp of another message."""
        self.posted += 1
        return f"{int(now.timestamp())}.{self.posted:06}"

    def delete(self, ts: str) -> None:
        self.shown.pop(ts, None)


class MemoryTopic:
    """The topic as one run tells it, as `Channel`."""

    def __init__(
        self,
        name: str,
        topic: Topic,
        process: Process,
        listeners: Callable[[], frozenset[str] | Failed],
        policy: Policy,
    ) -> None:
        self._name = name
        self._topic = topic
        self._process = process
        self._listeners = listeners
        self._policy = policy

    def connect(self) -> Connected | NotConnected | Off | Failed:
        found = self._listeners()
        if isinstance(found, Failed):
            return found
        audience = self._policy.audience(self._name)
        people = {recipient(endpoint) for endpoint in found if "@" in endpoint}
        deaf, has_default = audience.deaf(people), audience.has_default(people)
        if deaf and len(deaf) == len(audience.routes) and not has_default:
            return NotConnected(channel=self._name, remedy="confirm an email subscription")
        if not found and not deaf:
            return Off()
        lacking = NotConnected(
            channel=self._name, remedy="confirm it", routes=deaf, diverted=has_default
        )
        unconfirmed = len(audience.configured - people) if self._name == SNS else 0
        return Connected(
            unconfirmed=unconfirmed, greets=self._name == SNS, lacking=lacking if deaf else None
        )

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        return [tuple(alerts)]

    def send(self, message: Message) -> Sent | Failed:
        def act() -> Sent | Failed:
            if _is_refused(self._topic, message):
                return Failed(Fate.MESSAGE_REFUSED, "refused for what it is")
            heard = heard_of(message, self._process, self._name, TOPIC)
            self._topic.heard.append(replace(heard, readers=self._readers(message)))
            return Sent()

        return _sending(self._process, self._name, "sns.publish", self._topic.heard, act)

    def _readers(self, message: Message) -> frozenset[str]:
        kinds = {alert.kind for alert in message.alerts}
        is_for_people = not kinds or not kinds <= ANSWERED
        named = self._policy.recipients_of(self._name, message.route, diverted=message.diverted)
        every = self._topic.subscriptions.values()
        hear = (
            s for s in every if s.protocol == "email" and s.hears(named if is_for_people else ())
        )
        return frozenset(s.endpoint for s in hear)

    def update(self, card: Card, message: Message) -> Gone:
        del card, message
        return Gone("a topic keeps no cards")


class MemorySlack:
    """One place in Slack as one run tells it, as `Channel`; `secret` is read once a run."""

    def __init__(
        self,
        name: str,
        workspace: Workspace,
        process: Process,
        secret: Callable[[], str | Failed],
        *,
        route: str | None = None,
        place: str | None = None,
    ) -> None:
        self._name = name
        self._workspace = workspace
        self._process = process
        self._secret = secret
        self._route = route
        self._own = place
        self._way = ""
        self._place = ""

    def connect(self) -> Connected | Elsewhere | NotConnected | Failed:
        way = self._secret()
        if isinstance(way, Failed):
            return way
        if not way:
            return NotConnected(channel="slack", remedy="fill the secret")
        is_home = self._route is None and self._own is None
        found = (
            HOME
            if is_home
            else self._own
            if way == "bot"
            else self._workspace.webhooks.get(self._route or "")
        )
        if found is None:
            return Elsewhere(diverted=way != "bot" and self._route is None)
        self._way, self._place = way, found
        return Connected()

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        """Cut a digest into parts of fifty: here all lines are alike."""
        return [tuple(alerts[start : start + 50]) for start in range(0, len(alerts), 50)]

    def send(self, message: Message) -> Sent | Failed:
        if not self._place:
            return Failed(Fate.NOT_SENT, "not connected")
        alert = message.single
        card = alert.card if alert and self._way == "bot" else None
        thread = card.ts if card and card.channel == self._place else None
        return _sending(
            self._process,
            self._name,
            "slack.post",
            self._workspace.heard,
            lambda: self._post(message, alert, thread),
        )

    def _post(self, message: Message, alert: Alert | None, thread: str | None) -> Sent | Failed:
        workspace = self._workspace
        if (fate := self._refusal(message)) is not None:
            return Failed(fate, f"refused: {fate.name.lower()}")
        ts = workspace.stamp(message.now)
        is_reply = thread in workspace.shown
        heard = heard_of(message, self._process, self._name, self._place)
        broadcast = bool(is_reply and alert and alert.for_all)
        thread = thread if is_reply else None
        workspace.heard.append(replace(heard, ts=ts, thread=thread, broadcast=broadcast))
        if self._way != "bot" or alert is None or is_reply or alert.kind not in CARDS:
            return Sent()
        invitation = alert.invitation
        workspace.shown[ts] = Shown(
            ts=ts, place=self._place, id=invitation.id, deadline=invitation.expires_at, status=None
        )
        return Sent(Card(channel=self._place, ts=ts, expires_at=invitation.expires_at))

    def _refusal(self, message: Message) -> Fate | None:
        place = self._workspace.place(self._place)
        if self._way == "bot" and not place.is_member:
            return Fate.PLACE_REFUSED
        if place.is_archived:
            return Fate.SENDER_REFUSED
        return Fate.MESSAGE_REFUSED if _is_refused(self._workspace, message) else None

    def update(self, card: Card, message: Message) -> Sent | Gone | Failed:
        if not self._place:
            return Failed(Fate.NOT_SENT, "not connected")
        if self._way != "bot":
            self._process.updates.append((message.alerts[0].invitation.id, "gone"))
            return Gone("a webhook cannot update a card")

        def act() -> Sent | Gone | Failed:
            workspace, place = self._workspace, self._workspace.place(card.channel)
            if card.ts not in workspace.shown or place.is_archived or not place.is_member:
                return Gone("message_not_found")
            if _is_refused(workspace, message):
                return Failed(Fate.MESSAGE_REFUSED, "refused for what it is")
            (alert,) = message.alerts
            workspace.shown[card.ts] = replace(
                workspace.shown[card.ts],
                deadline=alert.invitation.expires_at,
                status=alert.invitation.status if alert.kind.is_closure else None,
            )
            return Sent()

        def fails(fault: Fault) -> Gone | Failed:
            return Gone("edit_window_closed") if fault.word == "gone" else failed(fault)

        outcome = self._process.do(
            "slack.update", act, fails=fails, about=self._name, takes=1.1, at_most=12.0
        )
        word = "gone" if isinstance(outcome, Gone) else _word(outcome)
        self._process.updates.append((message.alerts[0].invitation.id, word))
        return outcome


def listeners_of(topic: Topic, process: Process) -> Callable[[], frozenset[str] | Failed]:
    """Return what reads who is confirmed, once, for all of a topic's channels."""

    def act() -> frozenset[str] | Failed:
        return frozenset(s.endpoint for s in topic.subscriptions.values() if s.confirmed)

    def fails(fault: Fault) -> frozenset[str] | Failed:
        return Failed(Fate.NOT_SENT, str(fault))

    return functools.cache(lambda: process.do("sns.listeners", act, fails=fails, about=TOPIC))


def secret_of(workspace: Workspace, process: Process) -> Callable[[], str | Failed]:
    """Return what reads the secret, once, for all of a run's places."""

    def fails(fault: Fault) -> str | Failed:
        return Failed(FATES.get(fault.word, Fate.NOT_SENT), f"the secret: {fault}")

    @functools.cache
    def read() -> str | Failed:
        return process.do("slack.secret", lambda: workspace.way, fails=fails)

    return read


def _sending(
    process: Process,
    channel: str,
    name: str,
    heard: list[Heard],
    act: Callable[[], Sent | Failed],
) -> Sent | Failed:
    """Send a message, and write down what the run learns of it."""
    send = Send(channel, len(process.effects))
    process.sends.append(send)
    takes = 1.1 if name == "slack.post" else 0.1
    outcome = process.do(name, act, fails=failed, about=channel, takes=takes, at_most=12.0)
    if isinstance(outcome, Sent):
        heard[-1] = replace(heard[-1], confirmed=True)
    send.fate = _word(outcome)
    return outcome


def _word(outcome: Sent | Failed) -> str:
    return "confirmed" if isinstance(outcome, Sent) else WORDS[outcome.fate]


def failed(fault: Fault) -> Failed:
    """Say what a run hears of a message that was struck."""
    if fault.how is How.REFUSED:
        return Failed(FATES.get(fault.word, Fate.NOT_SENT), str(fault))
    return Failed(Fate.UNKNOWN, str(fault))


def heard_of(message: Message, process: Process, channel: str, place: str) -> Heard:
    """Return what whoever reads a message learns from it; it is the run's last effect."""
    standing = message.standing
    return Heard(
        at=message.now,
        run=process.number,
        effect=len(process.effects) - 1,
        channel=channel,
        place=place,
        said=tuple(map(said_of, message.alerts)),
        greets=message.welcome is not None,
        warns=message.not_connected.channel if message.not_connected else None,
        plain=message.plain,
        detailed=message.details is not None,
        part=message.part,
        figures=_figures(standing) if standing else None,
        period=(standing.period.since, standing.period.until) if standing else None,
    )


def said_of(alert: Alert) -> Said:
    return Said(
        id=alert.invitation.id,
        kind=str(alert.kind),
        stage=alert.stage_hours,
        deadline=alert.invitation.expires_at,
        mention=alert.mention,
        diverted=alert.diverted,
        alert_id=alert.alert_id,
    )


def _figures(standing: Standing) -> dict[str, float | None]:
    figures = standing.figures
    return {
        "open": len(standing.open),
        "received": figures.received,
        "accepted": figures.accepted,
        "declined": figures.declined,
        "expired": figures.expired,
        "unknown": figures.unknown,
        "late": figures.late,
        "median": _seconds(figures.median),
        "slowest": _seconds(figures.slowest),
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _is_refused(taker: Topic | Workspace, message: Message) -> bool:
    ids = {alert.invitation.id for alert in message.alerts}
    refused = taker.poisonous if message.plain else taker.poisonous | taker.allergic
    return not refused.isdisjoint(ids)

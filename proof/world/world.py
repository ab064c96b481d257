"""One deployment and all around it in memory: what happens there, run by run, is written down."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from greenlet import getcurrent, greenlet

from notifier.core.hours import WorkingHours
from notifier.core.model import LEASE, Record
from notifier.core.policy import ALARMS, ESCALATION, SLACK, SNS, Policy, medium
from notifier.core.ports import Channel
from notifier.core.recipients import recipient
from notifier.core.routes import Route
from notifier.core.standing import Times
from notifier.run.budget import Budget
from notifier.run.run import Parts, Summary, run
from proof.story import Deployed, Heard, Row, Run, Scene, Truth, Way

from .channels import (
    HOME,
    TOPIC,
    MemorySlack,
    MemoryTopic,
    Topic,
    Workspace,
    listeners_of,
    secret_of,
)
from .effects import Effect, Fault, How, Killed, Process
from .ledger import MemoryLedger, Table
from .partner_central import Inbox, MemoryPartnerCentral

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""

SHORT = 45.0
"""A run that has fewer seconds left at its end may have left something undone."""

SENDS = ("sns.publish", "slack.post")
ENOUGH = 26.0
"""Seconds that a message and its record may take at worst."""

FAILS = (How.REFUSED, How.VANISHED, How.LOST)
"""What a run has to take for a failure."""

Strike = Callable[[Effect], Fault | None]


def _nothing(_effect: Effect) -> None:
    return None


@dataclass(slots=True)
class World:
    """Time, an inbox, a table, a topic and a workspace, with the function among them.

    `alarms` is the other topic, if the function knows of it. `strike` says which effect fails, and
    how; `after` hears of each run at its end. `runs` counts them; `spoiled` is what the next
    one finds.
    """

    deployed: Deployed = field(default_factory=Deployed)
    now: datetime = START
    inbox: Inbox = field(default_factory=Inbox)
    table: Table = field(default_factory=Table)
    topic: Topic = field(default_factory=Topic)
    slack: Workspace = field(default_factory=Workspace)
    alarms: Topic | None = None
    strike: Strike = _nothing
    after: Callable[[Run, Scene], None] = lambda _told, _scene: None
    runs: int = 0
    spoiled: set[tuple[str, str]] = field(default_factory=set)

    def spoil(self, key: str, name: str, moment: datetime | None = None) -> None:
        """Let an attribute of an open record, or of the lease, hold what no run would write."""
        if key == LEASE:
            self.table.spoil_lease(name, moment)
        else:
            self.table.spoil(key, name, moment)
        self.spoiled.add((key, name))

    def invite(self, id_: str, *, expires_in: timedelta | None, **about: object) -> Truth:
        """Let an invitation come now."""
        deadline = None if expires_in is None else self.now + expires_in
        truth = Truth(id=id_, came_at=self.now, deadlines=[(self.now, deadline)], **about)  # type: ignore[arg-type]
        self.inbox.truths[id_] = truth
        return truth

    def tick(self, after: timedelta = timedelta(0), *, event: bool = False) -> list[Run]:
        """Let time pass, and invoke the function; one that is asked to looks once more."""
        self.now += after
        return self._invocation(event=event)()

    def overlap(self, turns: Iterable[bool], *, event: bool = True) -> list[Run]:
        """Invoke the function twice at once; `turns` say whose effect is next, True the second's.

        When they are over, the first one goes on to its end.
        """
        hub, told = getcurrent(), []
        both = [
            greenlet(lambda i=i: told.extend(i()), parent=hub)
            for i in (
                self._invocation(event=False, pause=hub.switch),
                self._invocation(event=event, pause=hub.switch),
            )
        ]
        for second in turns:
            if not both[second].dead:
                both[second].switch()
        for one in both:
            while not one.dead:
                one.switch()
        return told

    def _invocation(
        self, *, event: bool, pause: Callable[[], object] = lambda: None
    ) -> Callable[[], list[Run]]:
        def invoke() -> list[Run]:
            told = [self._run(pause, event=event)]
            while told[-1].asked_again and not told[-1].killed:
                told.append(self._run(pause, event=True))
            return told

        return invoke

    def _run(self, pause: Callable[[], object], *, event: bool) -> Run:
        number, self.runs = self.runs, self.runs + 1
        told = Run(number=number, now=self.now, event=event)
        process = Process(number, self.strike, pause)
        source = MemoryPartnerCentral(self.inbox, process, self.now)
        ledger = MemoryLedger(self.table, process, owner=f"run {number}")
        marks = len(self.topic.heard), len(self.slack.heard)
        summary = None
        try:
            summary = run(
                Parts(
                    source=source,
                    ledger=ledger,
                    channels=self._channels(process),
                    policy=self.policy,
                    catalog=self.inbox.catalog,
                    budget=Budget(process.left),
                    alarms=self._alarms(process),
                ),
                self.now,
                insist=event,
            )
        except Killed:
            told.killed = True
        _tell(told, process, summary, source)
        if TOPIC in told.hit:
            told.hit |= {SNS, *(c for c in self.scene().channels if not self.policy.is_in_slack(c))}
        heard = [*self.topic.heard[marks[0] :], *self.slack.heard[marks[1] :]]
        told.spoiled = frozenset(self.spoiled)
        if not told.held:
            self.spoiled.clear()
        told.heard = [replace(h, sure=_is_sure(h, process)) for h in heard if h.run == number]
        self.after(told, self.scene())
        return told

    def scene(self) -> Scene:
        """Return what is so just now, whatever the function does."""
        policy = self.policy
        names = policy.channels(slack=self.deployed.slack)
        homes = {name: self._place(name, policy) for name in names}
        return Scene(
            deployed=self.deployed,
            truths=self.inbox.truths,
            channels=names,
            able=frozenset(name for name in names if self._is_able(name, homes[name])),
            homeless=frozenset(name for name in names if homes[name] is None),
            lost=frozenset(name for name in names if (home := homes[name]) and self._is_lost(home)),
            linked=frozenset(
                {
                    *(("sns",) if self._is_able(SNS, TOPIC) and not self._lacks() else ()),
                    *(("slack",) if self.slack.way else ()),
                }
            ),
            absent=self._absent(),
            alarms=None if self.alarms is None else self.alarms.is_heard,
            readers=self.topic.readers,
            refused=frozenset(
                {(m, id_) for m in self._by_email() for id_ in self.topic.poisonous}
                | {(m, id_) for m in (SLACK, ESCALATION) for id_ in self.slack.poisonous}
            ),
            bot=self.slack.way == "bot",
            cards=self.slack.shown,
            rows=self._rows() if self.deployed.digest_at else {},
        )

    def _rows(self) -> dict[str, Row]:
        records = (*self.table.closed.values(), *self.table.opened.values())
        return {record.invitation.id: _row(record) for record in records}

    def _place(self, name: str, policy: Policy) -> str | None:
        """Return where a channel stands: the topic, a place in Slack, or nowhere of its own."""
        if not policy.is_in_slack(name):
            return TOPIC
        if name == SLACK:
            return HOME
        if self.slack.way == "webhook":
            return self.slack.webhooks.get(name.partition(".")[2])
        if medium(name) == ESCALATION:
            return policy.escalated_to(name)[0]
        route = policy.route(name.partition(".")[2])
        return route.slack_channel if route else None

    def _absent(self) -> frozenset[str]:
        """Return the media on which nobody expects to be told: not deployed, or never asked for."""
        has_readers = any(self.deployed.lists) or self.topic.is_heard
        return frozenset(
            {
                *(() if has_readers else ("sns",)),
                *(() if self.deployed.slack else ("slack",)),
            }
        )

    def _is_lost(self, place: str) -> bool:
        return self.slack.way == "bot" and not self.slack.place(place).is_member

    def _is_able(self, name: str, place: str | None) -> bool:
        """Say whether somebody hears on a channel just now what is for no other route's people."""
        if place == TOPIC:
            deployed, readers = self.deployed, self.topic.readers
            is_escalation = name != SNS
            wanted = deployed.names("default", escalated=is_escalation)
            if not wanted:
                return self.topic.is_heard or any(deployed.lists)
            others = deployed.emails if is_escalation else ()
            return not readers.isdisjoint((*wanted, *others)) or not readers <= deployed.named
        found = self.slack.place(place) if place else None
        return bool(self.slack.way and found and found.is_member and not found.is_archived)

    def _by_email(self) -> tuple[str, ...]:
        """Return the media that are told by email."""
        return (SNS, ESCALATION) if self.deployed.escalates_by_email else (SNS,)

    def _lacks(self) -> bool:
        """Say whether nobody of those who should hears some route's emails."""
        return any(one and self.topic.readers.isdisjoint(one) for one in self.deployed.lists)

    @property
    def policy(self) -> Policy:
        return policy_of(self.deployed)

    def _alarms(self, process: Process) -> Callable[[], Channel] | None:
        if self.alarms is None:
            return None
        listeners = listeners_of(self.alarms, process)
        return functools.partial(MemoryTopic, ALARMS, self.alarms, process, listeners, self.policy)

    def _channels(self, process: Process) -> Mapping[str, Callable[[], Channel]]:
        policy = self.policy
        secret = secret_of(self.slack, process)
        listeners = listeners_of(self.topic, process)

        def build(name: str) -> Channel:
            if not policy.is_in_slack(name):
                return MemoryTopic(name, self.topic, process, listeners, policy)
            if medium(name) == ESCALATION:
                place = policy.escalated_to(name)[0]
                return MemorySlack(name, self.slack, process, secret, place=place)
            route = policy.route(name.partition(".")[2])
            return MemorySlack(
                name,
                self.slack,
                process,
                secret,
                route=route.name if route else None,
                place=route.slack_channel if route else None,
            )

        names = policy.channels(slack=self.deployed.slack)
        return {name: functools.partial(build, name) for name in names}


@functools.lru_cache(maxsize=256)
def policy_of(deployed: Deployed) -> Policy:
    """Return the core's own form of what a deployer chose."""
    hours, at = deployed.hours, deployed.digest_at
    return Policy(
        stages=tuple(timedelta(hours=hours) for hours in deployed.stages),
        digest_above=deployed.digest_above,
        answers_to=frozenset({SNS}),
        cards_on=SLACK,
        working_hours=WorkingHours(days=hours.days, start=hours.start, end=hours.end, zone=UTC)
        if hours
        else None,
        details=deployed.details,
        routes=tuple(map(_route, deployed.routes)),
        mention=deployed.mention,
        escalate_hours=deployed.escalate_hours,
        escalate_to=(deployed.escalate_to,) if deployed.escalate_hours else (),
        recipients=tuple(map(recipient, deployed.emails)),
        emails_hear_all=deployed.emails_hear_all,
        standing=Times(days=frozenset(range(7)), at=at, zone=UTC) if at else None,
    )


def _route(way: Way) -> Route:
    conditions = {"payload_type": way.payload_type, "country": way.country}
    return Route(
        name=way.name,
        when={name: (value,) for name, value in conditions.items() if value},
        slack_channel=way.place,
        mention=way.mention,
        recipients=tuple(map(recipient, way.emails)),
    )


def _row(record: Record) -> Row:
    invitation = record.invitation
    return Row(
        route=record.route,
        invited_at=invitation.invited_at,
        deadline=invitation.expires_at,
        status=invitation.status,
        first_seen=record.first_seen,
        first_told=record.first_told,
        ended_at=record.ended_at,
        end_seen=record.end_seen,
    )


def _tell(
    told: Run, process: Process, summary: Summary | None, source: MemoryPartnerCentral
) -> None:
    """Write down how a run went, as far as it is seen from outside."""
    told.listed, told.details, told.unread = source.listed, source.said, source.unread
    told.asked, told.searched = frozenset(source.asked), frozenset(source.searched)
    told.struck = [f"{effect.name} {effect.about}: {fault}" for effect, fault in process.struck]
    told.effects = [effect.name for effect in process.effects]
    told.hit = frozenset(
        effect.about or "slack"
        for effect, _ in process.struck
        if not effect.name.startswith(("ledger.", "inbox."))
    )
    told.short = process.seconds_left < SHORT
    told.hurried = any(
        effect.name in SENDS and effect.seconds_left < ENOUGH for effect in process.effects
    )
    told.unwritten = next(
        (
            effect.nth
            for effect, fault in process.struck
            if effect.name.startswith("ledger.") and fault.how in FAILS
        ),
        None,
    )
    told.sure = not told.killed and told.unwritten is None
    told.failed_once = _failed_once(process)
    told.updates = process.updates
    told.sends = [(send.channel, send.fate) for send in process.sends]
    told.timed_out = process.timed_out
    if summary is None:
        return
    told.held, told.complete, told.errors = summary.held, summary.complete, summary.errors
    told.overdue = summary.overdue
    told.asked_again, told.left_out = summary.asked_again, summary.left_out
    told.stale = frozenset(id_ for report in summary.channels for _, id_ in report.stale)
    told.doubted = frozenset(map(_doubted, summary.doubted))
    told.unrouted = bool(summary.unrouted_yet)
    told.troubles = frozenset(
        report.name
        for report in summary.channels
        if report.trouble or report.waiting or report.not_connected or report.off
    )


def _doubted(line: str) -> tuple[str, str]:
    """Return whose attribute a line is about, and which."""
    key, attribute, *_ = line.split()
    return key.rstrip(":").rpartition("#")[2], attribute


def _failed_once(process: Process) -> str | None:
    """Return the channel of the last message before a write that failed, if nothing else did."""
    if process.killed or len(process.struck) != 1:
        return None
    ((effect, fault),) = process.struck
    is_write = effect.name == "ledger.write" and fault.how in FAILS
    before = (
        send.channel
        for send in process.sends
        if send.effect + 1 == effect.nth and send.fate == "confirmed"
    )
    return next(before, None) if is_write else None


def _is_sure(heard: Heard, process: Process) -> bool:
    """Say whether nothing kept a run from writing down that it told this."""
    later = (send.effect for send in process.sends if send.effect > heard.effect)
    end = next(later, len(process.effects))
    after = process.effects[heard.effect + 1 : end]
    harmless = (How.LATE, How.WRONG, How.OUT_OF_TIME)
    struck = {effect.nth for effect, fault in process.struck if fault.how not in harmless}
    if process.timed_out:
        struck.add(process.effects[-1].nth)
    writes = [effect for effect in after if effect.name.startswith("ledger.")]
    is_cut = process.killed and end == len(process.effects) and not writes
    return heard.confirmed and not is_cut and not any(effect.nth in struck for effect in writes)

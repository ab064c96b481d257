"""What every random schedule can do to the world, and how it ends: with everything healed."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from faults.messages import CHANNELS, shown_now
from faults.schedules import model
from faults.schedules.checks import Judge, check_asked_again, check_end
from faults.schedules.model import Invitation
from faults.schedules.runs import GONE, LEADS_PLACE, UPDATE
from faults.schedules.troubles import (
    DAY,
    HOUR,
    MINUTE,
    PERIOD,
    SECOND,
    Crossing,
    Due,
    News,
    Trouble,
)
from faults.schedules.world import World
from faults.start import READER
from simulator.slack import Place
from simulator.slack_http import refused
from simulator.wire import Fault, Refuse, Service


class Play(RuleBasedStateMachine):
    """One deployment's life, to which the rules happen; every run in it is judged at once."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.wire = world.account.wire
        self.connected: set[str] = set()
        self.faults: dict[str, Fault] = {}
        self.channel_faults: list[Fault] = []
        self.stack = ExitStack()
        self.stack.enter_context(world.begin())
        self.judge = Judge(lag=timedelta())
        self.way = "webhook"
        self.is_broken = False

    def teardown(self) -> None:
        """Heal and connect everything, tick once more, and look for what was lost."""
        with self.stack:
            if self.is_broken:
                return
            self.heal()
            for channel in CHANNELS:
                self.connect(channel)
            self.mend_place()
            self.run(61 * MINUTE)
            invitations = list(self.world.invitations.values())
            shown = {card.ts: card for card in shown_now(self.world.account.slack.shown())}
            check_end(self.judge, invitations, self.world.remembers(), shown, self.world.now)
            refused = sum(map(self.wire.hits, self.channel_faults))
            assert self.judge.failed_sends == refused, "a message was refused for what it was"
            self.wire.raise_errors()

    # Runs, and what they find.

    def run(self, pause: timedelta, answered: Invitation | None = None, **interrupted: Any) -> None:
        """Let time pass, and the function be invoked."""
        self.world.clock.shift(pause)
        if answered is not None and not (answered.place == "listed" and self.is_pending(answered)):
            answered = None
        self.is_broken = True
        runs = self.world.run(answered=answered, **interrupted)
        for run in runs:
            self.judge.judge(run, self.connected)
        check_asked_again(runs)
        self.is_broken = False

    def run_with(self, due: Due, trouble: Trouble | None = None) -> None:
        """Make something due, and run when it is; a channel may be in trouble just then."""
        self.run_in(trouble, self.prepare(due))

    def run_in(self, trouble: Trouble | None, pause: timedelta) -> None:
        """Run while a channel is in trouble, and mend it."""
        if trouble is not None:
            self.break_channel(trouble)
        self.run(pause)
        if trouble is not None:
            self.mend(trouble.channel)

    def prepare(self, due: Due) -> timedelta:
        """Make something due; return how long until it is."""
        if isinstance(due, News):
            came = [self.world.invite(kind, due.life) for kind in due.kinds]
            if any(came):
                return PERIOD
            due = Crossing(0, SECOND)
        moments = sorted(
            invitation.expiry - before
            for invitation in self.world.invitations.values()
            if invitation.expiry is not None and self.is_pending(invitation)
            for before in (*model.STAGES, 0 * HOUR)
            if invitation.expiry - before > self.world.now
        )
        if not moments:
            return PERIOD
        return max(moments[due.number % len(moments)] + due.offset - self.world.now, SECOND)

    def invitation(self, number: int) -> Invitation:
        invitations = list(self.world.invitations.values())
        return invitations[-1 - number % len(invitations)]

    def carded(self, number: int) -> Invitation:
        """Return a pending invitation that has a card; let one come if there is none."""
        if not self._carded():
            self.world.invite("OpportunityInvitation", 5 * DAY)
            self.run(PERIOD)
        found = self._carded() or list(self.world.invitations.values())
        return found[-1 - number % len(found)]

    def _carded(self) -> list[Invitation]:
        rows = self.world.memory.open
        return [
            invitation
            for invitation in self.world.invitations.values()
            if invitation.id in rows and rows[invitation.id].card and self.is_pending(invitation)
        ]

    def is_pending(self, invitation: Invitation) -> bool:
        return (
            invitation.place != "gone"
            and invitation.status(self.world.now - self.judge.lag) == "PENDING"
        )

    # Troubles.

    def break_channel(self, trouble: Trouble) -> None:
        service: Service = "sns" if trouble.channel == "sns" else "slack"
        fault = Fault(
            service,
            trouble.action(self.way),
            operation="Publish" if trouble.channel == "sns" else None,
            times=1 if trouble.what == "not this" else trouble.times,
            skip=trouble.skip,
        )
        self.inject(trouble.channel, fault)
        self.channel_faults.append(fault)

    def poison(self, channel: str, invitation: Invitation) -> None:
        """Let a channel refuse every message that names an invitation, in whichever form."""
        action = Trouble(channel, "not this", None).action(self.way)
        mark = invitation.id if channel == "sns" else invitation.tag
        operation = "Publish" if channel == "sns" else None
        service: Service = "sns" if channel == "sns" else "slack"
        fault = Fault(service, action, operation, containing=mark.encode(), times=None)
        self.inject(channel, fault)
        self.channel_faults.append(fault)

    def refuse_updates(self, word: str, times: int | None) -> None:
        answer = refused(word, is_api=True)
        refusal = Refuse(answer.status, answer.body, answer.headers)
        fault = Fault("slack", refusal, operation=UPDATE, times=times)
        self.inject("updates", fault)
        if word not in GONE:
            self.channel_faults.append(fault)

    def delete_card(self, invitation: Invitation) -> None:
        """Delete an invitation's card, if it has one, as somebody in the channel does."""
        row = self.world.memory.row(invitation.id)
        if row is not None and row.card is not None:
            self.world.account.slack.delete(row.card.ts)

    def inject(self, name: str, fault: Fault) -> None:
        self.mend(name)
        self.faults[name] = self.wire.inject(fault)

    def mend(self, name: str) -> None:
        if name in self.faults:
            self.wire.heal(self.faults.pop(name))

    def heal(self) -> None:
        self.wire.heal_all()
        self.faults.clear()

    @property
    def place(self) -> Place:
        """Return the place of the one route that there may be."""
        return self.world.account.slack.open(LEADS_PLACE)

    def break_place(self, what: str) -> None:
        """Let a person archive the place, or remove the bot from it."""
        self.place.is_archived = what == "archived"
        self.place.is_member = what != "removed"

    def mend_place(self) -> None:
        self.place.is_archived, self.place.is_member = False, True

    # Connections.

    def connect(self, channel: str) -> None:
        if channel in self.connected:
            return
        self.connected.add(channel)
        slack, aws = self.world.account.slack, self.world.account.aws
        if channel == "sns":
            aws.subscribe_email(READER)
        elif self.way == "webhook":
            own = {"leads": slack.webhook_of(self.place)}
            aws.put_secret({"webhook_url": slack.webhook_url, "routes": own})
        else:
            aws.put_secret({"bot_token": slack.bot_token, "channel": slack.channel})

    def disconnect(self, channel: str, *, is_pending: bool = True) -> None:
        """Empty the secret; leave a subscription unconfirmed, or none at all."""
        self.connected.discard(channel)
        aws = self.world.account.aws
        if channel == "slack":
            aws.put_secret("{}")
            return
        aws.unsubscribe(READER)
        if is_pending:
            aws.subscribe_email(READER, confirmed=False)

"""The deployed function and its world, step by step: what a run found, did and left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from unittest import mock

import time_machine

from faults.messages import CHANNELS, FORGED, read, shown_now, tag
from faults.schedules import direct, model
from faults.schedules.memory import memory_of
from faults.schedules.model import LEADS, Invitation, Memory
from faults.schedules.runs import LEADS_PLACE, Run
from faults.schedules.standing import DIGEST_AT
from faults.start import START
from notifier.core.hours import DAYS
from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.runtime import LambdaRuntime
from simulator.wire import Do, Fault, Refuse, Service, aws_json_error

SERVICES: tuple[Service, ...] = ("partnercentral", "dynamodb", "sns", "secretsmanager", "slack")
ENOUGH = 120.0
PAGE = 2
"""Invitations per page, so that most listings have several pages."""

MOST_OPEN, MOST = 6, 16

HOSTILE = (
    "",
    " <!channel> & <!here>",
    " <https://evil.example|Sign in>",
    f" \u202e@everyone\u2028- {FORGED}",
    " &lt;!here&gt; &amp; `x` *y*",
    f"\n- {FORGED}\r\nBcc: all",
    " f\u00fcr K\u00f6ln \U0001f4ec\uffff",
)
"""What follows a title's tag and a sender's name; it must reach people as nothing but text."""

ROUTE = Route(name="leads", when={"payload_type": tuple(model.ROUTES)}, slack_channel=LEADS_PLACE)
EVENT = {"source": "aws.partnercentral-selling"}
DENIED = aws_json_error("AccessDeniedException", "no", 400)
Interruption = Literal["killed", "out of time", "overtaken"]


class World:
    """A partner account, two Lambda environments, and the clock; made once per process.

    If `is_routed`, leads have a route with a place of its own; if it `stands`, every channel gets a
    standing digest each day.
    """

    def __init__(self, account: PartnerAccount) -> None:
        self.account = account
        self.seconds_left = ENOUGH
        self._deployed = {
            (is_routed, stands): [
                self._cold_start(is_routed=is_routed, stands=stands) for _ in range(2)
            ]
            for is_routed in (False, True)
            for stands in (False, True)
        }
        self.is_routed = self.stands = False
        self.invitations: dict[str, Invitation] = {}
        self.clock: time_machine.Traveller
        self._dead: list[Fault] = []
        self.memory = Memory()
        self._mark = (0, 0, 0)

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Start over, at START, with an account as new."""
        self.invitations = {}
        self.account.reset()
        self.memory = self.remembers()
        self.is_routed = self.stands = False
        self.account.slack.open(LEADS_PLACE)
        self.account.slack.rate = self.account.partner_central.quota = None
        with (
            time_machine.travel(START, tick=False) as self.clock,
            direct.without_sockets(self.account),
            # The SDK's allowance for retries would carry over from one schedule to the next.
            mock.patch("botocore.retries.quota.RetryQuota.acquire", return_value=True),
        ):
            yield

    def _cold_start(self, *, is_routed: bool, stands: bool) -> LambdaRuntime:
        environment = self.account.environment(
            digest_above=model.DIGEST_ABOVE,
            routes=(ROUTE,) if is_routed else (),
            digest_days=DAYS if stands else (),
            digest_at=f"{DIGEST_AT:%H:%M}",
        )
        runtime = LambdaRuntime(environment, paced=False, left=lambda: self.seconds_left)
        runtime.cold_start()
        partner_central: Any = runtime.modules["notifier.adapters.partner_central"]
        partner_central.PAGE_SIZE = PAGE
        handler: Any = runtime.modules["notifier.handler"]
        handler.ANOTHER_RUN = 10 * ENOUGH  # One run an invocation: each is judged by itself.
        return runtime

    @property
    def environments(self) -> list[LambdaRuntime]:
        return self._deployed[self.is_routed, self.stands]

    @property
    def channels(self) -> tuple[str, ...]:
        """Return the channels there are, in the order of their turns."""
        return ("sns", LEADS, "slack") if self.is_routed else ("sns", "slack")

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def remembers(self) -> Memory:
        """Return what the table holds now."""
        return memory_of(direct.items(self.account.aws.table_name))

    # What people and partners do.

    def invite(self, kind: str, expires_in: timedelta | None) -> bool:
        """Send an invitation, unless there are so many that runs would take long."""
        open_ones = [c for c in self.invitations.values() if c.status(self.now) == "PENDING"]
        if len(open_ones) >= MOST_OPEN or len(self.invitations) >= MOST:
            return False
        number = len(self.invitations)
        mark, words = tag(number), HOSTILE[number % len(HOSTILE)]
        id_ = self.account.partner_central.invite(
            kind=kind, title=mark + words, sender=f"AWS{words}", expires_in=expires_in
        )
        expiry = None if expires_in is None else self.now + expires_in
        self.invitations[id_] = Invitation(
            id=id_, tag=mark, words=words, kind=kind, invited_at=self.now, expiry=expiry
        )
        return True

    def decide(self, invitation: Invitation, status: str) -> None:
        decide = {"ACCEPTED": "accept", "REJECTED": "reject", "EXPIRED": "expire"}[status]
        getattr(self.account.partner_central, decide)(invitation.id)
        invitation.decided = status

    def move_expiry(self, invitation: Invitation, span: timedelta) -> None:
        if invitation.expiry is not None and invitation.place != "gone":
            self.account.partner_central.move_expiry(invitation.id, span)
            invitation.expiry += span

    def revive(self, invitation: Invitation, expires_in: timedelta) -> None:
        """Make an invitation pending again, however it ended."""
        invitation.decided, invitation.expiry = None, self.now + expires_in
        self.put(invitation, "listed")

    def put(self, invitation: Invitation, place: str) -> None:
        """Take an invitation off the list, off the account altogether, or bring it back."""
        inbox = self.account.partner_central
        if invitation.place != "gone":
            inbox.vanish(invitation.id)
        invitation.place = place
        if place == "gone":
            return
        decided: dict[str, Any] = (
            {} if invitation.decided is None else {"Status": invitation.decided}
        )
        inbox.invite(
            kind=invitation.kind,
            title=invitation.tag + invitation.words,
            sender=f"AWS{invitation.words}",
            invited_at=invitation.invited_at,
            expires_in=None
            if invitation.expiry is None
            else invitation.expiry - invitation.invited_at,
            Id=invitation.id,
            ParticipantType="RECEIVER" if place == "listed" else "SENDER",
            **decided,
        )

    # Runs.

    def run(
        self,
        *,
        interruption: Interruption | None = None,
        at: int = 1,
        seconds: float = 20.0,
        answered: Invitation | None = None,
    ) -> list[Run]:
        """Invoke the function; return its run, and any that began in the middle of it.

        The interruption comes after `at` calls. `answered` is accepted once all is listed.
        """
        run = self._beginning()
        runs = [run]
        faults: list[Fault] = []
        if answered is not None:
            faults += [self._answer(answered, run)]
        if interruption is not None:
            faults += self._interrupt(at, lambda: self._interruption(interruption, runs, seconds))
        self._invoke(self.environments[0], run)
        if run.is_killed:
            run.ended, run.calls = None, run.calls[: run.cut]
        for fault in faults + self._dead:
            self.account.wire.heal(fault)
        self._dead.clear()
        self.seconds_left = ENOUGH
        return runs

    def _beginning(self) -> Run:
        invitations = [replace(invitation) for invitation in self.invitations.values()]
        return Run(
            now=self.now,
            invitations=invitations,
            before=self.memory,
            channels=self.channels,
            stands=self.stands,
        )

    def _answer(self, invitation: Invitation, run: Run) -> Fault:
        def accept() -> None:
            self.decide(invitation, "ACCEPTED")
            run.answered = invitation.id

        return self.account.wire.inject(Fault("dynamodb", Do(accept), operation="Query"))

    def _interrupt(self, at: int, happen: Callable[[], None]) -> list[Fault]:
        seen = 0

        def count() -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                happen()

        return [
            self.account.wire.inject(Fault(service, Do(count), times=None)) for service in SERVICES
        ]

    def _interruption(self, kind: Interruption, runs: list[Run], seconds: float) -> None:
        run = runs[0]
        run.cut = len(self.account.wire.calls)
        if kind == "out of time":
            self.seconds_left = seconds
        elif kind == "killed":
            run.is_killed = True
            # Nobody outside can tell a process that is gone from one that is refused everything.
            self.account.wire.heal_all()
            for service in SERVICES:
                dead = Refuse(404, b"no_service") if service == "slack" else DENIED
                self._dead.append(self.account.wire.inject(Fault(service, dead, times=None)))
        else:
            self._overtake(runs)

    def _overtake(self, runs: list[Run]) -> None:
        first = runs[0]
        self._gather(first)
        self.memory = self.remembers()
        rival = self._beginning()
        self._invoke(self.environments[1], rival, EVENT)
        if not rival.held:  # The first one had released the lease by then.
            first.after = rival.before
        first.cut = None
        runs.append(rival)

    def _invoke(
        self, environment: LambdaRuntime, run: Run, event: Mapping[str, Any] | None = None
    ) -> None:
        self.account.wire.clear()
        self._mark = self._counts()
        ended = environment.invoke(event)
        self._gather(run)
        run.ended = ended
        self.memory = self.remembers()
        if run.after is None:
            run.after = self.memory

    def _gather(self, run: Run) -> None:
        """Move what was called and accepted since the last time into the run."""
        aws, slack = self.account.aws, self.account.slack
        run.calls += self.account.wire.calls
        fresh = read(aws.published[self._mark[0] :], slack.posts[self._mark[1] :])
        everywhere = fresh["slack"]
        fresh["slack"] = [m for m in everywhere if m.place != LEADS_PLACE]
        fresh[LEADS] = [m for m in everywhere if m.place == LEADS_PLACE]
        self.account.wire.clear()
        run.updated += shown_now(slack.updates[self._mark[2] :])
        run.shown = {card.ts: card for card in shown_now(slack.shown())}
        self._mark = self._counts()
        run.received = {
            channel: [*run.received.get(channel, ()), *fresh[channel]]
            for channel in (*CHANNELS, LEADS)
        }

    def _counts(self) -> tuple[int, int, int]:
        aws, slack = self.account.aws, self.account.slack
        return len(aws.published), len(slack.posts), len(slack.updates)

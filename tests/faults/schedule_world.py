"""The deployed function and its world, step by step: what a run found, did and left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal
from unittest import mock

import time_machine

from simulator.account import PartnerAccount
from simulator.runtime import Invocation, LambdaRuntime
from simulator.wire import Call, Do, Fault, Refuse, Service, aws_json_error
from tests.deployed import START
from tests.faults import schedule_messages, schedules
from tests.faults.schedule_messages import Message
from tests.faults.schedules import Case, Doubt, Memory, Row

SERVICES: tuple[Service, ...] = ("partnercentral", "dynamodb", "sns", "secretsmanager", "slack")
SENDS = ("Publish", "webhook", "chat.postMessage")
ENOUGH = 120.0
PAGE = 2
"""Invitations a page, so that most listings have several."""

MOST_OPEN, MOST = 6, 16

DENIED = aws_json_error("AccessDeniedException", "no", 400)
Interruption = Literal["killed", "out of time", "overtaken"]


@dataclass(slots=True, kw_only=True)
class Run:
    """One run as seen from outside; what it heard is by channel, in order.

    `cases` is how the invitations were when it began. `ended` is None if it was killed, `cut`
    how many calls it made before its time was over. `answered` was accepted after it was listed.
    """

    now: datetime
    cases: Sequence[Case]
    before: Memory
    after: Memory | None = None
    ended: Invocation | None = None
    calls: list[Call] = field(default_factory=list)
    heard: dict[str, list[Message]] = field(default_factory=dict)
    cut: int | None = None
    is_killed: bool = False
    answered: str | None = None

    @property
    def held(self) -> bool:
        return self.ended is not None and bool(self.ended.summary["held"])

    def of(self, service: str, *operations: str) -> list[Call]:
        return [c for c in self.calls if c.service == service and c.operation in operations]

    def of_service(self, service: str) -> list[Call]:
        return [call for call in self.calls if call.service == service]

    def sends(self, channel: str) -> list[Call]:
        return self.of(channel, *SENDS)

    def confirmed(self, channel: str) -> list[Message]:
        """Return what the channel accepted and said so."""
        bodies = [call.body for call in self.sends(channel) if call.status == 200]
        return [message for message in self.heard[channel] if message.raw in bodies]

    def unanswered(self) -> set[str]:
        """Return the ids that were asked for in vain."""
        asked = {
            json.loads(call.body)["Identifier"]: call.status
            for call in self.of("partnercentral", "GetEngagementInvitation")
        }
        return {id_ for id_, status in asked.items() if status != 200}


class World:
    """A partner account, two Lambda environments, and the clock; made once a process."""

    def __init__(self, account: PartnerAccount) -> None:
        self.account = account
        self.seconds_left = ENOUGH
        self.environments = [self._cold_start(), self._cold_start()]
        self.cases: dict[str, Case] = {}
        self.clock: time_machine.Traveller
        self._dead: list[Fault] = []
        self._memory = Memory()
        self._mark = (0, 0)

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Start over, at START, with an account as new."""
        self.cases = {}
        self.account.reset()
        self._memory = self.remembers()
        self.account.slack.rate = self.account.partner_central.quota = None
        with time_machine.travel(START, tick=False) as self.clock, self._patched():
            yield

    @contextmanager
    def _patched(self) -> Iterator[None]:
        """Let nothing take real time: neither waiting to retry nor the function's own clock."""
        context = SimpleNamespace(
            function_name="invitation-notifier",
            memory_limit_in_mb=256,
            invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
            aws_request_id="made-up",
            get_remaining_time_in_millis=lambda: int(1000 * self.seconds_left),
        )
        with (
            mock.patch("simulator.runtime._Context", return_value=context),
            mock.patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None)),
            # The SDK's allowance for retries would carry over from one schedule to the next.
            mock.patch("botocore.retries.quota.RetryQuota.acquire", return_value=True),
        ):
            yield

    def _cold_start(self) -> LambdaRuntime:
        runtime = LambdaRuntime(self.account.environment(digest_above=schedules.DIGEST_ABOVE))
        runtime.cold_start()
        pacer: Any = runtime.modules["notifier.pacer"]
        pacer.Pacer.wait = lambda _self: None
        partner_central: Any = runtime.modules["notifier.adapters.partner_central"]
        partner_central.PAGE_SIZE = PAGE
        return runtime

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def remembers(self) -> Memory:
        """Return what the table holds now."""
        items = {item["sk"]["S"]: item for item in self.account.aws.items()}
        lease = items.pop("lease", {})
        until = _moment(lease, "lease_until")
        return Memory(
            open=_rows(items, "pending#"),
            closed=_rows(items, "closed#"),
            completed_at=_moment(lease, "completed_at"),
            held_until=until if "lease_owner" in lease else None,
            channels={name: _doubt(lease, name) for name in schedules.CHANNELS},
        )

    def lifetimes(self) -> dict[str, datetime]:
        """Return until when each closed row is kept."""
        return {
            item["sk"]["S"].removeprefix("closed#"): datetime.fromtimestamp(
                int(item["ttl"]["N"]), UTC
            )
            for item in self.account.aws.items()
            if "ttl" in item
        }

    # What people and partners do.

    def invite(self, kind: str, expires_in: timedelta | None) -> None:
        """Let an invitation come, unless there are so many that runs would take long."""
        open_ones = [c for c in self.cases.values() if c.status(self.now) == "PENDING"]
        if len(open_ones) >= MOST_OPEN or len(self.cases) >= MOST:
            return
        title = f"Case {len(self.cases):04}"
        inbox = self.account.partner_central
        id_ = inbox.invite(kind=kind, title=title, expires_in=expires_in)
        expiry = None if expires_in is None else self.now + expires_in
        self.cases[id_] = Case(id=id_, title=title, kind=kind, invited_at=self.now, expiry=expiry)

    def decide(self, case: Case, status: str) -> None:
        decide = {"ACCEPTED": "accept", "REJECTED": "reject", "EXPIRED": "expire"}[status]
        getattr(self.account.partner_central, decide)(case.id)
        case.decided = status

    def move_expiry(self, case: Case, span: timedelta) -> None:
        if case.expiry is not None and case.place != "gone":
            self.account.partner_central.move_expiry(case.id, span)
            case.expiry += span

    def put(self, case: Case, place: str) -> None:
        """Take an invitation off the list, off the account altogether, or bring it back."""
        inbox = self.account.partner_central
        if case.place != "gone":
            inbox.vanish(case.id)
        case.place = place
        if place == "gone":
            return
        decided: dict[str, Any] = {} if case.decided is None else {"Status": case.decided}
        inbox.invite(
            kind=case.kind,
            title=case.title,
            invited_at=case.invited_at,
            expires_in=None if case.expiry is None else case.expiry - case.invited_at,
            Id=case.id,
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
        answered: Case | None = None,
    ) -> list[Run]:
        """Invoke the function; return its run, and the one that began in the middle of it.

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
        cases = [replace(case) for case in self.cases.values()]
        return Run(now=self.now, cases=cases, before=self._memory)

    def _answer(self, case: Case, run: Run) -> Fault:
        def accept() -> None:
            self.decide(case, "ACCEPTED")
            run.answered = case.id

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
        self._memory = self.remembers()
        rival = self._beginning()
        self._invoke(self.environments[1], rival)
        if not rival.held:  # The first one had released the lease by then.
            first.after = rival.before
        first.cut = None
        runs.append(rival)

    def _invoke(self, environment: LambdaRuntime, run: Run) -> None:
        self.account.wire.clear()
        self._mark = (len(self.account.aws.published), len(self.account.slack.posts))
        ended = environment.invoke({})
        self._gather(run)
        run.ended = ended
        self._memory = self.remembers()
        if run.after is None:
            run.after = self._memory

    def _gather(self, run: Run) -> None:
        """Move what was called and accepted since the last time into the run."""
        aws, slack = self.account.aws, self.account.slack
        run.calls += self.account.wire.calls
        mails, posts = aws.published[self._mark[0] :], slack.posts[self._mark[1] :]
        self.account.wire.clear()
        self._mark = (len(aws.published), len(slack.posts))
        run.heard = {
            "sns": [*run.heard.get("sns", ()), *map(schedule_messages.mail, mails)],
            "slack": [*run.heard.get("slack", ()), *map(schedule_messages.post, posts)],
        }


def _rows(items: dict[str, Any], prefix: str) -> dict[str, Row]:
    return {key.removeprefix(prefix): _row(i) for key, i in items.items() if key.startswith(prefix)}


def _row(item: Any) -> Row:
    told = {channel: _moment(item, f"told_{channel}") for channel in schedules.CHANNELS}
    first_seen = _moment(item, "first_seen")
    assert first_seen is not None, item
    return Row(
        told={channel: moment for channel, moment in told.items() if moment is not None},
        first_seen=first_seen,
        expiry=_moment(item, "expires_at"),
        ended_at=_moment(item, "ended_at"),
        status=item["status"]["S"],
    )


def _doubt(lease: Any, channel: str) -> Doubt:
    return Doubt(
        contacted_at=_moment(lease, f"{channel}_contacted_at"),
        strikes=int(lease.get(f"{channel}_strikes", {}).get("N", 0)),
        rests_until=_moment(lease, f"{channel}_retry_at"),
    )


def _moment(item: Any, name: str) -> datetime | None:
    text = item.get(name, {}).get("S")
    return None if text is None else datetime.fromisoformat(text)

"""Whatever happens in whatever order, the rules hold: random schedules against the real handler.

FAULTS_EXAMPLES is how many schedules are played, FAULTS_SEED where they begin: the same seed
plays the same ones.
"""

from __future__ import annotations

import functools
import json
import os
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse, Service, aws_json_error, aws_query_error
from tests.deployed import READER
from tests.faults.schedule_checks import MAINTENANCE, Judge, check_end
from tests.faults.schedule_world import DENIED, Interruption, World
from tests.faults.schedules import CHANNELS, Case

EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "80"))
SEED = int(os.environ.get("FAULTS_SEED", "2026"))
SHARDS = 4
STEPS = 20

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

LIVES = st.sampled_from(
    [
        *(None, 30 * SECOND, 4 * MINUTE, 3 * HOUR, 4 * HOUR + 30 * SECOND, 5 * HOUR, 23 * HOUR),
        *(24 * HOUR + 20 * SECOND, 30 * HOUR, 72 * HOUR + SECOND, 80 * HOUR, 5 * DAY, 15 * DAY),
    ]
)
MOVES = st.sampled_from(
    [sign * span for span in (SECOND, 30 * SECOND, 2 * HOUR, DAY, 5 * DAY) for sign in (1, -1)]
)
SPANS = [5 * MINUTE] * 8 + [
    *(10 * SECOND, 4 * MINUTE + 40 * SECOND, 20 * MINUTE, HOUR, 4 * HOUR, 20 * HOUR),
    *(25 * HOUR, 3 * DAY, 8 * DAY, 31 * DAY),
]
PAUSES = st.sampled_from(SPANS)
PERHAPS = st.sampled_from([*SPANS, *([None] * 8)])
"""How long until the next tick; None leaves it to what comes next."""
KINDS = st.sampled_from(["OpportunityInvitation", "LeadInvitation"])
ONE, FLOOD = st.lists(KINDS, min_size=1, max_size=1), st.lists(KINDS, min_size=4, max_size=5)
SEVERAL = st.one_of(ONE, ONE, st.lists(KINDS, min_size=2, max_size=3), FLOOD)
CASES = st.integers(0, 11)
OFFSETS = st.sampled_from([-30 * SECOND, 0 * SECOND, SECOND, 5 * MINUTE, 2 * HOUR])
TIMES = st.sampled_from([1, 2, None])
SKIPS = st.sampled_from([0, 0, 0, 1, 2, 3])
INTERRUPTIONS: tuple[Interruption, ...] = ("killed", "out of time", "overtaken")

BROKEN = aws_json_error("InternalServerError", "broken", 500)
POSTED = Drop(before=False)
CHANNEL_TROUBLES: dict[str, dict[str, Any]] = {
    "sns": {
        "not now": aws_query_error("Throttled", "slower", 429),
        "not you": aws_query_error("AuthorizationError", "no", 403),
        "not this": aws_query_error("InvalidParameter", "Subject", 400),
        "posted, and silent": POSTED,
        "broken": aws_query_error("InternalError", "broken", 500),
    },
    "slack": {
        "not now": Refuse(429, b"rate_limited"),
        "not you": Refuse(410, b"channel_is_archived"),
        "not this": Refuse(400, b"invalid_blocks"),
        "posted, and silent": POSTED,
        "broken": Refuse(503, b"service_unavailable"),
    },
}
Trouble = tuple[str, str, int | None, int]
TROUBLES: st.SearchStrategy[Trouble] = st.tuples(
    st.sampled_from(CHANNELS), st.sampled_from(sorted(CHANNEL_TROUBLES["sns"])), TIMES, SKIPS
)
"""A channel, what is wrong with it, how many times, and after how many messages."""

UNREACHABLE: dict[str, tuple[Service, str, Any]] = {
    "sns": ("sns", "ListSubscriptionsByTopic", aws_query_error("AccessDenied", "no", 400)),
    "slack": ("secretsmanager", "GetSecretValue", DENIED),
}
LISTING_TROUBLES = [
    DENIED,
    Refuse(200, MAINTENANCE),
    Drop(),
    aws_json_error("ThrottlingException", "slower", 400),
]
LEDGER_TROUBLES = [DENIED, DENIED, BROKEN, POSTED, Drop()]
LEDGER_OPERATIONS = ["UpdateItem", "Query", "BatchGetItem", "TransactWriteItems"]


class Schedule(RuleBasedStateMachine):
    """One random schedule of a deployment's life; every run in it is judged at once."""

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

    @initialize(
        way=st.sampled_from(["webhook", "bot"]),
        lag=st.sampled_from([timedelta(), 10 * MINUTE]),
        connected=st.sampled_from([CHANNELS, CHANNELS, CHANNELS, ("sns",), ("slack",), ()]),
    )
    def deploy(self, way: str, lag: timedelta, connected: tuple[str, ...]) -> None:
        self.way = way
        self.judge.lag = self.world.account.partner_central.expiry_lag = lag
        self.world.account.aws.subscribe_email(READER, confirmed=False)
        for channel in connected:
            self._connect(channel)

    # What partners and people do.

    @rule(kinds=SEVERAL, expires_in=LIVES, trouble=st.none() | TROUBLES, pause=PERHAPS)
    def invitations_come(
        self,
        *,
        kinds: list[str],
        expires_in: timedelta | None,
        trouble: Trouble | None,
        pause: timedelta | None,
    ) -> None:
        if trouble is not None:
            self._break(*trouble)
        for kind in kinds:
            self.world.invite(kind, expires_in)
        self._perhaps(pause)

    @precondition(lambda self: self.world.cases)
    @rule(number=CASES, span=MOVES, pause=PERHAPS)
    def an_expiry_moves(self, number: int, span: timedelta, pause: timedelta | None) -> None:
        self.world.move_expiry(self._case(number), span)
        self._perhaps(pause)

    @precondition(lambda self: self.world.cases)
    @rule(number=CASES, status=st.sampled_from(["ACCEPTED", "REJECTED", "EXPIRED"]), pause=PERHAPS)
    def one_is_decided(self, number: int, status: str, pause: timedelta | None) -> None:
        case = self._case(number)
        if self._is_pending(case):
            self.world.decide(case, status)
        self._perhaps(pause)

    @precondition(lambda self: self.world.cases)
    @rule(number=CASES, place=st.sampled_from(["listed", "hidden", "gone"]), pause=PERHAPS)
    def one_leaves_or_returns(self, number: int, place: str, pause: timedelta | None) -> None:
        self.world.put(self._case(number), place)
        self._perhaps(pause)

    # What fails and recovers.

    @rule(channel=st.sampled_from(CHANNELS))
    def a_channel_is_connected_or_not(self, channel: str) -> None:
        if channel in self.connected:
            self._disconnect(channel)
        else:
            self._connect(channel)

    @rule(trouble=TROUBLES, kinds=SEVERAL, pause=PAUSES)
    def a_channel_fails(self, trouble: Trouble, kinds: list[str], pause: timedelta) -> None:
        self._break(*trouble)
        for kind in kinds:
            self.world.invite(kind, 5 * DAY)
        self._run(pause)

    @rule(channel=st.sampled_from(CHANNELS), times=TIMES, pause=PERHAPS)
    def a_channel_cannot_be_reached(
        self, channel: str, times: int | None, pause: timedelta | None
    ) -> None:
        service, operation, action = UNREACHABLE[channel]
        self._inject(channel, Fault(service, action, operation=operation, times=times))
        self._perhaps(pause)

    @rule(trouble=st.sampled_from(LISTING_TROUBLES), skip=SKIPS, pause=PERHAPS)
    def the_listing_fails(self, trouble: Any, skip: int, pause: timedelta | None) -> None:
        self._inject(
            "listing",
            Fault("partnercentral", trouble, operation="ListEngagementInvitations", skip=skip),
        )
        self._perhaps(pause)

    @rule(times=TIMES)
    def details_fail(self, times: int | None) -> None:
        self._inject(
            "details",
            Fault("partnercentral", DENIED, operation="GetEngagementInvitation", times=times),
        )

    @rule(
        trouble=st.sampled_from(LEDGER_TROUBLES),
        operation=st.sampled_from(LEDGER_OPERATIONS),
        skip=SKIPS,
        kinds=SEVERAL,
        pause=PERHAPS,
    )
    def the_ledger_fails(
        self,
        *,
        trouble: Any,
        operation: str,
        skip: int,
        kinds: list[str],
        pause: timedelta | None,
    ) -> None:
        self._inject("ledger", Fault("dynamodb", trouble, operation=operation, skip=skip))
        for kind in kinds:
            self.world.invite(kind, 5 * DAY)
        self._perhaps(pause)

    @precondition(lambda self: self.faults)
    @rule(what=st.sampled_from([*CHANNELS, "listing", "details", "ledger"]))
    def something_is_mended(self, what: str) -> None:
        if what in self.faults:
            self.wire.heal(self.faults.pop(what))

    # What the schedule does.

    @rule(pause=PAUSES)
    def tick(self, pause: timedelta) -> None:
        self._run(pause)

    @rule()
    def a_punctual_tick(self) -> None:
        self._run(5 * MINUTE)

    @precondition(lambda self: self.world.cases)
    @rule(number=CASES, hours=st.sampled_from([72, 24, 4, 0]), offset=OFFSETS)
    def a_stage_begins(self, number: int, hours: int, offset: timedelta) -> None:
        """Tick shortly before or after a stage, or the end, of an invitation."""
        expiry = self._case(number).expiry
        if expiry is not None:
            pause = expiry - hours * HOUR + offset - self.world.now
            self._run(max(pause, 10 * SECOND))

    @rule(
        kinds=SEVERAL,
        pause=PAUSES,
        interruption=st.sampled_from(INTERRUPTIONS),
        at=st.integers(1, 14),
        seconds=st.sampled_from([5.0, 20.0]),
    )
    def an_interrupted_tick(
        self,
        *,
        kinds: list[str],
        pause: timedelta,
        interruption: Interruption,
        at: int,
        seconds: float,
    ) -> None:
        for kind in kinds:
            self.world.invite(kind, 30 * HOUR)
        if interruption == "killed":
            self._heal()
        self._run(pause, interruption=interruption, at=at, seconds=seconds)

    @precondition(lambda self: self.world.cases)
    @rule(number=CASES, expires_in=st.sampled_from([None, 5 * DAY]))
    def a_tick_while_one_is_accepted(self, number: int, expires_in: timedelta | None) -> None:
        if expires_in is not None:
            self.world.invite("OpportunityInvitation", expires_in)
        known = list(self.world.cases.values())
        self._run(5 * MINUTE, answered=known[-1 - number % len(known)])

    def teardown(self) -> None:
        """Heal and connect everything, tick once more, and look for what was lost."""
        with self.stack:
            if self.is_broken:
                return
            self._heal()
            for channel in CHANNELS:
                self._connect(channel)
            self._run(61 * MINUTE)
            check_end(
                self.judge,
                list(self.world.cases.values()),
                self.world.remembers(),
                self.world.now,
            )
            refused = sum(map(self.wire.struck, self.channel_faults))
            assert self.judge.failed_sends == refused, "a message was refused for what it was"
            self.wire.raise_errors()

    def _run(self, pause: timedelta, answered: Case | None = None, **interrupted: Any) -> None:
        self.world.clock.shift(pause)
        if answered is not None and not (answered.place == "listed" and self._is_pending(answered)):
            answered = None
        self.is_broken = True
        for run in self.world.run(answered=answered, **interrupted):
            self.judge.judge(run, self.connected)
        self.is_broken = False

    def _perhaps(self, pause: timedelta | None) -> None:
        if pause is not None:
            self._run(pause)

    def _case(self, number: int) -> Case:
        cases = list(self.world.cases.values())
        return cases[number % len(cases)]

    def _is_pending(self, case: Case) -> bool:
        return case.place != "gone" and case.status(self.world.now - self.judge.lag) == "PENDING"

    def _break(self, channel: str, trouble: str, times: int | None, skip: int) -> None:
        service: Service = "sns" if channel == "sns" else "slack"
        action = CHANNEL_TROUBLES[channel][trouble]
        if channel == "slack" and self.way == "bot":
            action = _as_the_web_api(action)
        fault = Fault(
            service,
            action,
            operation="Publish" if channel == "sns" else None,
            times=1 if trouble == "not this" else times,
            skip=skip,
        )
        self._inject(channel, fault)
        self.channel_faults.append(fault)

    def _inject(self, name: str, fault: Fault) -> None:
        if name in self.faults:
            self.wire.heal(self.faults[name])
        self.faults[name] = self.wire.inject(fault)

    def _heal(self) -> None:
        self.wire.heal_all()
        self.faults.clear()

    def _connect(self, channel: str) -> None:
        self.connected.add(channel)
        slack = self.world.account.slack
        if channel == "sns":
            self.world.account.aws.confirm(READER)
        elif self.way == "webhook":
            self.world.account.aws.put_secret({"webhook_url": slack.webhook_url})
        else:
            bot = {"bot_token": slack.bot_token, "channel": slack.channel}
            self.world.account.aws.put_secret(bot)

    def _disconnect(self, channel: str) -> None:
        self.connected.discard(channel)
        if channel == "sns":
            self.world.account.aws.unsubscribe(READER)
            self.world.account.aws.subscribe_email(READER, confirmed=False)
        else:
            self.world.account.aws.put_secret("{}")


def _as_the_web_api(action: Any) -> Any:
    """Return a webhook's refusal as the Web API gives it."""
    if not isinstance(action, Refuse):
        return action
    body = json.dumps({"ok": False, "error": action.body.decode()}).encode()
    status = action.status if action.status >= 429 else 200
    return Refuse(status, body, (("Content-Type", "application/json"),))


@pytest.fixture(scope="module")
def world(box: PartnerAccount) -> World:
    box.reset()
    return World(box)


@pytest.mark.parametrize("start", range(SEED, SEED + SHARDS))
def test_the_rules_hold_in_every_schedule(world: World, start: int) -> None:
    """Nothing is lost, told twice or told too late, whatever fails and whenever it ticks."""
    play: Any = seed(start)(functools.partial(Schedule, world))
    run_state_machine_as_test(
        play,
        settings=settings(
            max_examples=-(-EXAMPLES // SHARDS),
            stateful_step_count=STEPS,
            database=None,
            report_multiple_bugs=False,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )

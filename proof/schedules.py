"""Random schedules: weeks of a deployment's life in memory, every run of them judged.

A schedule is a list of numbers, each of which says what happens and when the next run comes: a
seed replays it, and Hypothesis makes one that fails shorter and plainer, number by number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, integers, lists

from notifier.core.model import LEASE
from notifier.core.policy import ALARMS
from proof.judge.judge import Judge
from proof.story import DAY, HOUR, MINUTE, READER, Deployed, Hours, Truth, Way
from proof.world.channels import HOME, Topic
from proof.world.effects import Effect, Fault, How
from proof.world.world import World

T = TypeVar("T")

SECOND = timedelta(seconds=1)
TICK = 5 * MINUTE
SHORTEST, LONGEST = 30, 60
LIMIT = 2**64
PROGRAM = "arn:queue"
LEADER, BOSS = "leads@partner.example", "boss@partner.example"
FORMER, GUEST = "former@partner.example", "guest@partner.example"
"""Both are in no list: one that was filters as all of them do, one made by hand does not."""

OPERATOR = "operator@partner.example"

KINDS = ("OpportunityInvitation", "LeadInvitation", "AccountPlanningInvitation")
LEADS, DACH = "C0LEADS", "C0DACH"
_LEADS = Way(name="leads", payload_type="LeadInvitation", place=LEADS, mention="S0LEADS")
_DACH = Way(name="dach", country="DE", place=DACH)
_BY_MAIL = Way(name="leads", payload_type="LeadInvitation", emails=(LEADER,))
_HOURS = Hours(days=frozenset(range(5)), start=time(9), end=time(17))
SETTINGS = (
    Deployed(),
    Deployed(mention="S0SALES", escalate_hours=8),
    Deployed(routes=(_LEADS,), digest_at=time(9, 30)),
    Deployed(hours=_HOURS),
    Deployed(routes=(_LEADS, _DACH), escalate_hours=4, mention="S0SALES"),
    Deployed(stages=(24, 2), details=False),
    Deployed(emails=()),
    Deployed(slack=False),
    Deployed(routes=(_LEADS,), hours=_HOURS, escalate_hours=12, digest_at=time(7)),
    Deployed(digest_at=time(9, 30), digest_above=1),
    Deployed(routes=(_BY_MAIL,), escalate_hours=8, escalate_to=BOSS),
    Deployed(slack=False, routes=(_BY_MAIL,), escalate_hours=30, escalate_to=BOSS),
    Deployed(emails=(), routes=(_BY_MAIL, _DACH), escalate_hours=8, escalate_to=BOSS),
    Deployed(routes=(_BY_MAIL,), emails_hear_all=True, digest_at=time(7)),
)

LIVES = (
    *(5 * DAY, 30 * HOUR, 3 * HOUR, 4 * MINUTE, None, 15 * DAY, 80 * HOUR),
    *(4 * HOUR + TICK + 30 * SECOND, 24 * HOUR + TICK + 20 * SECOND, 23 * HOUR, 9 * HOUR),
)
PAUSES = (
    *(TICK, TICK, TICK, TICK, SECOND, 4 * MINUTE + 40 * SECOND, 9 * MINUTE + 35 * SECOND),
    *(20 * MINUTE, HOUR, 61 * MINUTE, 4 * HOUR, 20 * HOUR),
)
GAPS = (25 * HOUR, 3 * DAY, 8 * DAY, 31 * DAY)
OFFSETS = (0 * SECOND, 0 * SECOND, SECOND, -SECOND, -20 * SECOND, -40 * SECOND, TICK, 2 * HOUR)
MOVES = (SECOND, -SECOND, 30 * SECOND, 2 * HOUR, -2 * HOUR, DAY, -DAY, 5 * DAY, -70 * SECOND, None)

EFFECTS = (
    *("ledger.acquire", "ledger.read", "ledger.write", "ledger.write", "ledger.state"),
    *("ledger.release", "ledger.ask", "ledger.count", "inbox.list", "inbox.search"),
    *("inbox.details", "sns.listeners", "sns.publish", "sns.publish", "slack.secret"),
    *("slack.post", "slack.post", "slack.update", ""),
)
OF_RECORDS = (
    *("told_sns", "told_slack", "told_escalation", "expires_at", "first_seen", "first_told"),
    *("ended_at", "end_seen", "invited_at"),
)
OF_LEASES = (
    *("completed_at", "retry_at", "doubts", "lease_until", "warn_at", "contacted_at"),
    *("failing_since", "digest_at", "digest_before"),
)
"""Attributes that somebody spoils; of the lease's most are a channel's."""

WORDS = ("later", "message", "sender", "place")
_FATES = (How.REFUSED, How.VANISHED, How.LOST)
_STRUCK = (How.LATE, How.WRONG, How.KILLED_BEFORE, How.KILLED_AFTER, How.OUT_OF_TIME)


class Numbers:
    """One number, taken apart into choices; the smaller it is, the plainer they are."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, count: int) -> int:
        self._left, found = divmod(self._left, count)
        return found

    def one(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]


@dataclass(slots=True)
class Armed:
    """A fault that waits for an effect, lets some pass, and strikes some."""

    name: str
    fault: Fault
    skip: int = 0
    times: int = 1

    def meets(self, effect: Effect) -> bool:
        if not effect.name.startswith(self.name) or self.times <= 0:
            return False
        self.skip -= 1
        if self.skip >= 0:
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Play:
    """One deployment's life: what happens to it, and the judge of all its runs."""

    world: World = field(default_factory=World)
    judge: Judge = field(default_factory=Judge)
    armed: list[Armed] = field(default_factory=list)
    came: int = 0

    def __post_init__(self) -> None:
        self.world.strike = self._strike
        self.world.after = self.judge.after

    def _strike(self, effect: Effect) -> Fault | None:
        return next((one.fault for one in self.armed if one.meets(effect)), None)

    def begin(self, number: int) -> None:
        """Deploy: most often all is connected, and pages and transactions are small."""
        said, world = Numbers(number), self.world
        world.deployed = said.one(SETTINGS)
        world.slack.way = said.one(("bot", "bot", "bot", "webhook", ""))
        world.slack.webhooks = {"leads": LEADS} if said.below(2) else {}
        world.table.size = said.one((8, 100))
        world.inbox.page = said.one((2, 100))
        world.inbox.lag = said.one((0 * SECOND, 0 * SECOND, 0 * SECOND, 7 * MINUTE))
        if said.below(6):
            world.topic.subscribe(READER)
        for reader in sorted(world.deployed.named - {READER}):
            if said.below(3) < 2:
                world.topic.subscribe(reader)
        for _ in range(said.below(4)):
            self.invite(said)
        world.alarms = Topic()
        if said.below(4):
            world.alarms.subscribe(OPERATOR)

    def step(self, number: int) -> None:
        """Let something happen, let time pass, and run."""
        said = Numbers(number)
        happens = said.one(HAPPENINGS)
        pause = self._pause(said)
        happens(self, said)
        if said.below(12) == 1:
            self.world.now += pause
            turns = [bool(said.below(2)) for _ in range(24)]
            self.world.overlap(turns, event=bool(said.below(2)))
        else:
            self.world.tick(pause, event=said.below(8) == 1)

    def end(self) -> None:
        """Heal and connect everything, run some more, and look for what was lost."""
        world = self.world
        self.armed.clear()
        self.connect(Numbers(0))
        for reader in world.deployed.named:
            world.topic.subscribe(reader)
        for place in world.slack.places.values():
            place.is_archived, place.is_member = False, True
        for taker in (world.topic, world.slack):
            taker.poisonous.clear()
            taker.allergic.clear()
        world.inbox.lag, world.inbox.nameless = 0 * SECOND, 0
        world.tick(61 * MINUTE)
        world.tick(TICK)
        world.tick(TICK)
        self.judge.end(world.scene(), world.now)

    def _pause(self, said: Numbers) -> timedelta:
        how = said.below(4)
        if how < 2:
            return said.one(PAUSES)
        if how == 3 and said.below(8) == 7:
            return said.one(GAPS)
        moments = self._moments()
        if not moments:
            return TICK
        moment = moments[said.one((0, 0, 0, 1, 2)) % len(moments)] + said.one(OFFSETS)
        return max(moment - self.world.now, SECOND)

    def _moments(self) -> list[datetime]:
        """Return what comes next: stages, ends, and channels that are tried again."""
        now, deployed = self.world.now, self.world.deployed
        hours = (*deployed.stages, deployed.escalate_hours or 0, 0)
        pending = (t for t in self.world.inbox.truths.values() if t.status(now) == "PENDING")
        ends = [end for truth in pending if (end := truth.deadline(now))]
        found = [end - timedelta(hours=h) for end in ends for h in hours]
        found += [s.retry_at for s in self.world.table.channels.values() if s.retry_at]
        return sorted({moment for moment in found if moment > now})

    # What can happen.

    def nothing(self, said: Numbers) -> None:
        """Let nothing happen."""

    def invite(self, said: Numbers) -> None:
        for _ in range(1 + said.one((0, 0, 0, 1, 4))):
            self.came += 1
            self.world.invite(
                f"engi-{self.came:02}",
                expires_in=said.one(LIVES),
                payload_type=said.one(KINDS),
                country=said.one((None, "DE")),
            )

    def _one(self, said: Numbers) -> Truth | None:
        truths = list(self.world.inbox.truths.values())
        return truths[-1 - said.below(8) % len(truths)] if truths else None

    def answer(self, said: Numbers) -> None:
        truth = self._one(said)
        if truth and truth.status(self.world.now) == "PENDING":
            word = said.one(("ACCEPTED", "REJECTED", "WITHDRAWN"))
            truth.answered = (self.world.now, word)

    def reopen(self, said: Numbers) -> None:
        truth = self._one(said)
        if truth and truth.status(self.world.now) != "PENDING":
            truth.answered = None
            truth.deadlines.append((self.world.now, self.world.now + said.one(LIVES[:3])))

    def move(self, said: Numbers) -> None:
        truth = self._one(said)
        deadline = truth and truth.deadline(self.world.now)
        if truth and deadline and truth.status(self.world.now) == "PENDING":
            by = said.one(MOVES)
            truth.deadlines.append((self.world.now, deadline + by if by else None))
        elif truth and truth.deadlines[-1][1] is None:  # A first date, or one that comes back.
            truth.deadlines.append((self.world.now, self.world.now + said.one(LIVES[:4])))

    def hide(self, said: Numbers) -> None:
        if truth := self._one(said):
            truth.place = said.one(("listed", "listed", "hidden", "gone", "contradicted"))

    def blur(self, said: Numbers) -> None:
        """Let the listing show what nobody can read, or no more of it."""
        self.world.inbox.nameless = said.one((1, 0, 3))

    def spoil(self, said: Numbers) -> None:
        """Let something in the table be unreadable, or lie in the future."""
        world, opened = self.world, list(self.world.table.opened)
        moment = said.one((None, world.now + 40 * DAY, None, world.now + 4000 * DAY))
        if opened and said.below(3):
            id_, name = opened[-1 - said.below(4) % len(opened)], said.one(OF_RECORDS)
            world.spoil(id_, name, None if name in ("expires_at", "invited_at") else moment)
            return
        name = said.one(OF_LEASES)
        if name == "lease_until" and world.table.owner is None:
            return
        if name not in ("completed_at", "lease_until"):
            channels = world.policy.channels(slack=world.deployed.slack)
            moment = None if name == "doubts" else moment
            name = f"{said.one((*channels, ALARMS))}_{name}"
        world.spoil(LEASE, name, moment)

    def strike(self, said: Numbers) -> None:
        """Let an effect of the next run fail, or of many."""
        name = said.one(EFFECTS)
        how = said.one((*_FATES, *_FATES, *_STRUCK))
        word = "stale token" if name == "inbox.search" else said.one(WORDS)
        if name == "slack.update" and word == "place":
            word = "gone"
        if name.startswith("sns") and word == "place":
            word = "sender"
        if name in ("", "slack.secret") and word in ("message", "place"):
            word = "later"
        self.armed.append(
            Armed(name, Fault(how, word), skip=said.one((0, 0, 1, 2, 4)), times=said.one((1, 1, 2)))
        )

    def break_channel(self, said: Numbers) -> None:
        """Let every message of a channel fail, until it is mended."""
        name = said.one(("sns.publish", "slack.post"))
        how = said.one(_FATES)
        word = said.one(WORDS[:3])
        self.armed.append(Armed(name, Fault(how, word), times=1000))

    def slow_details(self, said: Numbers) -> None:
        """Let every question for details take as long as it can, and come to nothing."""
        how = said.one((How.VANISHED, How.LATE))
        self.armed.append(Armed("inbox.details", Fault(how), times=1000))

    def heal(self, said: Numbers) -> None:
        del said
        self.armed.clear()

    def connect(self, said: Numbers) -> None:
        reader = self._reader(said)
        self.world.topic.subscribe(reader, filters=reader != GUEST)
        self.world.slack.way = said.one(("bot", "webhook"))

    def disconnect(self, said: Numbers) -> None:
        """Let nobody hear a channel: a subscription unconfirmed or gone, an empty secret."""
        what = said.below(4)
        if what == 0:
            self.world.topic.subscribe(self._reader(said), confirmed=False)
        elif what == 1:
            self.world.topic.subscriptions.pop(self._reader(said), None)
        elif what == 2:
            self.world.topic.subscribe(PROGRAM, "sqs")
        else:
            self.world.slack.way = ""

    def _reader(self, said: Numbers) -> str:
        return said.one((READER, READER, LEADER, BOSS, GUEST, FORMER))

    def change_operators(self, said: Numbers) -> None:
        """Let somebody hear the alarms, or nobody."""
        if alarms := self.world.alarms:
            alarms.subscriptions.clear()
            if said.below(2):
                alarms.subscribe(OPERATOR)

    def break_place(self, said: Numbers) -> None:
        place = self.world.slack.place(said.one((LEADS, DACH, "U0BOSS", HOME)))
        what = said.below(3)
        place.is_archived, place.is_member = what == 0, what != 1

    def delete_card(self, said: Numbers) -> None:
        cards = list(self.world.slack.shown)
        if cards:
            self.world.slack.delete(cards[-1 - said.below(4) % len(cards)])

    def vex(self, said: Numbers) -> None:
        """Let a channel refuse an invitation for what it is: in its full form, or in both."""
        if truth := self._one(said):
            slack, topic = self.world.slack, self.world.topic
            full, both = (
                (topic.allergic, topic.poisonous)
                if said.below(2)
                else (slack.allergic, slack.poisonous)
            )
            (both if said.below(2) else full).add(truth.id)

    def deploy(self, said: Numbers) -> None:
        chosen = said.one(SETTINGS)
        self.world.deployed = replace(
            chosen, emails=chosen.emails or ((READER,) if not chosen.slack else ())
        )


Happening = Callable[[Play, Numbers], None]
HAPPENINGS: tuple[Happening, ...] = (
    *([Play.nothing] * 8 + [Play.invite] * 6 + [Play.strike] * 7 + [Play.answer] * 2),
    *(
        Play.move,
        Play.hide,
        Play.break_channel,
        Play.slow_details,
        Play.heal,
        Play.heal,
        Play.reopen,
    ),
    *(Play.connect, Play.disconnect, Play.break_place, Play.delete_card, Play.vex, Play.deploy),
    *(Play.change_operators, Play.blur, Play.spoil, Play.spoil),
)


SCHEDULES: SearchStrategy[list[int]] = lists(
    integers(0, LIMIT - 1), min_size=SHORTEST + 1, max_size=LONGEST + 1
)
QUIETLY = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def play(schedule: Sequence[int]) -> int:
    """Play a schedule to its end; return how many runs it had, or raise what broke."""
    this = Play()
    this.begin(schedule[0])
    for number in schedule[1:]:
        this.step(number)
    this.end()
    return this.world.runs


def play_many(start: int, count: int) -> int:
    """Play so many schedules, always the same from the same start; return how many runs they had.

    One that breaks a promise is made as short and plain as can be, and shown.
    """
    runs = 0

    @seed(start)
    @settings(QUIETLY, max_examples=count)
    @given(SCHEDULES)
    def each(schedule: list[int]) -> None:
        nonlocal runs
        runs += play(schedule)

    each()
    return runs

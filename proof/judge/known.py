"""What the judge remembers of each invitation and of each channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from proof.story import Deployed, Heard, Run, Said, Truth

from .timing import EARLY, PAUSES

LOG = 10
"""Lines of an invitation's story that are told with a broken promise."""

FINAL = frozenset({"later", "sender", "place"})
"""After such a no, nothing more is tried on a channel in that run."""

FAILS = ("refused", "vanished", "lost")
"""How an effect fails so that a run knows of it."""

REMINDERS = ("expiring", "escalated")

WRITES = ("ledger.write", "ledger.state")


class BrokenPromiseError(AssertionError):
    """A promise was broken; says which, and what had happened to the invitation."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One time at which one medium was told; in doubt it is told once more."""

    heard: Heard
    said: Said

    @property
    def at(self) -> datetime:
        return self.heard.at


@dataclass(frozen=True, slots=True)
class End:
    """How an invitation ended by Partner Central's word, when, and when a run learned it.

    Once that is `kept`, nobody asks again.
    """

    status: str
    at: datetime
    seen: datetime
    kept: bool = False


@dataclass(slots=True)
class Again:
    """That an invitation is open again since `at`, as a run surely wrote down once it is `written`.

    It had ended at `ended`, which was surely written if it was `kept`; `before` is when it was last
    open again before. Until that is written it may be since `latest` as well.
    """

    at: datetime
    latest: datetime
    ended: datetime
    kept: bool
    before: datetime | None = None
    written: bool = False


@dataclass(slots=True)
class Case:
    """One invitation: what was told of it on each medium, its route, and how it ended.

    `maybe` are routes that it may have been given before that was surely `written` down; it
    `strays` if it may be told in the default place though its route has another. `seen` is when a
    run surely wrote down that it was pending. `ends` are all statuses with which it was said to
    have ended since then, `settled` the media that need not hear of it,
    `forgotten` those of which somebody spoiled when they were told. `contradicted` is the run that
    did not tell it because its details called it answered, and whether that was surely kept. It is
    `undated` while the listing says no date any more; `rumor` is a status that nobody knows,
    `word` the same once a run has surely written down that it heard it.
    """

    id: str
    route: str | None = None
    maybe: set[str] = field(default_factory=set)
    written: bool = False
    seen: datetime | None = None
    end: End | None = None
    deadline: datetime | None = None
    ends: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    strays: bool = False
    forgotten: set[str] = field(default_factory=set)
    contradicted: tuple[int, bool] | None = None
    undated: bool = False
    again: Again | None = None
    word: str | None = None
    rumor: str | None = None
    told: dict[str, list[Telling]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether a run has surely written down that it is open, in this life of it."""
        return self.seen is not None and (self.again is None or self.again.written)

    def on(self, medium: str) -> list[Telling]:
        return self.told.get(medium, [])

    def last(self, medium: str) -> datetime | None:
        """Return when a medium was last told, surely or not."""
        told = self.on(medium)
        return told[-1].at if told else None

    def sure(self, medium: str) -> datetime | None:
        """Return when a medium was last surely told."""
        return next((t.at for t in reversed(self.on(medium)) if t.heard.sure), None)

    def note(self, line: str) -> None:
        if not self.log or self.log[-1] != line:
            self.log.append(line)


@dataclass(slots=True)
class Fares:
    """How a channel fares, by the fates of its messages.

    It is `vague` while a run may or may not have kept that. `greeted` is whether its readers surely
    were; who had no place for a while is `excused`. `failing` is since when it has refused all,
    `shaky` since when it has confirmed nothing; its last turn was `rough` if anything failed.
    It is `unkept` since a turn in which a write failed, and no other.
    """

    doubts: int = 0
    until: datetime | None = None
    vague: datetime | None = None
    greeted: bool = False
    contacted: datetime | None = None
    excused: bool = False
    failing: datetime | None = None
    shaky: datetime | None = None
    rough: bool = False
    unkept: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Say whether it is surely to be left alone."""
        if self.unkept is not None and now + EARLY < self.unkept + PAUSES[0]:
            return True
        return self.vague is None and self.until is not None and now + EARLY < self.until

    def may_rest(self, now: datetime) -> bool:
        if self.vague is not None and now < self.vague + PAUSES[-1]:
            return True
        return self.until is not None and now + EARLY < self.until

    def learn(self, name: str, fates: list[str], run: Run) -> None:
        """Take in a turn's fates."""
        if not run.sure and (fates or any(s.startswith(WRITES) for s in run.struck)):
            self.vague = run.now
        self.rough = set(fates) != {"confirmed"} if fates else self.rough
        self.unkept = run.now if run.failed_once == name else None
        if self.vague is not None and "unknown" in fates:
            self.vague = run.now
        if "unknown" in fates:
            self.doubts += 1
            self.until = run.now + PAUSES[min(self.doubts, len(PAUSES)) - 1]
        elif "confirmed" in fates:
            self.doubts, self.until = 0, None
        if "confirmed" in fates:
            self.failing = self.shaky = None
            if run.sure and "unknown" not in fates:
                self.vague = None
        elif fates:
            self.shaky = self.shaky or run.now
            if FINAL.intersection(fates):
                self.failing = self.failing or run.now


@dataclass(slots=True)
class Known:
    """All that the judge remembers.

    `completed` is when a run was last complete; it `is_vague` if that may not have been kept.
    `digests` are the last ones, by channel; `stood` is when one was last made or not worth making.
    `unheard` is when nobody was first found to hear the alarms, `unheard_said` when people were
    last told so, `alarmed` the same by channel, if that was surely kept. `silent` is when a medium
    first reached nobody, `mended` what the last run has surely mended, `asked` the last run that
    found another one at work and asked it to look once more.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    fares: dict[str, Fares] = field(default_factory=dict)
    completed: datetime | None = None
    is_vague: bool = False
    warned: dict[str, datetime] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    digests: dict[str, Heard] = field(default_factory=dict)
    stood: dict[str, datetime] = field(default_factory=dict)
    silent: dict[str, datetime] = field(default_factory=dict)
    asked: int | None = None
    unheard: datetime | None = None
    unheard_said: datetime | None = None
    alarmed: dict[str, datetime] = field(default_factory=dict)
    mended: frozenset[tuple[str, str]] = frozenset()

    def case(self, id_: str) -> Case:
        return self.cases.setdefault(id_, Case(id_))

    def channel(self, name: str) -> Fares:
        return self.fares.setdefault(name, Fares())

    def broken(self, promise: str, run: Run | None, id_: str | None = None) -> BrokenPromiseError:
        """Return what to raise: the promise, the run, and the last lines of the story."""
        where = f"run {run.number} at {run.now:%d %b %H:%M:%S}" if run else "in the end"
        lines = [f"{promise}: {where}"]
        if run:
            lines += [f"  struck: {', '.join(run.struck)}"] if run.struck else []
            lines += [f"  heard: {heard}" for heard in run.heard[:LOG]]
        if id_ is not None:
            lines += [f"  {id_}: {line}" for line in self.case(id_).log[-LOG:]]
        return BrokenPromiseError("\n".join(lines))


def tellings(heard: list[Heard]) -> Iterator[Telling]:
    yield from (Telling(one, said) for one in heard for said in one.said)


def route_of(truth: Truth, deployed: Deployed) -> str:
    """Return the route that takes an invitation: the first whose conditions all hold."""
    for way in deployed.routes:
        if way.payload_type in (None, truth.payload_type) and way.country in (None, truth.country):
            return way.name
    return "default"

"""A run as a sequence of effects on the world; at each one it can fail, or be killed.

An effect is one thing that happens or does not: a page is read, a write takes hold, a message is
posted. Runs that overlap take turns at effects, in an order that their schedule gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TypeVar

T = TypeVar("T")

TIMEOUT = 120.0
"""Seconds after which Lambda kills a run."""


class How(StrEnum):
    """How an effect fails."""

    REFUSED = "refused"
    """It did not happen, and whoever asked hears a no."""

    VANISHED = "vanished"
    """It did not happen, and whoever asked hears nothing."""

    LOST = "lost"
    """It happened, and whoever asked hears nothing."""

    LATE = "late"
    """It happened, after as long as the function waits for it at most."""

    WRONG = "wrong"
    """It happened, and the answer says something else."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"

    OUT_OF_TIME = "out of time"
    """It happened, and took so long that the run has only moments left."""


SLOW = (How.VANISHED, How.LOST, How.LATE)
MOMENTS = 10.0
"""Seconds that are left to a run that is out of time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail; `word` says more of it where a port knows several kinds of no."""

    how: How
    word: str = ""

    def __str__(self) -> str:
        return f"{self.how} ({self.word})" if self.word else str(self.how)


@dataclass(frozen=True, slots=True)
class Effect:
    """The `nth` effect of a run, from 0: what it is, such as `ledger.write`, and of what.

    It begins with so many seconds left to the run.
    """

    run: int
    nth: int
    name: str
    about: str = ""
    seconds_left: float = TIMEOUT


class Killed(BaseException):
    """The process is gone: nothing catches it, and nothing comes after it."""


class ProofError(AssertionError):
    """Something that cannot be, whatever fails: the proof or the code under it is wrong."""


@dataclass(slots=True)
class Send:
    """A message on its way to a channel: which effect it is, and what the run learns of it."""

    channel: str
    effect: int
    fate: str = "killed"


@dataclass(slots=True)
class Process:
    """One run, as far as the world sees it: its effects, what struck them, and its time."""

    number: int
    strike: Callable[[Effect], Fault | None]
    pause: Callable[[], object] = lambda: None
    seconds_left: float = TIMEOUT
    effects: list[Effect] = field(default_factory=list)
    struck: list[tuple[Effect, Fault]] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    updates: list[tuple[str, str]] = field(default_factory=list)
    killed: bool = False
    timed_out: bool = False

    def left(self) -> float:
        return self.seconds_left

    def do(
        self,
        name: str,
        act: Callable[[], T],
        *,
        fails: Callable[[Fault], T],
        wrong: Callable[[T], T] = lambda answer: answer,
        takes: float = 0.05,
        at_most: float = 10.0,
        about: str = "",
    ) -> T:
        """Do one thing to the world, unless it fails; `fails` tells it as the port does.

        It takes so many seconds, and `at_most` so many if it is late.
        """
        if self.killed:
            raise ProofError(f"{name} after the run was killed")
        self.pause()
        effect = Effect(self.number, len(self.effects), name, about, self.seconds_left)
        self.effects.append(effect)
        fault = self.strike(effect)
        how = fault.how if fault else None
        if fault:
            self.struck.append((effect, fault))
        if how is How.KILLED_BEFORE:
            self.kill()
        self._spend(at_most if how in SLOW else takes)
        if fault and how in (How.REFUSED, How.VANISHED):
            return fails(fault)
        answer = act()
        if how is How.KILLED_AFTER:
            self.kill()
        if how is How.OUT_OF_TIME:
            self.seconds_left = min(self.seconds_left, MOMENTS)
        if fault and how is How.LOST:
            return fails(fault)
        return wrong(answer) if how is How.WRONG else answer

    def _spend(self, seconds: float) -> None:
        """Let time pass; at its end Lambda kills the run before the effect takes hold."""
        self.seconds_left -= seconds
        if self.seconds_left <= 0:
            self.timed_out = True
            self.kill()

    def kill(self) -> None:
        self.killed = True
        raise Killed


def unbroken() -> Process:
    """Return a run in which nothing fails, and that has all the time there is."""
    return Process(0, lambda _effect: None, seconds_left=inf)

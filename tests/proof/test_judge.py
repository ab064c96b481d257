"""The judge finds out a notifier that breaks a rule: each is broken on purpose, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from notifier.core import backoff, plan, records
from notifier.core.message import Message
from notifier.core.ports import Failed, Sent
from notifier.run import ends, gap
from notifier.run.budget import Budget
from notifier.run.deliver import Turn
from notifier.run.report import ChannelReport
from proof.judge.known import BrokenPromiseError
from proof.scenarios import SCENARIOS, Scenario, play, singles

Breaking = tuple[Any, str, Any]
"""An object, the name of what is replaced in it, and by what."""


def record_and_send(turn: Any, message: Message) -> Sent | Failed | None:
    """Record each message before it is sent."""
    turn._record(message, Sent())  # noqa: SLF001
    return send(turn, message)


send: Callable[[Any, Message], Sent | Failed | None] = Turn._send  # noqa: SLF001


def take_or_end(turn: Any) -> ChannelReport:
    """Let no channel go on after one that failed."""
    report = take(turn)
    report.ledger_failed = bool(report.errors)
    return report


take: Callable[[Any], ChannelReport] = Turn.take


RULES: dict[str, tuple[str, Breaking]] = {
    "send, then record": ("new", (Turn, "_send", record_and_send)),
    "what is told is recorded": ("new", (Turn, "_record", lambda *_: None)),
    "a dead channel does not block": ("new", (Turn, "take", take_or_end)),
    "absent is not expired": ("hidden", (records, "still_pending", lambda *_: {})),
    "fresh before sending": ("new", (Turn, "_fresh", lambda t, alert: t._message((alert,)))),  # noqa: SLF001
    "a doubt ends in a pause": ("soon", (backoff, "PAUSES", (timedelta(0),))),
    "no send without time": ("new", (Budget, "fits_message", lambda *_: True)),
    "a gap is looked into": ("gap", (gap, "GAP", timedelta(days=2))),
    "cards are kept true": ("accepted", (plan, "_is_untrue", lambda *_: False)),
    "one place gives way": ("archived", (Turn, "_hand_over", lambda _: None)),
    "an end is recorded": ("expired", (ends.Ends, "told", lambda *_: None)),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_found_out(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a small scenario in which every effect fails once."""
    name, breaking = RULES[rule]
    monkeypatch.setattr(*breaking)
    with pytest.raises(BrokenPromiseError):
        play_all(SCENARIOS[name])


def play_all(scenario: Scenario) -> None:
    for strikes in ({}, *singles(scenario)):
        play(scenario, strikes)


def test_what_breaks_is_told_in_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which promise, in which run, what was heard, and the invitation's story."""
    monkeypatch.setattr(Turn, "_record", lambda *_: None)
    with pytest.raises(BrokenPromiseError) as found:
        play(SCENARIOS["new"], {})
    promise, *story = str(found.value).splitlines()
    assert promise == "sns is greeted once: run 1 at 02 Mar 09:05:00"
    assert "  heard: sns in topic: new of engi-1" in story

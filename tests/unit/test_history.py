"""What a run adds to the history, and how that reaches CloudWatch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifier import telemetry
from notifier.core.model import Invitation, Record
from notifier.run.history import History, history
from notifier.run.run import Summary

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(status: str, *, invited: timedelta | None = None) -> Record:
    """Return what was first seen an hour ago and has ended now."""
    invited_at = None if invited is None else NOW + invited
    invitation = Invitation(id="engi-1", catalog="AWS", status=status, invited_at=invited_at)
    return Record(invitation=invitation, first_seen=NOW - HOUR, ended_at=NOW)


@pytest.mark.parametrize(
    ("invited", "took"), [(-25 * HOUR, 25 * HOUR), (HOUR, 0 * HOUR), (None, HOUR)]
)
def test_an_answer_takes_as_long_as_the_invitation_was_known(
    invited: timedelta | None, took: timedelta
) -> None:
    """From its own date where it has one, whoever's clock is right, to the run that saw it."""
    found = history([], [record("ACCEPTED", invited=invited)], NOW)
    assert found == History(accepted=1, answered_after=(took,))


def test_each_is_received_and_ends_once() -> None:
    """What a run both sees for the first time and closes, too."""
    seen = replace(record("EXPIRED"), first_seen=NOW)
    found = history([seen, record("PENDING")], [seen, record("REJECTED")], NOW)
    assert found == History(received=1, declined=1, expired=1, answered_after=(HOUR,))


def test_many_answers_at_once_are_all_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch takes a hundred values of one metric in a line; the rest is in the next line."""
    answers = History(accepted=100, answered_after=100 * (HOUR,))
    telemetry.measure(Summary(complete=True, history=answers), "AWS", [])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(len(line.get("AnswerSeconds", [])) for line in lines) == [0, 100]
    assert [line["Accepted"] for line in lines if "Accepted" in line] == [[100]]

"""`status`: what is pending, what was told, what is due next; and one invitation's history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cli import status
from notifier.adapters.pacer import Pacer
from simulator.account import PartnerAccount
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.deployed import START, Notifier

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the pauses between reads, which are measured in real time."""
    monkeypatch.setattr(Pacer, "wait", lambda _self: None)


@pytest.fixture
def at_start() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def running(user: PartnerAccount, at_start: time_machine.Traveller) -> Notifier:
    """Return a deployed notifier that has told of one invitation."""
    user.partner_central.invite(title="Data lake", expires_in=80 * HOUR)
    notifier = Notifier(user, at_start)
    notifier.tick()
    notifier.pass_time(timedelta(minutes=2))
    deployed(user)
    return notifier


def test_it_says_what_was_told_and_what_is_due_next(running: Notifier, shell: Shell) -> None:
    """The next alert has its run and the plan's own reason."""
    answer = shell("status", "--json")
    assert answer.code == 0
    (one,) = answer.json["invitations"]
    assert set(one["told_at"]) == {"sns", "slack"}
    first = one["coming"][0]
    due = START + 8 * HOUR
    assert first["told_by_run_at"] == due.isoformat()
    assert first["reason"].startswith("under 72 h to expiry; ")
    running.clock.move_to(due - timedelta(seconds=1))
    assert running.tick().summary["expiring"] == 0
    assert running.tick(after=timedelta(seconds=1)).summary["expiring"] == 1


def test_people_read_a_table(running: Notifier, shell: Shell) -> None:
    """The title, when each channel was told, and why what is next is next."""
    del running
    answer = shell("status")
    assert answer.out.startswith("1 pending. Last successful run: Mon 02 Mar 09:00, 2 min ago.\n")
    for words in ("Data lake", "slack: expiring 72 h", "under 72 h to expiry", "Mon 02 Mar 17:00"):
        assert words in answer.out


def test_it_says_when_runs_have_stopped(running: Notifier, shell: Shell) -> None:
    """What is foretold then needs somebody to act first."""
    assert "Runs have stopped" not in shell("status").out
    running.pass_time(HOUR)
    assert "Runs have stopped: nothing is told until one succeeds." in shell("status").out


def test_one_invitation_has_its_history(
    user: PartnerAccount, running: Notifier, shell: Shell
) -> None:
    """What was answered and closed is told of all the same."""
    (id_,) = (i["sk"]["S"].partition("#")[2] for i in user.aws.items() if "#" in i["sk"]["S"])
    user.partner_central.accept(id_)
    running.tick(after=HOUR)
    answer = shell("status", id_)
    assert "ended: ACCEPTED" in answer.out
    assert "sns was last told" in answer.out
    assert "nothing is left to tell" in answer.out


def test_an_unknown_invitation_is_named(running: Notifier, shell: Shell) -> None:
    """What is nowhere ends in one line."""
    del running
    answer = shell("status", "engi-nowhere")
    assert answer.code == 1
    assert answer.err == (
        "engi-nowhere is neither listed nor in the ledger; allowed: an id, engi-…\n"
    )


def test_what_nobody_can_read_is_named(
    user: PartnerAccount, running: Notifier, shell: Shell
) -> None:
    """In words and for programs; all else is shown as ever."""
    del running
    key = next(i["sk"]["S"] for i in user.aws.items() if "#" in i["sk"]["S"])
    user.aws.overwrite(key, "told_sns", {"S": "yesterday"})
    user.aws.overwrite("lease", "completed_at", {"S": "2999-01-01T00:00:00+00:00"})
    answer = shell("status")
    assert f"{key}: told_sns cannot be read; the next run mends it." in answer.out
    assert "lease: completed_at lies too far ahead; the next run mends it." in answer.out
    assert "Last successful run: nobody can say." in answer.out
    assert "Data lake" in answer.out
    assert [line.split()[1] for line in shell("status", "--json").json["doubted"]] == [
        "completed_at",
        "told_sns",
    ]
    assert shell("status", key.partition("#")[2]).code == 0


def test_it_writes_nothing(user: PartnerAccount, running: Notifier, shell: Shell) -> None:
    """A look takes no lease and records nothing."""
    running.forget()
    before = user.aws.items()
    shell("status")
    assert user.aws.items() == before


def test_it_can_be_watched(
    running: Notifier, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again until it is interrupted."""
    looks: list[datetime] = []

    def sleep(_seconds: float) -> None:
        looks.append(datetime.now(UTC))
        if len(looks) == 2:
            raise KeyboardInterrupt
        running.pass_time(timedelta(minutes=1))

    monkeypatch.setattr(status, "sleep", sleep)
    answer = shell("status", "--watch")
    assert answer.code == 130
    assert "2 min ago" in answer.out
    assert "3 min ago" in answer.out

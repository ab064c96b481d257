"""`replay`: the next run tells it again, once, on one channel; a run under way loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from cli import account, replay
from cli.asked import Asked
from cli.deployed import ledger as deployed_ledger
from notifier.adapters.pacer import Pacer
from notifier.settings import Settings
from simulator.account import PartnerAccount
from simulator.wire import Do, Drop, Fault, Service
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.deployed import START, Notifier

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the pauses between reads, which are measured in real time."""
    monkeypatch.setattr(Pacer, "wait", lambda _self: None)


@pytest.fixture
def running(user: PartnerAccount) -> Iterator[Notifier]:
    """Return a deployed notifier that has told of two invitations on both channels."""
    with time_machine.travel(START, tick=False) as clock:
        for title in ("Data lake", "Other"):
            user.partner_central.invite(title=title)
        notifier = Notifier(user, clock)
        notifier.tick()
        notifier.pass_time(5 * MINUTE)
        notifier.forget()
        deployed(user)
        yield notifier


@pytest.fixture
def id_(user: PartnerAccount, running: Notifier) -> str:
    del running
    return ids(user, "Data lake")


def ids(user: PartnerAccount, title: str) -> str:
    """Return the recorded invitation's id."""
    found = [i["sk"]["S"] for i in user.aws.items() if i.get("title") == {"S": title}]
    return str(found[0]).partition("#")[2]


@pytest.mark.parametrize("channel", ["sns", "slack"])
def test_the_next_run_tells_it_again_once(
    running: Notifier, shell: Shell, id_: str, channel: str
) -> None:
    """One message on one channel, about one invitation; then it is quiet."""
    answer = shell("replay", id_, "--channel", channel, "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"{id_} is due again on {channel}: the next run tells it.\n"
    running.tick()
    told = {"mails": int(channel == "sns"), "posts": int(channel == "slack")}
    assert running.told() == told
    running.tick(after=5 * MINUTE)
    assert running.told() == told


def test_it_is_one_write(user: PartnerAccount, shell: Shell, id_: str) -> None:
    """Nothing but one item changes, by one call."""
    before = {i["sk"]["S"]: i for i in user.aws.items()}
    shell("replay", id_, "--channel", "slack", "--yes")
    after = {i["sk"]["S"]: i for i in user.aws.items()}
    changed = [key for key in before if before[key] != after[key]]
    assert changed == [f"pending#{id_}"]
    assert before[changed[0]].keys() - after[changed[0]].keys() == {
        "told_slack",
        "deadline_slack",
    }
    assert user.wire.count()["dynamodb", "TransactWriteItems"] == 1


def test_it_asks_first(running: Notifier, shell: Shell, id_: str) -> None:
    """Without a terminal and without --yes nothing is changed."""
    answer = shell("replay", id_, "--channel", "slack")
    assert answer.code == 2
    assert answer.err.endswith("allowed: --yes\n")
    running.tick()
    assert running.told() == {"mails": 0, "posts": 0}


@pytest.mark.parametrize(
    "call",
    [
        ("partnercentral", "ListEngagementInvitations"),
        ("dynamodb", "Query"),
        ("slack", "webhook"),
    ],
    ids=["listing", "reading", "sending"],
)
def test_a_run_under_way_loses_nothing(
    user: PartnerAccount,
    running: Notifier,
    shell: Shell,
    id_: str,
    call: tuple[Service, str],
) -> None:
    """In the middle of a run nothing is written; what that run tells is kept, and it comes next."""
    user.partner_central.invite(title="Came meanwhile")
    ledger = deployed_ledger(account.writing(Asked()), Settings.from_env(user.environment()))
    written: list[bool] = []

    def write() -> None:
        written.append(ledger.forget_told("slack", id_, told_at=START))

    user.wire.inject(Fault(call[0], Do(write), operation=call[1], times=1))
    running.tick()
    assert written == [False]
    assert running.told() == {"mails": 1, "posts": 1}
    assert shell("replay", id_, "--channel", "slack", "--yes").code == 0
    for _ in range(2):
        running.tick(after=5 * MINUTE)
        assert running.told() == {"mails": 1, "posts": 2}


def test_it_waits_for_the_lease(
    user: PartnerAccount,
    running: Notifier,
    shell: Shell,
    id_: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tries again until the run has given the lease back."""
    ledger = deployed_ledger(account.writing(Asked()), Settings.from_env(user.environment()))
    ledger.acquire(running.now)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            ledger.release(completed_at=running.now, search=None)

    monkeypatch.setattr(replay, "sleep", wait)
    assert shell("replay", id_, "--channel", "slack", "--yes").code == 0
    assert len(waits) == 3


def test_a_run_that_begins_right_after_tells_it(
    user: PartnerAccount, running: Notifier, shell: Shell, id_: str
) -> None:
    """A run that takes the lease after the write reads what it left."""
    done = Fault(
        "dynamodb",
        Do(running.tick, before=False),
        operation="TransactWriteItems",
        times=1,
    )
    user.wire.inject(done)
    assert shell("replay", id_, "--channel", "slack", "--yes").code == 0
    assert running.told() == {"mails": 0, "posts": 1}


def test_a_run_that_tells_it_right_before_is_not_undone(
    user: PartnerAccount, running: Notifier, shell: Shell, id_: str
) -> None:
    """What was told after it was asked about stays told: the condition names the time."""
    running.clock.move_to(START + timedelta(days=3))
    read = Fault("dynamodb", Do(running.tick, before=False), operation="Query", times=1)
    user.wire.inject(read)
    answer = shell("replay", id_, "--channel", "slack", "--yes")
    assert answer.code == 1
    assert answer.err == f"{id_} was not changed: it was told or ended meanwhile\n"


def test_a_lost_answer_is_no_failure(
    user: PartnerAccount, running: Notifier, shell: Shell, id_: str
) -> None:
    """What was written counts, though nobody heard so."""
    lost = Fault("dynamodb", Drop(before=False), operation="TransactWriteItems", times=1)
    user.wire.inject(lost)
    assert shell("replay", id_, "--channel", "slack", "--yes").code == 0
    running.tick()
    assert running.told() == {"mails": 0, "posts": 1}


@pytest.mark.parametrize("case", ["unknown", "ended", "untold"])
def test_what_cannot_be_told_again_is_refused(
    user: PartnerAccount, running: Notifier, shell: Shell, id_: str, case: str
) -> None:
    """One line says why, and nothing is written."""
    words = {
        "unknown": "engi-nowhere is not in the ledger; `status` lists what is\n",
        "ended": f"{id_} has ended, and ended invitations are not told of again\n",
        "untold": f"{id_} is due on slack already: it was never told there\n",
    }
    if case == "ended":
        user.partner_central.accept(id_)
        running.tick()
    if case == "untold":
        shell("replay", id_, "--channel", "slack", "--yes")
    asked = "engi-nowhere" if case == "unknown" else id_
    answer = shell("replay", asked, "--channel", "slack", "--yes")
    assert (answer.code, answer.err) == (1, words[case])

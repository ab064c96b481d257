"""Send, then record; one run at a time; and what happens when the table or the time fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Do, Drop, Fault, aws_json_error
from tests.deployed import Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)

REFUSED = aws_json_error("AccessDeniedException", "no", 400)


def invite(account: PartnerAccount, number: int = 1) -> None:
    for n in range(number):
        account.partner_central.invite(title=f"Project {n}", expires_in=5 * DAY)


def ledger_fault(account: PartnerAccount, action: Any, operation: str, **when: Any) -> Fault:
    return account.wire.inject(Fault("dynamodb", action, operation, **when))


def test_who_finds_the_lease_held_ends_well_and_silently(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A second run during the first does nothing, fails nothing and sends no heartbeat."""
    invite(account)
    overlapping = []
    rival = Notifier(account, connected.clock)

    def overlap() -> None:
        overlapping.append(rival.tick())

    account.wire.inject(Fault("partnercentral", Do(overlap, before=True)))
    run = connected.tick()
    (held,) = overlapping
    assert held.summary["held"]
    assert held.metrics == {}
    assert run.metrics["Heartbeat"] == 1
    assert connected.told() == {"mails": 1, "posts": 1}


def test_a_lost_reply_to_our_own_lease_is_no_lost_race(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The SDK writes again, the condition finds our own token, and the run goes on."""
    invite(account)
    ledger_fault(account, Drop(before=False), "UpdateItem")
    assert connected.tick().summary["new"] == 1


def test_a_lease_left_behind_runs_out(account: PartnerAccount, connected: Notifier) -> None:
    """A run that was killed keeps the next ones waiting for 150 seconds, no longer."""
    invite(account)
    # The release is the second UpdateItem of a run: refused, as if the process had died before.
    ledger_fault(account, REFUSED, "UpdateItem", skip=1)
    connected.tick(fails=True)
    assert connected.tick(after=timedelta(seconds=149)).summary["held"]
    assert not connected.tick(after=timedelta(seconds=2)).summary["held"]


def test_without_the_lease_nothing_is_sent(account: PartnerAccount, connected: Notifier) -> None:
    """A table that refuses writes stops every message, from the first run on."""
    invite(account)
    for operation in ("UpdateItem", "TransactWriteItems"):
        ledger_fault(account, REFUSED, operation, times=None)
    for _ in range(12):
        failed = connected.tick(after=TICK, fails=True)
        assert failed.metrics == {"Blind": 1, "AccessDenied": 1}
    assert connected.told() == {"mails": 0, "posts": 0}
    account.wire.heal_all()
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_first_sight_is_recorded_before_anything_is_sent(
    account: PartnerAccount, connected: Notifier
) -> None:
    """If the first record cannot be written, nothing goes out."""
    invite(account)
    ledger_fault(account, REFUSED, "TransactWriteItems")
    connected.tick(fails=True)
    assert connected.told() == {"mails": 0, "posts": 0}


def test_a_send_that_cannot_be_recorded_is_the_last_of_its_run(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Neither channel goes on; the next run repeats that one message and tells the rest."""
    invite(account, 3)
    ledger_fault(account, REFUSED, "TransactWriteItems", skip=1)
    failed = connected.tick(fails=True)
    assert "TransactWriteItems failed: AccessDeniedException" in str(failed.error)
    assert connected.told() == {"mails": 1, "posts": 0}
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 4, "posts": 3}


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_a_ledger_that_cannot_be_read_fails_the_run(
    account: PartnerAccount, connected: Notifier, operation: str
) -> None:
    """Without the ledger nothing is planned, sent or taken for news, and no heartbeat is sent."""
    invite(account)
    ledger_fault(account, REFUSED, operation)
    failed = connected.tick(fails=True)
    assert f"{operation} failed" in str(failed.error)
    assert "Heartbeat" not in failed.metrics
    assert connected.told() == {"mails": 0, "posts": 0}
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_no_send_starts_without_time_for_its_record(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A run that is short of time leaves its deliveries due, and fails nobody."""
    invite(account, 2)
    connected.configure(timeout=20.0)
    run = connected.tick()
    assert [c["waiting"] for c in run.summary["channels"].values()] == [2, 2]
    assert connected.told() == {"mails": 0, "posts": 0}
    connected.configure()
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 2, "posts": 2}


def test_an_invitation_listed_again_after_its_closure_is_not_new(
    account: PartnerAccount, connected: Notifier
) -> None:
    """What was told is remembered for ninety days: reopened, only its reminders come."""
    id_ = account.partner_central.invite(title="Comes back", expires_in=5 * DAY)
    connected.tick()
    shown = account.partner_central.get(id_)
    account.partner_central.reject(id_)
    assert connected.tick(after=TICK).summary["closed"] == 1
    account.partner_central.vanish(id_)
    account.partner_central.add_raw({**shown, "Status": "PENDING"}, shown)
    assert connected.tick(after=TICK).summary["new"] == 0
    connected.tick(after=2 * DAY)
    assert [mail.subject for mail in connected.mails] == [
        "New opportunity: Comes back",
        "Under 3 days left: Comes back",
    ]


def test_open_records_grow_with_what_is_open_alone(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A closed record is moved out of the run's Query, with a time to live of ninety days."""
    ids = [account.partner_central.invite(title=f"P{n}", expires_in=5 * DAY) for n in range(3)]
    connected.tick()
    account.partner_central.accept(ids[0])
    connected.tick(after=TICK)
    items = account.aws.items()
    keys = sorted(item["sk"]["S"] for item in items)
    assert keys == sorted(["lease", f"closed#{ids[0]}", *(f"pending#{i}" for i in ids[1:])])
    (closed,) = (item for item in items if item["sk"]["S"].startswith("closed#"))
    lives = int(closed["ttl"]["N"]) - connected.now.timestamp()
    assert timedelta(seconds=lives) == 90 * DAY


def test_nothing_from_the_details_is_stored(account: PartnerAccount, connected: Notifier) -> None:
    """Customer, contacts and texts are fetched when a message needs them, and never kept."""
    id_ = account.partner_central.invite(title="Move to cloud", expires_in=5 * DAY)
    payload = account.partner_central.get(id_)["Payload"]["OpportunityInvitation"]
    connected.tick()
    stored = str(account.aws.items())
    assert "Move to cloud" in stored
    for word in (payload["Customer"]["CompanyName"], payload["SenderContacts"][0]["Email"]):
        assert word not in stored

"""A ledger that forgot, or went back in time: a repetition is better than silence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import boto3

from simulator.account import PartnerAccount
from tests.deployed import QUIET, Notifier

TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Items = Sequence[dict[str, Any]]


def table(account: PartnerAccount) -> Any:
    """Return DynamoDB as an operator's tools reach it, past the wire's faults or not."""
    environment = account.environment()
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=account.aws.url,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def remove(account: PartnerAccount, items: Items) -> None:
    for item in items:
        key = {name: item[name] for name in ("catalog", "sk")}
        table(account).delete_item(TableName=account.aws.table_name, Key=key)


def restore(account: PartnerAccount, items: Items) -> None:
    """Make the table hold these items and no others, as a point-in-time recovery does."""
    remove(account, account.aws.items())
    for item in items:
        table(account).put_item(TableName=account.aws.table_name, Item=item)


def closed(account: PartnerAccount) -> list[dict[str, Any]]:
    return [item for item in account.aws.items() if item["sk"]["S"].startswith("closed#")]


def invite(account: PartnerAccount, *titles: str, expires_in: timedelta = 9 * DAY) -> list[str]:
    return [account.partner_central.invite(title=t, expires_in=expires_in) for t in titles]


def subjects(notifier: Notifier) -> list[str]:
    return sorted(mail.subject or "" for mail in notifier.mails)


def close(account: PartnerAccount, notifier: Notifier, id_: str) -> dict[str, Any]:
    """Let a told invitation be rejected and its record be closed; return its answer before."""
    notifier.tick()
    shown = account.partner_central.get(id_)
    account.partner_central.reject(id_)
    assert notifier.tick(after=TICK).summary["closed"] == 1
    notifier.forget()
    return shown


def list_again(account: PartnerAccount, shown: dict[str, Any]) -> None:
    account.partner_central.vanish(shown["Id"])
    account.partner_central.add_raw({**shown, "Status": "PENDING"}, shown)


def test_a_closed_record_that_ttl_removed_is_missed_by_nobody(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Without its closed record an answered invitation stays silent, after a blind day too."""
    (id_,) = invite(account, "Answered")
    close(account, connected, id_)
    remove(account, closed(account))
    for span in (TICK, 2 * DAY, 90 * DAY):
        run = connected.tick(after=span)
        assert run.metrics.keys() == QUIET - {"NextExpirySeconds"}
    assert connected.told() == {"mails": 0, "posts": 0}


def test_listed_again_after_ttl_it_is_new(account: PartnerAccount, connected: Notifier) -> None:
    """What the ledger has forgotten is told as new, once, and reminded of."""
    (id_,) = invite(account, "Comes back", "Stays")[:1]
    shown = close(account, connected, id_)
    remove(account, closed(account))
    list_again(account, shown)
    assert connected.tick(after=TICK).summary["new"] == 1
    assert connected.tick(after=TICK).summary["new"] == 0
    assert subjects(connected) == ["New opportunity: Comes back"]
    assert len(connected.posts) == 1


def test_listed_again_it_is_closed_again_over_the_old_record(
    account: PartnerAccount, connected: Notifier
) -> None:
    """The closed record stays where it is and is overwritten, with ninety more days to live."""
    (id_,) = invite(account, "Comes back")
    shown = close(account, connected, id_)
    (before,) = closed(account)
    list_again(account, shown)
    connected.tick(after=DAY)
    assert closed(account) == [before]
    account.partner_central.vanish(id_)
    account.partner_central.add_raw({**shown, "Status": "REJECTED"}, shown | {"Status": "REJECTED"})
    assert connected.tick(after=TICK).summary["closed"] == 1
    (after,) = closed(account)
    assert int(after["ttl"]["N"]) > int(before["ttl"]["N"])
    assert after["told_slack"] == before["told_slack"]
    assert after["told_sns"]["S"] > before["told_sns"]["S"]  # Programs hear of every end.
    assert connected.told() == {"mails": 0, "posts": 0}


def test_a_table_restored_to_yesterday(account: PartnerAccount, connected: Notifier) -> None:
    """What was told since is told once more, in one digest; what was told before is not."""
    answered, *_ = invite(account, "Answered", "Old")
    connected.tick()
    yesterday = account.aws.items()
    connected.pass_time(HOUR)
    invite(account, *(f"Since {n}" for n in range(6)))
    connected.tick()
    account.partner_central.accept(answered)
    connected.tick(after=TICK)
    connected.pass_time(DAY - HOUR)
    connected.forget()

    restore(account, yesterday)
    run = connected.tick()
    assert (run.summary["new"], run.summary["closed"]) == (6, 1)
    assert subjects(connected) == ["6 new invitations"]
    assert connected.told() == {"mails": 1, "posts": 1}
    alerts = json.loads(connected.mails[0].default)["alerts"]
    assert {a["invitation"]["title"] for a in alerts} == {f"Since {n}" for n in range(6)}
    assert connected.tick(after=TICK).metrics.keys() == QUIET


def test_what_expired_since_the_restored_state_is_told_again(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Nobody knows any more that it was told: the gap's digest names it, once."""
    connected.tick(after=TICK)
    yesterday = account.aws.items()
    invite(account, "Told in time", expires_in=5 * HOUR)
    connected.tick(after=TICK)
    connected.tick(after=DAY)
    connected.forget()
    restore(account, yesterday)
    assert connected.tick(after=TICK).summary["missed"] == 1
    assert subjects(connected) == ["Expired unanswered: Told in time"]
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}


def test_a_table_restored_in_the_middle_of_a_run_holds_nobody_up(
    account: PartnerAccount, connected: Notifier
) -> None:
    """A lease of yesterday's run has run out: the first tick works."""
    invite(account, "Old")
    connected.tick()
    items = account.aws.items()
    lease = next(item for item in items if item["sk"]["S"] == "lease")
    lease["lease_owner"] = {"S": "a run of yesterday"}
    lease["lease_until"] = lease["completed_at"]
    restore(account, items)
    assert not connected.tick(after=DAY).summary["held"]
    assert connected.told() == {"mails": 1, "posts": 1}


def test_an_empty_table_begins_from_the_beginning(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Without any state it says hello again, over one digest of all that is open."""
    invite(account, *(f"Open {n}" for n in range(7)))
    connected.tick()
    connected.forget()
    restore(account, [])
    connected.tick(after=TICK)
    assert subjects(connected) == ["7 new invitations"]
    assert connected.mails[0].email.startswith("Connected to the AWS catalog: 7 invitations")
    connected.tick(after=TICK)
    assert connected.told() == {"mails": 1, "posts": 1}

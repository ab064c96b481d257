"""A table in which somebody wrote what no run would: it holds nothing up, is named, and mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from tests.deployed import START, Notifier

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
NO_MOMENTS: dict[str, dict[str, Any]] = {
    "a word": {"S": "yesterday"},
    "nothing": {"S": ""},
    "no zone": {"S": "2026-03-02T09:00:00"},
    "a day": {"S": "2026-03-02"},
    "the year 9999": {"S": "9999-12-31T23:59:59+00:00"},
    "the year 1": {"S": "0001-01-01T00:00:00+14:00"},
    "a number": {"N": "1772442000"},
    "a truth": {"BOOL": True},
    "null": {"NULL": True},
    "a list": {"L": []},
}
AHEAD: dict[str, dict[str, Any]] = {"thirty days ahead": {"S": (START + 30 * DAY).isoformat()}}
SOME = {name: (NO_MOMENTS | AHEAD)[name] for name in ("a word", "no zone", "thirty days ahead")}
OF_RECORDS = ("told_sns", "told_slack", "first_told", "first_seen", "ended_at", "end_seen")
DATES = ("expires_at", "invited_at")
OF_CHANNELS = tuple(
    f"{channel}_{name}"
    for channel in ("sns", "slack", "alarms")
    for name in ("contacted_at", "retry_at", "failing_since", "digest_at", "warn_at")
)


@pytest.fixture
def told(account: PartnerAccount, connected: Notifier) -> str:
    """Return the key of an invitation that was told on both channels."""
    key = "pending#" + account.partner_central.invite(title="First", expires_in=9 * DAY)
    connected.tick()
    connected.forget()
    return key


def check(account: PartnerAccount, notifier: Notifier, key: str, *names: str) -> None:
    """See that a run names these and tells what else is due, and that the next one is quiet."""
    account.partner_central.invite(title="Second", expires_in=9 * DAY)
    run = notifier.tick(after=TICK)
    assert (run.metrics["Heartbeat"], run.metrics["LedgerDoubted"]) == (1, len(names))
    assert [line.split()[:2] for line in run.summary["doubted"]] == [
        [f"{key}:", name] for name in names
    ]
    assert any("Second" in str(mail.subject) for mail in notifier.mails)
    assert any("Second" in str(post.payload) for post in notifier.posts)
    run = notifier.tick(after=TICK)
    assert (run.metrics["Heartbeat"], "LedgerDoubted" in run.metrics) == (1, False)


@pytest.mark.parametrize("value", SOME.values(), ids=SOME.keys())
@pytest.mark.parametrize("name", OF_RECORDS)
def test_a_records_attribute_holds_nothing_up(
    account: PartnerAccount, connected: Notifier, told: str, name: str, value: dict[str, Any]
) -> None:
    """What a medium was told counts as untold: it is told again, and once."""
    account.aws.overwrite(told, name, value)
    check(account, connected, told, name)
    subjects = [mail.subject for mail in connected.mails if "First" in str(mail.subject)]
    assert len(subjects) == (name == "told_sns")


@pytest.mark.parametrize("value", [NO_MOMENTS["a word"], NO_MOMENTS["null"]], ids=str)
@pytest.mark.parametrize("name", DATES)
def test_a_date_is_written_anew_from_the_listing(
    account: PartnerAccount, connected: Notifier, told: str, name: str, value: dict[str, Any]
) -> None:
    """Nothing is told again for it."""
    account.aws.overwrite(told, name, value)
    check(account, connected, told, name)
    assert not any("First" in str(mail.subject) for mail in connected.mails)


@pytest.mark.parametrize("value", SOME.values(), ids=SOME.keys())
@pytest.mark.parametrize("name", ["completed_at", *OF_CHANNELS])
@pytest.mark.usefixtures("told")
def test_what_is_known_of_a_channel_holds_nothing_up(
    account: PartnerAccount, connected: Notifier, name: str, value: dict[str, Any]
) -> None:
    """Neither a pause nor a last run that nobody has had."""
    account.aws.overwrite("lease", name, value)
    check(account, connected, "lease", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("sns_doubts", {kind: text})
            for kind, text in (("S", "many"), ("N", "-1"), ("N", "1.5"))
        ),
        *(("slack_doubts", {"BOOL": True}), ("slack_deferred", {"N": "7"})),
        *(("search_token", {"N": "7"}), ("search_began_at", {"S": "yesterday"})),
    ],
)
@pytest.mark.usefixtures("told")
def test_what_is_no_moment_may_be_unreadable_too(
    account: PartnerAccount, connected: Notifier, name: str, value: dict[str, Any]
) -> None:
    """A count, a list of ids, a token."""
    account.aws.overwrite("lease", name, value)
    check(account, connected, "lease", name)


@pytest.mark.parametrize("value", NO_MOMENTS.values(), ids=NO_MOMENTS.keys())
@pytest.mark.usefixtures("told")
def test_a_lease_that_never_ends_holds_nobody_back(
    account: PartnerAccount, connected: Notifier, value: dict[str, Any]
) -> None:
    """Whoever left it: a run keeps it for two and a half minutes."""
    account.aws.overwrite("lease", "lease_owner", {"S": "nobody"})
    account.aws.overwrite("lease", "lease_until", value)
    check(account, connected, "lease", "lease_until")


@pytest.mark.usefixtures("told")
def test_a_lease_without_its_end_holds_nobody_back(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Nor does one that ends in thirty days."""
    account.aws.overwrite("lease", "lease_owner", {"S": "nobody"})
    check(account, connected, "lease", "lease_until")
    account.aws.overwrite("lease", "lease_owner", {"S": "nobody"})
    account.aws.overwrite("lease", "lease_until", AHEAD["thirty days ahead"])
    check(account, connected, "lease", "lease_until")


def test_a_run_that_lost_its_date_looks_for_what_it_missed(
    account: PartnerAccount, connected: Notifier
) -> None:
    """As after an outage: how long ago the last complete run was is anybody's guess."""
    account.partner_central.invite(title="Missed", expires_in=2 * TICK)
    connected.pass_time(3 * TICK)
    account.aws.overwrite("lease", "completed_at", {"S": "yesterday"})
    assert connected.tick().summary["missed"] == 1
    assert connected.tick(after=TICK).summary["missed"] == 0


@pytest.mark.parametrize("name", ["ended_at", "end_seen", "first_seen", "told_sns", "first_told"])
@pytest.mark.parametrize("value", SOME.values(), ids=SOME.keys())
def test_a_closed_record_fails_no_digest(
    account: PartnerAccount, connected: Notifier, told: str, name: str, value: dict[str, Any]
) -> None:
    """It is not counted among what is open."""
    connected.configure(digest_days=("Mon", "Tue"), digest_at="09:30")
    id_ = told.removeprefix("pending#")
    account.partner_central.accept(id_)
    connected.tick(after=TICK)
    account.aws.overwrite(f"closed#{id_}", name, value)
    connected.forget()
    run = connected.tick(after=timedelta(minutes=30))
    assert run.metrics["Heartbeat"] == 1
    assert not any("First" in mail.email for mail in connected.mails)


def test_what_a_newer_version_keeps_survives(
    account: PartnerAccount, connected: Notifier, told: str
) -> None:
    """Whatever it is, while the record is open, closed, and open again; it is not ours to doubt."""
    newer: dict[str, Any] = {
        "owners": {"SS": ["U1", "U2"]},
        "told_teams": {"M": {"at": {"S": "yesterday"}}},
        "told_pager": {"S": (START + 9 * DAY).isoformat(timespec="microseconds")},
        "mood_sns": {"N": "7"},
    }
    for name, value in newer.items():
        account.aws.overwrite(told, name, value)
    id_ = told.removeprefix("pending#")
    shown = account.partner_central.get(id_)
    assert "LedgerDoubted" not in connected.tick(after=TICK).metrics
    assert kept(account, told).items() >= newer.items()
    account.partner_central.accept(id_)
    connected.tick(after=TICK)
    assert kept(account, f"closed#{id_}").items() >= newer.items()
    account.partner_central.vanish(id_)
    account.partner_central.add_raw({**shown, "ParticipantType": "RECEIVER", "Status": "PENDING"})
    connected.tick(after=TICK)
    assert kept(account, told).items() >= newer.items()


def kept(account: PartnerAccount, key: str) -> dict[str, Any]:
    (found,) = (item for item in account.aws.items() if item["sk"]["S"] == key)
    return found

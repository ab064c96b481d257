"""What is peculiar to DynamoDB's table: its items, its limits, and what else may be done to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.adapters.ledger import DynamoLedger
from notifier.adapters.ledger.items import record_of, state_of
from notifier.core.model import ChannelState, Invitation, Record, State
from notifier.core.ports import LedgerError
from proof.world.world import START
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse

ID = "engi-1"
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
NEW = Record(invitation=Invitation(id=ID, catalog="AWS"), first_seen=START)
TEXT = {"S": "2026-03-02T09:00:00.000000+00:00"}


@pytest.fixture
def ledger(account: PartnerAccount, clients: Mapping[str, Any]) -> DynamoLedger:
    return another(account, clients)


def another(account: PartnerAccount, clients: Mapping[str, Any]) -> DynamoLedger:
    """Return another run's ledger."""
    return DynamoLedger(
        clients["dynamodb"], table=account.aws.table_name, catalog="AWS", channels=["sns"]
    )


def observe(ledger: DynamoLedger, *records: Record) -> None:
    ledger.observe(records, time_left=lambda: True)


@pytest.mark.parametrize("nothing", ["\u200b", " \u3164\u2800", ""])
def test_a_title_that_shows_nothing_is_none(nothing: str) -> None:
    """Earlier versions kept it; a closure is told by what the ledger knows."""
    key = {"catalog": {"S": "AWS"}, "sk": {"S": "pending#engi-1"}}
    found = record_of(key | {"title": {"S": nothing}, "sender": {"S": nothing}}).invitation
    assert (found.title, found.sender_name) == (None, None)
    kept = record_of(key | {"title": {"S": "x\u200b"}, "sender": {"S": "y"}}).invitation
    assert (kept.title, kept.sender_name) == ("x\u200b", "y")


def test_two_runs_are_two_owners(
    account: PartnerAccount, clients: Mapping[str, Any], ledger: DynamoLedger
) -> None:
    """Nobody has to name them."""
    assert ledger.acquire(START) == State(channels={"sns": ChannelState()})
    assert another(account, clients).acquire(START) is None


def test_an_item_holds_nothing_that_says_nothing(
    account: PartnerAccount, ledger: DynamoLedger
) -> None:
    """A closed one lives for ninety days."""
    ledger.save_channel("sns", ChannelState())
    observe(ledger, NEW)
    lease, opened = (
        {"catalog": {"S": "AWS"}, "sk": {"S": key}} for key in ("lease", f"pending#{ID}")
    )
    opened["first_seen"] = TEXT
    assert account.aws.items() == [lease, opened]
    ended = Record(invitation=NEW.invitation, first_seen=START, ended_at=START)
    ledger.close([ended], START, time_left=lambda: True)
    end = {"S": f"closed#{ID}"}, {"N": f"{(START + timedelta(days=90)).timestamp():.0f}"}
    closed = {**opened, "sk": end[0], "ttl": end[1], "ended_at": TEXT}
    assert account.aws.items() == [closed, lease]


def test_what_is_half_there_is_read_as_far_as_it_goes() -> None:
    """Whoever wrote it: no run fails for it."""
    nobody = Record(
        invitation=Invitation(id="", catalog=""), first_seen=datetime(1970, 1, 1, tzinfo=UTC)
    )
    for half in (
        {},
        {"card_ts": {"S": "1.1"}},
        {"card_channel": {"S": "C0"}},
        {"told_sns": {"N": "1"}},
    ):
        assert replace(record_of(half), flaws={}) == nobody
    for half in ({}, {"search_token": {"S": "on"}}, {"search_began_at": TEXT}):
        assert state_of(half, []) == State()


def day(year: int, month: int, day_: int) -> datetime:
    """Return a day in no zone: Hypothesis adds one."""
    return datetime(year, month, day_)  # noqa: DTZ001


MOMENTS_OF_RECORDS = (
    *("invited_at", "expires_at", "first_seen", "first_told", "ended_at", "end_seen"),
    *("told_sns", "told_slack", "told_escalation", "card_expires_at"),
    "contradicted_at",
)
MOMENTS_OF_LEASES = (
    *("completed_at", "search_began_at", "sns_contacted_at", "sns_retry_at", "sns_warn_at"),
    *("sns_failing_since", "sns_digest_at", "sns_digest_before"),
)
CARD = {"card_channel": {"S": "C0"}, "card_ts": {"S": "1.1"}}
NO_TEXT: st.SearchStrategy[Any] = st.sampled_from(
    [{"N": "1"}, {"N": "-1E+400"}, {"BOOL": True}, {"NULL": True}, {"M": {}}, {"L": []}, {"B": b""}]
)
NO_MOMENT = NO_TEXT | st.one_of(
    st.text().filter(lambda text: not any(map(str.isdecimal, text))),
    st.datetimes().map(datetime.isoformat),
    st.datetimes(max_value=day(1969, 12, 30), timezones=st.just(UTC)).map(datetime.isoformat),
    st.datetimes(min_value=day(3000, 1, 2), timezones=ZONES).map(datetime.isoformat),
).map(lambda text: {"S": text})
MOMENT = st.datetimes(day(1970, 1, 2), day(2999, 12, 30), timezones=ZONES)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(MOMENTS_OF_RECORDS), NO_MOMENT))
def test_a_record_is_read_without_what_nobody_can_read(broken: dict[str, Any]) -> None:
    """Whatever stands there: it is as if it were not there, and it is named."""
    record = record_of({**CARD, **broken})
    assert replace(record, flaws={}) == record_of(CARD)
    assert set(record.flaws) == set(broken)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(MOMENTS_OF_LEASES), NO_MOMENT))
def test_a_state_is_read_without_what_nobody_can_read(broken: dict[str, Any]) -> None:
    """The same of what is known of channels, and of the last run."""
    state = state_of(broken, ["sns"])
    assert replace(state, flaws={}) == state_of({}, ["sns"])
    assert set(state.flaws) == set(broken)


@given(st.sampled_from([*MOMENTS_OF_RECORDS, "title", "sender", "status", "route"]), NO_TEXT)
def test_any_attribute_may_be_of_another_type(name: str, value: Any) -> None:
    """A list for a title, too."""
    assert set(record_of({**CARD, name: value}).flaws) == {name}


@given(MOMENT)
def test_a_moment_in_any_zone_is_read(moment: datetime) -> None:
    """Whoever wrote it by hand may live anywhere."""
    record = record_of({"told_sns": {"S": moment.isoformat()}})
    assert (record.told_at, record.flaws) == ({"sns": moment}, {})


def test_what_a_newer_version_adds_is_nobodys_flaw() -> None:
    """It may keep anything under a name that this one does not know."""
    newer = {"told_teams": {"M": {}}, "owners": {"SS": ["U1"]}, "sns_mood": {"BOOL": True}}
    assert record_of(newer).flaws == state_of(newer, ["sns"]).flaws == {}


def test_as_many_are_written_and_read_at_once_as_dynamodb_takes(
    account: PartnerAccount, ledger: DynamoLedger
) -> None:
    """A hundred; a closed one is two writes, and a message about none is one."""
    ids = [f"engi-{number:03}" for number in range(101)]
    records = [Record(invitation=Invitation(id=i, catalog="AWS"), first_seen=START) for i in ids]
    account.wire.clear()
    observe(ledger, *records)
    ledger.closed_records(ids)
    ledger.close(records[:51], START, time_left=lambda: True)
    sizes = [len(items_of(json.loads(call.body))) for call in account.wire.calls]
    assert sizes == [100, 1, 100, 1, 100, 2]
    assert [ledger.writes(count) for count in (0, 1, 100, 101)] == [1, 1, 1, 2]


def items_of(content: Any) -> list[Any]:
    """Return the writes of a transaction, or the keys of a batch."""
    found: list[Any] = (
        content.get("TransactItems") or content["RequestItems"]["invitations"]["Keys"]
    )
    return found


def test_keys_that_dynamodb_leaves_over_are_asked_for_again(
    account: PartnerAccount, ledger: DynamoLedger
) -> None:
    """A batch may be answered in part."""
    closed = Record(invitation=NEW.invitation, first_seen=START, ended_at=START)
    ledger.close([closed], START, time_left=lambda: True)
    keys = [{"catalog": {"S": "AWS"}, "sk": {"S": f"closed#{ID}"}}]
    left = {"UnprocessedKeys": {"invitations": {"Keys": keys, "ConsistentRead": True}}}
    account.wire.inject(Fault("dynamodb", Refuse(200, json.dumps(left).encode())))
    assert ledger.closed_records([ID]) == [closed]


def test_an_alert_is_made_due_again_between_runs_alone(
    account: PartnerAccount, ledger: DynamoLedger
) -> None:
    """Not while a run holds the lease, and only as long as it was told as whoever asks has read."""
    observe(ledger, NEW)
    ledger.record_told("sns", {ID: None}, now=START, card=None)
    ledger.acquire(START)
    assert ledger.forget_told("sns", ID, told_at=START) is False
    ledger.release(completed_at=None, search=None)
    with pytest.raises(LedgerError, match="was told or ended meanwhile"):
        ledger.forget_told("sns", ID, told_at=START + timedelta(seconds=1))
    assert ledger.forget_told("sns", ID, told_at=START) is True
    (record,) = ledger.open_records()
    assert (record.told_at, record.diverted) == ({}, False)
    account.wire.inject(Fault("dynamodb", Refuse(400, b'{"__type": "AccessDenied"}')))
    with pytest.raises(LedgerError, match="not changed: AccessDenied"):
        ledger.forget_told("sns", ID, told_at=START)


def test_what_fails_is_told_in_one_line(account: PartnerAccount, ledger: DynamoLedger) -> None:
    """It names the table, and what went wrong."""
    account.wire.inject(Fault("dynamodb", Drop(), times=3))
    with pytest.raises(LedgerError, match=r"^ledger table invitations: a call failed: no usable"):
        ledger.open_records()
    account.wire.inject(Fault("dynamodb", Refuse(400, b'{"__type": "AccessDenied"}')))
    with pytest.raises(LedgerError, match=r"^ledger table invitations: Query failed: AccessDenied"):
        ledger.open_records()

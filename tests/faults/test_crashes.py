"""A run that is hurt at one of its calls: killed, refused, unanswered, or kept waiting.

`python -m faults` plays every call of every scenario; this is one of each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from faults.cases import Played, Recording, record
from faults.heard import CHANNELS
from faults.scenarios import SCENARIOS
from faults.stage import Stage, StageError, Way
from faults.verdict import lost, play_fairly, repeated, violations
from simulator.account import PartnerAccount

Case = tuple[str, Way, str, str]
"""A scenario, how Slack is reached, the call that is hurt, and what befalls it."""

Player = Callable[[Case], Played]


@pytest.fixture(scope="module")
def stage(box: PartnerAccount) -> Iterator[Stage]:
    with Stage(box) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def hurt(stage: Stage) -> Player:
    """Return what plays a scenario and hurts the call named, `service Operation nth`."""

    @functools.cache
    def recorded(scenario: str, way: Way) -> Recording:
        return record(stage, SCENARIOS[scenario], way)

    def played(case: Case) -> Played:
        scenario, way, call, fault = case
        return _played(stage, recorded(scenario, way), call, fault)

    return played


def _played(stage: Stage, recording: Recording, call: str, fault: str) -> Played:
    (found,) = (
        (at, strike)
        for at, strike in recording.cases()
        if str(recording.steps[at]) == call and strike.name == fault
    )
    return play_fairly(stage, recording, *found)


def repeats(played: Played) -> dict[str, int]:
    return {channel: repeated(played, channel)[0] for channel in CHANNELS}


LEASE = "dynamodb UpdateItem 1"
RELEASE = "dynamodb UpdateItem 2"
SAVE_SNS = "dynamodb UpdateItem 2"
"""On first contact, the channel's state is saved before the lease is given back."""
OBSERVE = "dynamodb TransactWriteItems 1"
TOLD_SNS = "dynamodb TransactWriteItems 2"
TOLD_SLACK = "dynamodb TransactWriteItems 3"
LIST = "partnercentral ListEngagementInvitations 1"
GET = "partnercentral GetEngagementInvitation 1"
SECRET = "secretsmanager GetSecretValue 1"
LISTENERS = "sns ListSubscriptionsByTopic 1"
PUBLISH = "sns Publish 1"
WEBHOOK = "slack webhook 1"
BOT = "slack chat.postMessage 1"

HARMLESS: list[Case] = [
    ("new", "webhook", LIST, "killed, after"),
    ("new", "bot", LIST, "AccessDeniedException"),
    ("expiring", "webhook", GET, "ThrottlingException, lasting"),
    ("gap", "webhook", "partnercentral ListEngagementInvitations 2", "answer lost, before"),
    ("closure", "webhook", GET, "InternalServerException, lasting"),
    ("closure", "bot", GET, "hangs, before"),
    ("new", "bot", LEASE, "killed, after"),
    ("new", "webhook", LEASE, "answer lost, after"),
    ("hello", "webhook", LEASE, "ProvisionedThroughputExceededException, lasting"),
    ("hello", "webhook", SAVE_SNS, "answer lost, after, lasting"),
    ("expiring", "bot", "dynamodb Query 1", "InternalServerError"),
    ("new", "webhook", "dynamodb BatchGetItem 1", "AccessDeniedException"),
    ("gap", "bot", OBSERVE, "killed, after"),
    ("digest", "webhook", OBSERVE, "TransactionCanceledException"),
    ("closure", "webhook", "dynamodb TransactWriteItems 4", "killed, before"),
    ("new", "bot", TOLD_SNS, "killed, after"),
    ("new", "webhook", TOLD_SLACK, "hangs, after"),
    ("expiring", "bot", RELEASE, "ValidationException"),
    ("new", "bot", SECRET, "killed, before"),
    ("digest", "bot", SECRET, "DecryptionFailure"),
    ("expiring", "webhook", SECRET, "InternalServiceError, lasting"),
    ("hello", "bot", SECRET, "answer lost, after"),
    ("new", "webhook", SECRET, "hangs, before, lasting"),
    ("first", "webhook", LISTENERS, "killed, before"),
    ("new", "webhook", PUBLISH, "killed, before"),
    ("expiring", "bot", PUBLISH, "Throttled"),
    ("closure", "webhook", PUBLISH, "InternalError"),
    ("new", "bot", PUBLISH, "InvalidParameter, lasting"),
    ("new", "webhook", PUBLISH, "hangs, before"),
    ("new", "webhook", WEBHOOK, "killed, before"),
    ("expiring", "bot", BOT, "ratelimited"),
    ("plain", "webhook", WEBHOOK, "no_service"),
    ("plain", "bot", "slack chat.postMessage 2", "service_unavailable"),
    ("hello", "bot", BOT, "token_revoked"),
    ("digest", "webhook", WEBHOOK, "answer lost, before"),
]


def named(value: object) -> str | None:
    """Return a case's name in a test's id."""
    return "-".join(value).replace(" ", "_") if isinstance(value, tuple) else None


@pytest.mark.parametrize("case", HARMLESS, ids=named)
def test_what_was_surely_not_sent_or_surely_recorded_is_told_once(hurt: Player, case: Case) -> None:
    """Nothing is lost or repeated, the other channel is not touched, the next run works."""
    played = hurt(case)
    assert violations(played) == []
    assert repeats(played) == {"sns": 0, "slack": 0}


UNSURE: list[tuple[Case, str]] = [
    (("new", "bot", PUBLISH, "killed, after"), "sns"),
    (("expiring", "webhook", PUBLISH, "answer lost, after"), "sns"),
    (("first", "webhook", PUBLISH, "hangs, after"), "sns"),
    (("new", "webhook", TOLD_SNS, "killed, before"), "sns"),
    (("digest", "bot", TOLD_SNS, "AccessDeniedException"), "sns"),
    (("hello", "bot", "dynamodb UpdateItem 2", "answer lost, before, lasting"), "sns"),
    (("digest", "webhook", TOLD_SLACK, "AccessDeniedException"), "slack"),
    (("closure", "bot", BOT, "killed, after"), "slack"),
    (("new", "webhook", WEBHOOK, "answer lost, after"), "slack"),
    (("plain", "bot", "slack chat.postMessage 2", "hangs, after"), "slack"),
    (("gap", "webhook", TOLD_SLACK, "hangs, before, lasting"), "slack"),
]


@pytest.mark.parametrize(("case", "channel"), UNSURE, ids=named)
def test_what_may_have_been_sent_is_told_once_more(hurt: Player, case: Case, channel: str) -> None:
    """The one message whose fate nobody can know is repeated once, on its channel alone."""
    played = hurt(case)
    assert violations(played) == []
    assert repeats(played) == {"sns": 0, "slack": 0} | {channel: 1}


def _broken(box: PartnerAccount, way_of_breaking: str, call: str, fault: str) -> Any:
    with Stage(box, sabotage=f"tests.faults.sabotage:{way_of_breaking}") as stage:
        recording = record(stage, SCENARIOS["new"], "webhook")
        return _played(stage, recording, call, fault)


def test_a_notifier_that_records_before_it_sends_is_found_out(box: PartnerAccount) -> None:
    """Killed between the two it loses an alert, and its ledger says what is not true."""
    played = _broken(box, "record_first", PUBLISH, "killed, before")
    found = violations(played)
    assert lost(played) == 1
    assert any(line.startswith("LOST on sns: engi-") for line in found)
    assert any(line.startswith("recorded, though never accepted: told_sns") for line in found)


def test_a_notifier_that_never_records_is_found_out(box: PartnerAccount) -> None:
    """It repeats what nothing put in doubt, even where no call is hurt."""
    with pytest.raises(StageError, match="told"):
        _broken(box, "forget_told", GET, "killed, after")


def test_a_notifier_that_keeps_its_lease_is_found_out(box: PartnerAccount) -> None:
    """A tick that finds the lease held after nothing was killed is no good run."""
    with pytest.raises(StageError, match="held"):
        _broken(box, "keep_lease", LIST, "killed, after")

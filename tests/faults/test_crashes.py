"""A run in which one call fails: killed, refused, unanswered, or kept waiting.

`python -m faults` plays every call of every scenario; this is one of each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from faults.matrix.cases import Played, Recording, record
from faults.matrix.rig import Rig, RigError, Way
from faults.matrix.scenarios import BOSS, DACH_PLACE, LEADS_PLACE, SCENARIOS
from faults.matrix.verdict import lost, play_fairly, repeated, violations
from faults.messages import CHANNELS
from simulator.account import PartnerAccount
from simulator.slack import CHANNEL

Case = tuple[str, Way, str, str]
"""A scenario, how Slack is reached, the call that fails, and how."""

Recorder = Callable[[str, Way], Recording]
Player = Callable[[Case], Played]


@pytest.fixture(scope="module")
def rig(box: PartnerAccount) -> Iterator[Rig]:
    with Rig(box) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def recorded(rig: Rig) -> Recorder:
    """Return what plays a scenario without a fault, once."""

    @functools.cache
    def once(scenario: str, way: Way) -> Recording:
        return record(rig, SCENARIOS[scenario], way)

    return once


@pytest.fixture(scope="module")
def play(rig: Rig, recorded: Recorder) -> Player:
    """Return what plays a scenario and lets one call fail, named `service Operation nth`."""

    def played(case: Case) -> Played:
        scenario, way, call, name = case
        return _played(rig, recorded(scenario, way), call, name)

    return played


def _played(rig: Rig, recording: Recording, call: str, name: str) -> Played:
    (found,) = (
        (at, failure)
        for at, failure in recording.cases()
        if str(recording.steps[at]) == call and failure.name == name
    )
    return play_fairly(rig, recording, *found)


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
UPDATE = "slack chat.update 1"

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
    ("closure", "webhook", "dynamodb TransactWriteItems 1", "killed, after"),
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
    ("accepted", "bot", UPDATE, "killed, after"),
    ("accepted", "bot", UPDATE, "message_not_found"),
    ("accepted", "bot", UPDATE, "invalid_blocks, lasting"),
    ("accepted", "bot", "dynamodb TransactWriteItems 2", "AccessDeniedException"),
    ("accepted", "webhook", "dynamodb TransactWriteItems 1", "killed, after"),
    ("accepted", "bot", "dynamodb TransactWriteItems 2", "killed, before"),
    ("moved", "bot", UPDATE, "ratelimited"),
    ("moved", "bot", UPDATE, "hangs, after"),
    ("moved", "bot", "dynamodb TransactWriteItems 2", "killed, before"),
    ("last", "bot", BOT, "killed, before"),
    ("expired", "bot", UPDATE, "internal_error"),
    ("expired", "webhook", WEBHOOK, "killed, before"),
    ("deleted", "bot", UPDATE, "token_revoked"),
    ("greeted", "bot", BOT, "token_revoked"),
    ("greeted", "bot", "slack chat.postMessage 2", "killed, before"),
    ("routed", "bot", GET, "killed, after"),
    ("routed", "bot", "partnercentral GetEngagementInvitation 2", "AccessDeniedException"),
    ("routed", "webhook", "partnercentral GetEngagementInvitation 2", "hangs, before, lasting"),
    ("routed", "bot", OBSERVE, "killed, after"),
    ("routed", "bot", BOT, "channel_not_found"),
    ("routed", "webhook", WEBHOOK, "channel_is_archived"),
    ("routed", "bot", "slack chat.postMessage 2", "service_unavailable"),
    ("routed", "webhook", "dynamodb TransactWriteItems 5", "killed, after"),
    ("removed", "bot", BOT, "killed, before"),
    ("escalated", "bot", BOT, "channel_not_found"),
    ("escalated", "bot", "slack chat.postMessage 2", "ratelimited"),
    ("handed", "bot", BOT, "killed, after"),
    ("handed", "bot", "slack chat.postMessage 2", "service_unavailable"),
    ("handed", "bot", "slack chat.postMessage 4", "killed, before"),
]


def beside(case: Case, *more: str) -> Any:
    """Return a test's parameters; it runs beside those that share its recording."""
    scenario, way, _, _ = case
    name = "-".join((*case, *more)).replace(" ", "_")
    return pytest.param(case, *more, id=name, marks=sharing(scenario, way))


def sharing(scenario: str, way: Way) -> pytest.MarkDecorator:
    return pytest.mark.xdist_group(f"{scenario} {way}")


def by_bot(scenarios: Iterable[str]) -> list[Any]:
    return [pytest.param(scenario, marks=sharing(scenario, "bot")) for scenario in scenarios]


@pytest.mark.parametrize("case", [beside(case) for case in HARMLESS])
def test_what_was_surely_not_sent_or_surely_recorded_is_told_once(play: Player, case: Case) -> None:
    """Nothing is lost or repeated, the other channel is not touched, the next run works."""
    played = play(case)
    assert violations(played) == []
    assert repeats(played) == {"sns": 0, "slack": 0}


PLACES = {
    "expiring": ("Deal-00 expiring.72", True, False),
    "last": ("Deal-00 expiring.4", True, True),
    "expired": ("Deal-00 closed.expired", True, True),
    "deleted": ("Deal-01 expiring.72", False, False),
}
"""An alert of each scenario, whether it stands under a card, and whether it is broadcast."""


@pytest.mark.parametrize("scenario", by_bot(PLACES))
def test_each_scenario_has_its_messages_where_they_belong(
    recorded: Recorder, scenario: str
) -> None:
    """What the cases are compared with is right itself."""
    alert, is_reply, is_broadcast = PLACES[scenario]
    ((_, thread, broadcast),) = recorded(scenario, "bot").places[alert]
    assert (thread is not None, broadcast and is_reply) == (is_reply, is_broadcast)


STANDS = {
    "routed": {"Deal-00 new": CHANNEL, "Deal-01 new": LEADS_PLACE, "Deal-02 new": DACH_PLACE},
    "removed": {"Deal-00 expiring.72": CHANNEL},
    "escalated": {"Deal-00 expiring.4": CHANNEL, "Deal-00 escalated": BOSS},
    "handed": dict.fromkeys(("Deal-00 expiring.4", "Deal-00 escalated", "Deal-01 new"), CHANNEL),
}
"""Where in Slack each scenario with several places tells what."""


@pytest.mark.parametrize("scenario", by_bot(STANDS))
def test_each_alert_is_in_its_place(recorded: Recorder, scenario: str) -> None:
    """What the cases are compared with is right itself."""
    told = recorded(scenario, "bot").places
    found = {alert: {place for place, _, _ in places} for alert, places in told.items()}
    assert found == {alert: {place} for alert, place in STANDS[scenario].items()}


UNSURE: list[tuple[Case, str]] = [
    (("new", "bot", PUBLISH, "killed, after"), "sns"),
    (("expiring", "webhook", PUBLISH, "answer lost, after"), "sns"),
    (("first", "webhook", PUBLISH, "hangs, after"), "sns"),
    (("new", "webhook", TOLD_SNS, "killed, before"), "sns"),
    (("digest", "bot", TOLD_SNS, "AccessDeniedException"), "sns"),
    (("hello", "bot", "dynamodb UpdateItem 2", "answer lost, before, lasting"), "sns"),
    (("digest", "webhook", TOLD_SLACK, "AccessDeniedException"), "slack"),
    (("closure", "webhook", "dynamodb TransactWriteItems 1", "killed, before"), "sns"),
    (("accepted", "webhook", "dynamodb TransactWriteItems 1", "killed, before"), "sns"),
    (("expired", "webhook", "dynamodb TransactWriteItems 2", "AccessDeniedException"), "slack"),
    (("closure", "bot", BOT, "killed, after"), "slack"),
    (("expired", "bot", BOT, "killed, after"), "slack"),
    (("deleted", "bot", BOT, "answer lost, after"), "slack"),
    (("new", "webhook", WEBHOOK, "answer lost, after"), "slack"),
    (("plain", "bot", "slack chat.postMessage 2", "hangs, after"), "slack"),
    (("gap", "webhook", TOLD_SLACK, "hangs, before, lasting"), "slack"),
    (("greeted", "bot", "slack chat.postMessage 2", "killed, after"), "slack"),
    (("routed", "webhook", WEBHOOK, "answer lost, after"), "slack"),
    (("routed", "bot", "dynamodb TransactWriteItems 6", "AccessDeniedException"), "slack"),
    (("escalated", "bot", BOT, "killed, after"), "slack"),
    (("handed", "bot", "dynamodb TransactWriteItems 3", "killed, before"), "slack"),
]


@pytest.mark.parametrize(("case", "channel"), [beside(*one) for one in UNSURE])
def test_what_may_have_been_sent_is_told_once_more(play: Player, case: Case, channel: str) -> None:
    """The one message whose fate nobody can know is repeated once, on its channel alone."""
    played = play(case)
    assert violations(played) == []
    assert repeats(played) == {"sns": 0, "slack": 0} | {channel: 1}


def _broken(box: PartnerAccount, way_of_breaking: str, call: str, name: str) -> Any:
    with Rig(box, sabotage=f"tests.faults.sabotage:{way_of_breaking}") as rig:
        recording = record(rig, SCENARIOS["new"], "webhook")
        return _played(rig, recording, call, name)


def test_a_notifier_that_records_before_it_sends_is_found_out(box: PartnerAccount) -> None:
    """Killed between the two it loses an alert, and its ledger says what is not true."""
    played = _broken(box, "record_first", PUBLISH, "killed, before")
    found = violations(played)
    assert lost(played) == 1
    assert any(line.startswith("LOST on sns: engi-") for line in found)
    assert any(line.startswith("recorded, though never accepted: told_sns") for line in found)


def test_a_notifier_that_never_records_is_found_out(box: PartnerAccount) -> None:
    """It repeats what nothing put in doubt, even where no call fails."""
    with pytest.raises(RigError, match="told"):
        _broken(box, "forget_told", GET, "killed, after")


def test_a_notifier_that_keeps_its_lease_is_found_out(box: PartnerAccount) -> None:
    """If nothing was killed, a run that finds the lease held did not do its work."""
    with pytest.raises(RigError, match="held"):
        _broken(box, "keep_lease", LIST, "killed, after")


@pytest.mark.parametrize("way_of_breaking", ["never_hand_over", "hand_over_as_slack_s_own"])
def test_a_notifier_that_hands_nothing_over_is_found_out(
    box: PartnerAccount, way_of_breaking: str
) -> None:
    """What a place cannot take is lost, or told again and again."""
    with (
        Rig(box, sabotage=f"tests.faults.sabotage:{way_of_breaking}") as rig,
        pytest.raises(RigError, match="handed"),
    ):
        record(rig, SCENARIOS["handed"], "bot")

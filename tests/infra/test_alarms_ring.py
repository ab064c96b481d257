"""Every alarm can ring: the template's alarms, evaluated on the metrics of a function that fails.

The metrics are read from the function's own output, so an alarm whose namespace, name, dimensions,
unit or period differ from the function's has no data here, as it would have none in CloudWatch.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from tests.deployed import START, Notifier
from tests.infra.cloudwatch import LOOKBACKS, MINUTE, Alarm, Metric, Metrics, Series, alarms
from tests.infra.conftest import Synth
from tests.infra.operated import (
    DAY,
    FAILURES,
    HOUR,
    NOT_LISTED,
    PUNCTUALITIES,
    TICK,
    Failure,
    Operated,
)
from tests.infra.templates import EMAILS, Template, only, properties

STRADDLING = pytest.mark.parametrize("operated", ["before and after a period's end"], indirect=True)
"""The harder of the two, for tests in which the easier one adds many runs and no insight."""


SILENCE = {"no successful run", "runs failing"}

SHORT = {minutes: timedelta(minutes=minutes) for minutes in (1, 2, 3, 4)}
LATE = timedelta(minutes=3)


@pytest.fixture(params=PUNCTUALITIES)
def operated(
    request: pytest.FixtureRequest, account: PartnerAccount, notifier: Notifier
) -> Operated:
    """Return a notifier that has worked for a quarter of an hour."""
    operated = Operated(account, notifier, PUNCTUALITIES[request.param])
    assert all(run.error is None for run in operated.run(3))
    return operated


@pytest.fixture(scope="module")
def watching(template: Template) -> dict[str, Alarm]:
    return alarms(template)


@STRADDLING
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_rings_its_alarms_and_no_others(
    operated: Operated, watching: dict[str, Alarm], failure: Failure
) -> None:
    """What the function prints has the alarm's namespace, name, dimensions and unit."""
    failure.harm(operated.account)
    operated.run(failure.ticks)
    assert operated.ringing(watching, START) == failure.rings


def test_silence_rings(operated: Operated, watching: dict[str, Alarm]) -> None:
    """A function that does not run at all sends no metrics, which is what rings both alarms."""
    operated.miss(5)
    assert operated.ringing(watching, START) == SILENCE


def test_a_lost_run_is_not_silence(operated: Operated, watching: dict[str, Alarm]) -> None:
    """A hiccup wakes nobody: the next run is soon enough."""
    operated.miss(1)
    operated.run(2)
    assert operated.ringing(watching, START) == set()


@pytest.mark.parametrize("lookback", LOOKBACKS)
def test_silence_rings_after_three_periods(
    account: PartnerAccount, notifier: Notifier, watching: dict[str, Alarm], lookback: int
) -> None:
    """Neither sooner nor later: gaps are filled, so CloudWatch looks for no older heartbeat."""
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    operated.run(3)
    alarm = watching["no successful run"]
    states = [
        alarm.state(operated.metrics, START + period * TICK, "OK", lookback)
        for period in range(1, 8)
    ]
    silent = "ALARM" if lookback else "INSUFFICIENT_DATA"
    assert states == ["OK"] * 5 + [silent] * 2
    assert alarm.reports_missing_data


@pytest.mark.parametrize("lookback", LOOKBACKS)
@pytest.mark.parametrize("wait", [0, 2, 30])
def test_a_first_deployment_that_works_rings_nothing(
    account: PartnerAccount,
    notifier: Notifier,
    watching: dict[str, Alarm],
    lookback: int,
    wait: int,
) -> None:
    """The alarms exist before the first heartbeat, however long that takes to arrive."""
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    operated.run(12)
    created = START - wait * TICK
    rang = {n for n, a in watching.items() if a.rings(operated.metrics, created, START, lookback)}
    assert rang == set()
    assert operated.ringing(watching, created) == set()


def newborn(account: PartnerAccount, notifier: Notifier) -> Operated:
    """Return a notifier that has not run yet; its alarms exist."""
    return Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])


BIRTHS: dict[str, tuple[str, set[str]]] = {
    "never any run": (".....", set()),
    "every run fails": ("xxxx", {"runs failing"}),
    "the first run fails": ("x++++", set()),
    "the first two runs fail": ("xx+++", set()),
    "the first run succeeds": ("+++++", set()),
    "off after a run": ("+......", SILENCE),
    "off after a run that failed": ("x......", {"runs failing"}),
    "off after runs that failed": ("xxx......", {"runs failing"}),
    "failing after a success": ("+xxxx", SILENCE),
}
"""What each tick does, from the stack's creation on, and which alarms ring."""


@pytest.mark.parametrize(("life", "rings"), BIRTHS.values(), ids=BIRTHS.keys())
def test_the_day_of_birth(
    account: PartnerAccount,
    notifier: Notifier,
    watching: dict[str, Alarm],
    life: str,
    rings: set[str],
) -> None:
    """Every alarm begins with a metric that has never been sent; what was, is watched at once."""
    operated = newborn(account, notifier)
    for tick in life:
        account.wire.heal_all()
        if tick == "x":
            account.wire.inject(NOT_LISTED)
        operated.miss(1) if tick == "." else operated.run(1)
    assert operated.ringing(watching, START) == rings


@pytest.mark.parametrize("minutes", SHORT)
@pytest.mark.parametrize("late", [timedelta(0), LATE], ids=str)
def test_late_metrics_ring_nothing(
    account: PartnerAccount, notifier: Notifier, synth: Synth, minutes: int, late: timedelta
) -> None:
    """However short the schedule: a heartbeat that has not arrived yet is not taken for none."""
    operated = Operated(account, notifier, lambda _: MINUTE / 2, tick=SHORT[minutes], late=late)
    operated.run(45 // minutes)
    watching = alarms(synth(schedule_minutes=minutes, emails=EMAILS))
    assert operated.ringing(watching, START) == set()
    operated.miss(30 // minutes)
    assert operated.ringing(watching, START) == SILENCE


def test_late_metrics_are_not_taken_for_failing_runs(
    account: PartnerAccount, notifier: Notifier, watching: dict[str, Alarm]
) -> None:
    """Lambda says at once that a run failed, and the log only later that it saw everything."""
    middle = PUNCTUALITIES["in the middle of each period"]
    operated = Operated(account, notifier, middle, late=LATE)
    FAILURES["Slack refuses"].harm(account)
    operated.run(9)
    assert operated.ringing(watching, START) == {"slack failing"}


@pytest.mark.parametrize("of", [3, 5])
def test_a_long_run_that_failed_to_deliver_is_not_a_failing_run(
    watching: dict[str, Alarm], of: int
) -> None:
    """Errors come with a run's start, its heartbeat with its end, maybe in the next period.

    Not in three periods in a row, for the second one holds the first run's heartbeat. Three of
    five would ring where every other run is long.
    """
    alarm = watching["runs failing"]
    metrics = Metrics(late=LATE)
    for n in range(12):
        started = START + n * TICK + timedelta(seconds=45)
        ended = started + timedelta(seconds=5 + 40 * (n % 2))
        metrics.points[alarm.metrics["errors"].series].append((started, 1.0))
        metrics.points[alarm.metrics["heartbeats"].series].append((ended, 1.0))
    rang = replace(alarm, of=of).rings(metrics, START, START + 12 * TICK, lookback=0)
    assert rang is (of == 5)


@pytest.mark.parametrize("lookback", LOOKBACKS)
def test_silence_is_reported_where_nothing_is_left_to_fill(
    account: PartnerAccount, notifier: Notifier, watching: dict[str, Alarm], lookback: int
) -> None:
    """If CloudWatch looked back no further than it must, data would be missing: that rings too."""
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    operated.run(3)
    long_after = START + 30 * TICK
    alarm = watching["no successful run"]
    assert alarm.state(operated.metrics, long_after, "OK", lookback) == "INSUFFICIENT_DATA"
    assert replace(alarm, of=1, breaching=1).rings(operated.metrics, START, long_after, lookback)


def test_there_is_an_hour_to_connect(operated: Operated, watching: dict[str, Alarm]) -> None:
    """What is connected and delivered within an hour after a deployment rings nothing."""
    secret = {"webhook_url": operated.account.slack.webhook_url}
    FAILURES["the secret is empty"].harm(operated.account)
    operated.run(HOUR - 2)
    operated.account.aws.put_secret(secret)
    operated.run(3)
    assert operated.ringing(watching, START) == set()


def test_an_alarm_stops_once_the_failure_is_fixed(
    operated: Operated, watching: dict[str, Alarm]
) -> None:
    """Recovery is sent too, so the alarm has to end."""
    FAILURES["Slack refuses for over an hour"].harm(operated.account)
    operated.account.wire.inject(NOT_LISTED)
    operated.run(4)
    operated.account.wire.heal(NOT_LISTED)
    operated.run(HOUR + 3)
    operated.account.wire.heal_all()
    fixed = operated.now
    operated.run(10)
    assert operated.ringing(watching, fixed + 7 * TICK) == set()


@STRADDLING
def test_a_normal_day_rings_nothing(operated: Operated, watching: dict[str, Alarm]) -> None:
    """New invitations, reminders, answers, a digest, an event, an expiry: that is daily work."""
    inbox = operated.account.partner_central
    inbox.invite(title="Left until it expires", expires_in=26 * timedelta(hours=1))
    accepted = inbox.invite(title="Accepted", expires_in=5 * DAY)
    operated.run(60)
    for n in range(8):
        inbox.invite(title=f"Many {n}", expires_in=5 * DAY + n * TICK)
    operated.run(12)
    inbox.accept(accepted)
    inbox.invite(title="Urgent", expires_in=timedelta(hours=5))
    operated.event()
    operated.run(288 - 72)
    told, expired, accepted_too = 11 + 3, 1, 1
    assert operated.metrics.total("ToldSns") == told + expired + accepted_too
    assert operated.metrics.total("ToldSlack") == told + expired
    assert operated.ringing(watching, START) == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"namespace": "Notifier"},
        {"name": "FailedSLACK"},
        {"dimensions": frozenset({("catalog", "AWS")})},
        {"unit": "Seconds"},
    ],
    ids=str,
)
def test_a_mistaken_series_has_no_data(
    account: PartnerAccount,
    notifier: Notifier,
    watching: dict[str, Alarm],
    changed: dict[str, Any],
) -> None:
    """An alarm that is wrong in any part of a metric's identity never rings here."""
    operated = Operated(account, notifier, PUNCTUALITIES["in the middle of each period"])
    FAILURES["Slack refuses"].harm(account)
    operated.run(6)
    alarm = watching["slack failing"]
    series = replace(alarm.series, **changed)
    mistaken = replace(alarm, metrics={"metric": Metric(series, "SampleCount")})
    assert operated.ringing({"right": alarm, "mistaken": mistaken}, START) == {"right"}


def test_each_alarm_has_its_failure(watching: dict[str, Alarm]) -> None:
    """None is left out but the queue's, whose metric is AWS's own."""
    tried = {name for failure in FAILURES.values() for name in failure.rings}
    assert tried == set(watching) - {"events not delivered"}


def test_a_dead_letter_rings_until_it_is_gone(
    template: Template, watching: dict[str, Alarm]
) -> None:
    """In the queue that both the schedule and the rule use; missing data changes nothing."""
    queue, _ = only(template, "AWS::SQS::Queue")
    schedule = properties(template, "AWS::Scheduler::Schedule")["Target"]
    (target,) = properties(template, "AWS::Events::Rule")["Targets"]
    dead_letters = {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert schedule["DeadLetterConfig"] == target["DeadLetterConfig"] == dead_letters
    named = frozenset({("QueueName", f"${{{queue}.QueueName}}")})
    visible = Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", named, "")
    alarm = watching["events not delivered"]
    assert alarm.series == visible
    state, states = "OK", []
    for period, seen in enumerate([0, 1, None, None, 0, None]):
        at = START + period * TICK
        metrics = Metrics({} if seen is None else {visible: [(at, float(seen))]})
        state = alarm.state(metrics, at + TICK, state, lookback=0)
        states.append(state)
    assert states == ["OK", "ALARM", "ALARM", "ALARM", "OK", "OK"]

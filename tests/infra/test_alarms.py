"""Which alarms there are, what they say, and to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.monitoring import alarm_texts
from infra.monitoring.alarm_texts import AlarmText
from tests.deployed import START
from tests.infra.cloudwatch import Metrics, alarms
from tests.infra.conftest import Synth
from tests.infra.templates import EMAILS, KEY_ARN, Template, output, resources

ALWAYS = {
    "no successful run",
    "runs failing",
    "email failing",
    "access denied",
    "listing incomplete",
    "ledger not believed",
    "events not delivered",
    "deliveries overdue",
}
SLACK = {"slack failing", "slack not connected"}
EMAIL = {"email not connected"}

TEXTS = [text for text in vars(alarm_texts).values() if isinstance(text, AlarmText)]


def properties_of(template: Template) -> list[Template]:
    return [a["Properties"] for a in resources(template, "AWS::CloudWatch::Alarm").values()]


@pytest.mark.parametrize(
    ("configuration", "names"),
    [
        ({}, ALWAYS | SLACK),
        ({"emails": EMAILS}, ALWAYS | SLACK | EMAIL),
        ({"emails": EMAILS, "slack": False}, ALWAYS | EMAIL),
        ({"ops_emails": EMAILS, "kms_key_arn": KEY_ARN}, ALWAYS | SLACK),
    ],
)
def test_an_alarm_exists_where_it_can_ring(
    synth: Synth, configuration: dict[str, object], names: set[str]
) -> None:
    """There is none for a channel that is off, or for confirmations where no emails are set."""
    assert set(alarms(synth(**configuration))) == names


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(text.anchor))
def test_a_text_says_what_happened_and_what_to_do(text: AlarmText) -> None:
    """Sentences and a link to more, in plain ASCII, no longer than CloudWatch accepts."""
    for sentence in (text.happened, text.meaning, text.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert text.description.endswith(f" docs/operations.md#{text.anchor}")
    assert len(text.description) <= 1024
    assert (text.description + text.name).isascii()


def test_every_alarm_has_its_own_text(template: Template) -> None:
    """And each text belongs to an alarm."""
    found = {(a["AlarmName"], a["AlarmDescription"]) for a in properties_of(template)}
    assert found == {(f"InvitationNotifier-AWS: {t.name}", t.description) for t in TEXTS}


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_the_name_says_which_notifier(synth: Synth, catalog: str) -> None:
    """It is the email's subject, of which a hundred characters are shown."""
    for alarm in properties_of(synth(catalog=catalog, emails=EMAILS)):
        assert alarm["AlarmName"].startswith(f"InvitationNotifier-{catalog}: ")
        assert len(f'ALARM: "{alarm["AlarmName"]}" in US East (N. Virginia)') <= 100


def test_alarms_and_recoveries_go_to_operators(template: Template) -> None:
    """Not to sales, who receive invitations."""
    ops, _ = output(template, "OpsTopicArn")
    alerts, _ = output(template, "TopicArn")
    assert ops != alerts
    for alarm in properties_of(template):
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": ops}]
        is_of_runs = alarm["AlarmName"].endswith(("no successful run", "runs failing"))
        assert alarm.get("InsufficientDataActions", []) == [{"Ref": ops}] * is_of_runs
        assert alarm.get("ActionsEnabled", True)


SCHEDULES = [1, 2, 3, 4, 5, 7, 31, 60]


@pytest.mark.parametrize("minutes", SCHEDULES)
def test_a_period_is_the_schedules_or_five_minutes(synth: Synth, minutes: int) -> None:
    """No shorter, since metrics out of logs come late; and CloudWatch can evaluate a day at most.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    found = alarms(synth(schedule_minutes=minutes, emails=EMAILS))
    periods = {name: alarm.period for name, alarm in found.items()}
    assert all(timedelta(minutes=5) <= period for period in periods.values())
    assert all(found[name].of * period <= timedelta(days=1) for name, period in periods.items())
    runs = [periods["no successful run"], periods["runs failing"], periods["deliveries overdue"]]
    assert runs == [timedelta(minutes=max(minutes, 5))] * 3


@pytest.mark.parametrize(
    ("minutes", "periods"), [(1, 12), (2, 12), (4, 12), (5, 12), (7, 8), (60, 2)]
)
def test_an_hour_to_connect(synth: Synth, minutes: int, periods: int) -> None:
    """Whoever deploys has an hour, and never less than two runs."""
    found = alarms(synth(schedule_minutes=minutes, emails=EMAILS))
    for name in ("slack not connected", "email not connected"):
        assert (found[name].breaching, found[name].of) == (periods, 2 * periods - 1)


@pytest.mark.parametrize("late", [0, 3], ids="{} minutes late".format)
@pytest.mark.parametrize("minutes", SCHEDULES)
@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("slack failing", 3),
        ("listing incomplete", 3),
        ("ledger not believed", 1),
        ("access denied", 2),
    ],
)
def test_an_alarm_counts_runs(
    synth: Synth, name: str, needed: int, minutes: int, late: int
) -> None:
    """However often they come, and whatever each of them reports; one run less wakes nobody."""
    alarm = alarms(synth(schedule_minutes=minutes, emails=EMAILS))[name]
    end = START + (needed + 5) * timedelta(minutes=minutes + 5)

    def rings(runs: int) -> bool:
        times = [START + n * timedelta(minutes=minutes) for n in range(runs)]
        metrics = Metrics({alarm.series: [(at, 9.0) for at in times]}, timedelta(minutes=late))
        return alarm.rings(metrics, START - timedelta(hours=1), end, lookback=0)

    assert (rings(needed - 1), rings(needed)) == (False, True)


def test_missing_data_is_no_failure(template: Template) -> None:
    """Failures are counted only when there are any; a missing heartbeat is handled by itself."""
    missing = {name: alarm.missing for name, alarm in alarms(template).items()}
    assert missing.pop("no successful run") == missing.pop("runs failing") == "missing"
    assert missing.pop("events not delivered") == "ignore"
    assert set(missing.values()) == {"notBreaching"}

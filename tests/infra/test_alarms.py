"""Which alarms there are, what they say, and to whom."""

from __future__ import annotations

import pytest

from infra.monitoring import alarm_texts
from infra.monitoring.alarm_texts import AlarmText
from tests.infra.cloudwatch import alarms
from tests.infra.conftest import Synth
from tests.infra.templates import EMAILS, KEY_ARN, Template, output, resources

ALWAYS = {
    "no successful run",
    "email failing",
    "access denied",
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
        is_heartbeat = alarm["AlarmName"].endswith("no successful run")
        assert alarm.get("InsufficientDataActions", []) == [{"Ref": ops}] * is_heartbeat
        assert alarm.get("ActionsEnabled", True)


@pytest.mark.parametrize("minutes", [1, 5, 7, 60])
def test_a_period_is_the_schedules(synth: Synth, minutes: int) -> None:
    """Each has one tick, and the window is one that CloudWatch can evaluate: at most a day."""
    found = alarms(synth(schedule_minutes=minutes, emails=EMAILS))
    for name, alarm in found.items():
        seconds = alarm.period.total_seconds()
        assert seconds == 60 * minutes or name == "events not delivered"
        assert alarm.of * seconds <= 86400


@pytest.mark.parametrize(("minutes", "runs"), [(1, 60), (5, 12), (7, 8), (60, 2)])
def test_an_hour_to_connect(synth: Synth, minutes: int, runs: int) -> None:
    """Whoever deploys has an hour, and never less than two runs."""
    found = alarms(synth(schedule_minutes=minutes, emails=EMAILS))
    for name in ("slack not connected", "email not connected"):
        assert (found[name].breaching, found[name].of) == (runs, 2 * runs - 1)


def test_missing_data_is_no_failure(template: Template) -> None:
    """Failures are counted only when there are any; a missing heartbeat is handled by itself."""
    missing = {name: alarm.missing for name, alarm in alarms(template).items()}
    assert missing.pop("no successful run") == "missing"
    assert missing.pop("events not delivered") == "ignore"
    assert set(missing.values()) == {"notBreaching"}

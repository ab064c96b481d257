"""What the alarms say, to whom, and where there are any."""

from __future__ import annotations

import pytest

from infra.monitoring import alarm_texts
from infra.monitoring.alarm_texts import AlarmText
from tests.infra.cloudwatch import alarms
from tests.infra.conftest import Synth
from tests.infra.templates import KEY_ARN, MAIL, Template, output, resources

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
        ({"emails": MAIL}, ALWAYS | SLACK | EMAIL),
        ({"emails": MAIL, "slack": False}, ALWAYS | EMAIL),
        ({"ops_emails": MAIL, "kms_key_arn": KEY_ARN}, ALWAYS | SLACK),
    ],
)
def test_an_alarm_is_where_it_can_ring(
    synth: Synth, configuration: dict[str, object], names: set[str]
) -> None:
    """No alarm on a channel that is off; without emails nobody has to confirm anything."""
    assert set(alarms(synth(**configuration))) == names


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(text.anchor))
def test_a_text_says_what_it_means_and_what_to_do(text: AlarmText) -> None:
    """Three sentences and the way to more, within what CloudWatch takes, in plain ASCII."""
    for sentence in (text.happened, text.meaning, text.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert text.description.endswith(f" docs/operations.md#{text.anchor}")
    assert len(text.description) <= 1024
    assert (text.description + text.name).isascii()


def test_every_text_is_an_alarms(template: Template) -> None:
    """Each alarm has a text of its own, and each text an alarm."""
    found = {(a["AlarmName"], a["AlarmDescription"]) for a in properties_of(template)}
    assert found == {(f"InvitationNotifier-AWS: {t.name}", t.description) for t in TEXTS}


@pytest.mark.parametrize("catalog", ["AWS", "Sandbox"])
def test_the_name_says_which_notifier(synth: Synth, catalog: str) -> None:
    """It is the mail's subject, of which a hundred characters are shown."""
    for alarm in properties_of(synth(catalog=catalog, emails=MAIL)):
        assert alarm["AlarmName"].startswith(f"InvitationNotifier-{catalog}: ")
        assert len(f'ALARM: "{alarm["AlarmName"]}" in US East (N. Virginia)') <= 100


def test_beginning_and_end_go_to_operations(template: Template) -> None:
    """Not to sales: what they are told is invitations."""
    ops, _ = output(template, "OpsTopicArn")
    alerts, _ = output(template, "TopicArn")
    assert ops != alerts
    for alarm in properties_of(template):
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": ops}]
        is_heartbeat = alarm["AlarmName"].endswith("no successful run")
        assert alarm.get("InsufficientDataActions", []) == [{"Ref": ops}] * is_heartbeat
        assert alarm.get("ActionsEnabled", True)


@pytest.mark.parametrize("minutes", [1, 5, 7, 60])
def test_periods_are_the_schedules(synth: Synth, minutes: int) -> None:
    """Of one tick each, and within what CloudWatch evaluates: a day, or a week of hours."""
    found = alarms(synth(schedule_minutes=minutes, emails=MAIL))
    for name, alarm in found.items():
        seconds = alarm.period.total_seconds()
        assert seconds == 60 * minutes or name == "events not delivered"
        assert alarm.of * seconds <= 86400


@pytest.mark.parametrize(("minutes", "runs"), [(1, 60), (5, 12), (7, 8), (60, 2)])
def test_an_hour_to_connect(synth: Synth, minutes: int, runs: int) -> None:
    """Who deploys has an hour, and never less than two runs."""
    found = alarms(synth(schedule_minutes=minutes, emails=MAIL))
    for name in ("slack not connected", "email not connected"):
        assert (found[name].breaching, found[name].of) == (runs, 2 * runs - 1)


def test_no_trouble_is_no_breach(template: Template) -> None:
    """Counts of trouble are sent only when there is some; a heartbeat's end is told of its own."""
    missing = {name: alarm.missing for name, alarm in alarms(template).items()}
    assert missing.pop("no successful run") == "missing"
    assert missing.pop("events not delivered") == "ignore"
    assert set(missing.values()) == {"notBreaching"}

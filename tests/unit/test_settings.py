"""Settings: what the function accepts, and how it refuses the rest."""

from __future__ import annotations

import pytest

from notifier.settings import Settings, SettingsError

SETTINGS = Settings(
    catalog="Sandbox",
    table_name="ledger",
    topic_arn="arn:aws:sns:us-east-1:123456789012:alerts",
    emails_expected=1,
    slack_secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf",
    expiring_hours=(48, 12),
    digest_above=3,
    payload_types=("LeadInvitation",),
    timezone="Europe/Berlin",
    partner_central_url="https://example.com/partner-central?tab=1",
)


@pytest.mark.parametrize("slack", [True, False])
def test_what_the_stack_writes_the_function_reads(*, slack: bool) -> None:
    """`to_env` and `from_env` are each other's inverse."""
    settings = SETTINGS if slack else Settings(
        catalog="AWS", table_name="t", topic_arn=SETTINGS.topic_arn, emails_expected=0
    )  # fmt: skip
    assert Settings.from_env(settings.to_env()) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOG", "aws"),
        ("CATALOG", ""),
        ("TABLE_NAME", " "),
        ("TOPIC_ARN", "alerts"),
        ("EMAILS_EXPECTED", "yes"),
        ("SLACK_SECRET_ARN", "slack"),
        ("EXPIRING_HOURS", ""),
        ("EXPIRING_HOURS", "72,,4"),
        ("EXPIRING_HOURS", "72,-4"),
        ("EXPIRING_HOURS", "0"),
        ("EXPIRING_HOURS", "721"),
        ("EXPIRING_HOURS", "²"),
        ("DIGEST_ABOVE", "0"),
        ("DIGEST_ABOVE", "five"),
        ("DIGEST_ABOVE", "101"),
        ("PAYLOAD_TYPES", "Lead Invitation"),
        ("TIMEZONE", "Berlin"),
        ("TIMEZONE", "../../etc/passwd"),
        ("TIMEZONE", ""),
        ("PARTNER_CENTRAL_URL", "http://example.com"),
        ("PARTNER_CENTRAL_URL", "https://example.com/|<!channel>"),
        ("PARTNER_CENTRAL_URL", "https:///path"),
    ],
)
def test_a_wrong_setting_fails_with_its_name(name: str, value: str) -> None:
    """One line names the setting, its value and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(SETTINGS.to_env() | {name: value})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"setting {name} is {value.strip()!r}; allowed: ")


def test_a_missing_setting_fails_with_its_name() -> None:
    """An empty environment names the first thing that it lacks."""
    with pytest.raises(SettingsError, match=r"setting CATALOG is ''; allowed: one of AWS"):
        Settings.from_env({})


def test_stages_are_sorted_and_each_once() -> None:
    """The order in the configuration does not matter."""
    read = Settings.from_env(SETTINGS.to_env() | {"EXPIRING_HOURS": "4, 72,4,24"})
    assert read.expiring_hours == (72, 24, 4)

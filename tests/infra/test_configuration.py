"""Each key: the forms it may have, and the one line for an invalid value."""

from __future__ import annotations

import pytest

from infra.config import Config
from infra.refusal import ConfigError
from tests.infra.templates import KEY_ARN, READER_ARN
from tests.infra.templates import SECRET_ARN as ARN

MULTI_REGION_KEY = f"arn:aws:kms:us-east-1:111122223333:key/mrk-{'0123456789abcdef' * 2}"

TYPES = "OpportunityInvitation, LeadInvitation, AccountPlanningInvitation"

WEBHOOK = "https://hooks.slack.com/services/T000/B000/" + "x" * 24


def test_nothing_configured_is_enough() -> None:
    """A fresh clone can be synthesized: every key has a default, and Slack is a channel."""
    assert Config.from_context({}) == Config(
        catalog="AWS",
        schedule_minutes=5,
        expiring_hours=(72, 24, 4),
        digest_above=5,
        payload_types=(),
        emails=(),
        ops_emails=(),
        slack=True,
        slack_secret_arn=None,
        slack_secret_kms_key_arn=None,
        timezone="UTC",
        partner_central_url="https://us-east-1.console.aws.amazon.com/partnercentral/home",
        partner_central_role_arn=None,
        partner_central_external_id=None,
        kms_key_arn=None,
    )


@pytest.mark.parametrize(
    ("key", "given", "read"),
    [
        ("catalog", "Sandbox", "Sandbox"),
        ("catalog", " AWS ", "AWS"),
        ("schedule_minutes", 1, 1),
        ("schedule_minutes", "60", 60),
        ("expiring_hours", [4, 24], (24, 4)),
        ("expiring_hours", ["4", "24"], (24, 4)),
        ("expiring_hours", "48, 12", (48, 12)),
        ("expiring_hours", 12, (12,)),
        ("digest_above", 100, 100),
        ("digest_above", "1", 1),
        ("payload_types", ["LeadInvitation"], ("LeadInvitation",)),
        (
            "payload_types",
            "LeadInvitation, AccountPlanningInvitation",
            ("LeadInvitation", "AccountPlanningInvitation"),
        ),
        ("payload_types", "", ()),
        ("emails", "a@x.com, b+c@y.co.uk", ("a@x.com", "b+c@y.co.uk")),
        ("emails", ["a@x.com", "a@x.com"], ("a@x.com",)),
        ("emails", [], ()),
        ("ops_emails", "ops@x.com", ("ops@x.com",)),
        ("slack", True, True),
        ("slack", "true", True),
        ("slack_secret_arn", ARN, ARN),
        ("timezone", "Europe/Berlin", "Europe/Berlin"),
        ("partner_central_url", "https://crm.example.com/a?b=c", "https://crm.example.com/a?b=c"),
        ("partner_central_role_arn", READER_ARN, READER_ARN),
        ("kms_key_arn", KEY_ARN, KEY_ARN),
        ("kms_key_arn", MULTI_REGION_KEY, MULTI_REGION_KEY),
    ],
)
def test_values_are_json_or_text(key: str, given: object, read: object) -> None:
    """A value may be JSON, as in cdk.json, or the text after `-c key=`."""
    assert getattr(Config.from_context({key: given}), key) == read


@pytest.mark.parametrize("off", [False, "false", "False"])
def test_slack_can_be_off_where_there_are_emails(off: object) -> None:
    """One channel is enough, whichever it is."""
    assert not Config.from_context({"slack": off, "emails": "a@x.com"}).slack


def test_alarms_go_to_emails_by_default() -> None:
    """Unless `ops_emails` is set, even to nobody."""
    assert Config.from_context({"emails": "a@x.com"}).ops_emails == ("a@x.com",)
    assert Config.from_context({"emails": "a@x.com", "ops_emails": []}).ops_emails == ()


@pytest.mark.parametrize(
    ("context", "lines"),
    [({}, 1), ({"emails": "a@x.com"}, 0), ({"emails": "a@x.com", "ops_emails": ""}, 1)],
)
def test_alarms_that_nobody_receives_are_worth_a_line(
    context: dict[str, object], lines: int
) -> None:
    """A notifier can be deployed without operators, but not without a warning."""
    advice = Config.from_context(context).advice
    assert len(advice) == lines
    assert all(line.startswith("context key ops_emails is []; ") for line in advice)


def test_null_is_not_set() -> None:
    """Null in cdk.json stands for the default, as it does for CDK itself."""
    assert Config.from_context({"catalog": None, "slack_secret_arn": None}) == Config()


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("catalog", "aws", "one of AWS, Sandbox"),
        ("catalog", ["AWS"], "one of AWS, Sandbox"),
        ("schedule_minutes", 0, "a whole number from 1 to 60"),
        ("schedule_minutes", 61, "a whole number from 1 to 60"),
        ("schedule_minutes", 2.5, "a whole number from 1 to 60"),
        ("schedule_minutes", "five", "a whole number from 1 to 60"),
        ("schedule_minutes", True, "a whole number from 1 to 60"),
        ("expiring_hours", [], "whole hours from 1 to 720"),
        ("expiring_hours", "72;24", "whole hours from 1 to 720"),
        ("expiring_hours", [24, 721], "whole hours from 1 to 720"),
        ("expiring_hours", [24, -1], "whole hours from 1 to 720"),
        ("digest_above", 0, "a whole number from 1 to 100"),
        ("digest_above", "101", "a whole number from 1 to 100"),
        ("payload_types", "leadinvitation", f"{TYPES}; did you mean LeadInvitation?"),
        ("payload_types", "Lead", f"{TYPES}; did you mean LeadInvitation?"),
        ("payload_types", "AccountPlan", f"{TYPES}; did you mean AccountPlanningInvitation?"),
        ("payload_types", "all", f"{TYPES}; leave it out for all of them"),
        ("payload_types", ["LeadInvitation", "*"], f"{TYPES}; leave it out for all of them"),
        ("payload_types", "Quote", TYPES),
        ("payload_types", [1], TYPES),
        ("emails", "a@x.com;b@x.com", "email addresses, separated by commas"),
        ("emails", "a@localhost", "email addresses, separated by commas"),
        ("emails", ["a@x.com", ""], "email addresses, separated by commas"),
        ("emails", "a@x.com\nb@x.com", "email addresses, separated by commas"),
        ("emails", {"to": "a@x.com"}, "email addresses, separated by commas"),
        ("ops_emails", "ops", "email addresses, separated by commas"),
        ("slack", "maybe", "true or false"),
        ("slack", 1, "true or false"),
        ("slack_secret_arn", "", "the ARN of a Secrets Manager secret"),
        ("slack_secret_arn", "team/slack", "the ARN of a Secrets Manager secret"),
        ("slack_secret_arn", ARN.replace("us-east-1", "eu-west-1"), "a secret in us-east-1"),
        ("slack_secret_arn", ARN.removesuffix("-AbCdEf"), "its six-character suffix"),
        ("timezone", "Berlin", "a time zone of the IANA database"),
        ("timezone", "../etc/passwd", "a time zone of the IANA database"),
        ("partner_central_url", "http://example.com", "an https:// address"),
        ("partner_central_url", "https://example.com/a b", "an https:// address"),
        ("partner_central_url", "https://example.com/<script>", "an https:// address"),
        ("partner_central_url", "https://[", "an https:// address"),
        ("partner_central_url", "https://example.com/\x07", "an https:// address"),
        ("partner_central_role_arn", "reader", "the ARN of an IAM role"),
        ("partner_central_role_arn", READER_ARN + "r" * 60, "the ARN of an IAM role"),
        ("partner_central_role_arn", READER_ARN.replace(":aws:", ":aws-cn:"), "arn:aws:iam::..."),
        ("partner_central_role_arn", READER_ARN.replace("reader", "*"), "the ARN of an IAM role"),
        ("partner_central_role_arn", READER_ARN.replace(":role/", ":user/"), "the ARN of an IAM"),
        ("partner_central_external_id", "two words", "2 to 1224 letters, digits"),
        ("kms_key_arn", "", "the ARN of a KMS key in us-east-1"),
        ("kms_key_arn", "alias/team", "not of an alias"),
        ("kms_key_arn", "arn:aws:kms:us-east-1:111122223333:alias/team", "not of an alias"),
        ("kms_key_arn", KEY_ARN.replace("us-east-1", "eu-west-1"), "a KMS key in us-east-1"),
        ("kms_key_arn", KEY_ARN.rpartition("/")[2], "the ARN of a KMS key in us-east-1"),
    ],
)
def test_an_invalid_value_is_one_line(key: str, value: object, allowed: str) -> None:
    """The line names the key, shows the value, and says what is allowed."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context({key: value})
    line = str(refused.value)
    assert line.startswith(f"context key {key} is ")
    assert f"; allowed: {allowed}" in line or allowed in line.partition("; allowed: ")[2]
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"slack": False}, "emails"),
        ({"slack": "false", "emails": ""}, "emails"),
        ({"slack": False, "emails": "a@x.com", "slack_secret_arn": ARN}, "slack_secret_arn"),
        ({"slack_secret_kms_key_arn": KEY_ARN}, "slack_secret_kms_key_arn"),
        ({"partner_central_external_id": "notifier-2026"}, "partner_central_external_id"),
    ],
)
def test_contradictions_are_refused(context: dict[str, object], named: str) -> None:
    """A setting that nothing uses, or nobody to alert, is a mistake to report before deploying."""
    line = rf"^context key {named} is .*; allowed: .*(slack|partner_central_role_arn)"
    with pytest.raises(ConfigError, match=line) as refused:
        Config.from_context(context)
    assert len(str(refused.value).splitlines()) == 1


def test_a_boundary_that_cdk_would_ignore_is_refused() -> None:
    """CDK reads an object and ignores text, so that roles would be made without the boundary."""
    key, named = "@aws-cdk/core:permissionsBoundary", {"name": "boundary"}
    assert Config.from_context({key: named}) == Config()
    with pytest.raises(ConfigError, match=rf"{key} is text, .*; allowed: an object"):
        Config.from_context({key: '{"name": "boundary"}'})


def test_there_is_room_for_so_many_who_hear_alarms() -> None:
    addresses = [f"a{number}@x.com" for number in range(151)]
    assert len(Config.from_context({"ops_emails": addresses[1:]}).ops_emails) == 150
    with pytest.raises(ConfigError, match=r"^ops_emails names 151 addresses; allowed: 150$"):
        Config.from_context({"ops_emails": addresses})


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("email", "did you mean emails"),
        ("schedule-minutes", "did you mean schedule_minutes"),
        ("Catalog", "did you mean catalog"),
        ("slack_secret", "did you mean slack_secret_arn"),
        ("colour", "allowed: catalog, expiring_hours"),
    ],
)
def test_an_unknown_key_is_refused(key: str, advice: str) -> None:
    """A mistyped key would silently do nothing, so the closest known one is suggested."""
    with pytest.raises(ConfigError, match=advice):
        Config.from_context({key: "AWS"})


@pytest.mark.parametrize(
    "key",
    [
        "@aws-cdk/core:validateAgainstDefaultRules",
        "aws:cdk:enable-path-metadata",
        "aws-cdk:enableDiffNoFail",
        "aws-cdk-lib/core:anything",
        "availability-zones:account=111122223333:region=us-east-1",
        "acknowledged-issue-numbers",
        "cdk-migrate",
        "cli-telemetry",
    ],
)
def test_cdks_own_keys_are_ignored(key: str) -> None:
    """CDK and its CLI use the same context."""
    assert Config.from_context({key: "anything"}) == Config()


@pytest.mark.parametrize("pasted", [WEBHOOK, "xoxb-1111-2222-" + "x" * 24])
def test_a_pasted_secret_is_not_repeated(pasted: str) -> None:
    """A webhook that is pasted in place of its secret's ARN does not end up in a CI log."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"slack_secret_arn": pasted})
    assert pasted[9:] not in str(refused.value)
    assert "xxx" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("büro@firma.example", "büro@firma.example"),
        ("日本@x.com", "日本@x.com"),
        ("a@x.com\u2028b@x.com", "a@x.com\\u2028b@x.com"),
        ("\u202emoc.x@a", "\\u202emoc.x@a"),
        ("\udcfc@x.com", "\\udcfc@x.com"),
    ],
)
def test_a_refused_value_is_shown_as_it_was_typed(given: str, shown: str) -> None:
    """But for what would break the line, turn it around, or could not be printed."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"emails": given})
    assert f'context key emails is "{shown}"; allowed: ' in str(refused.value)
    with pytest.raises(ConfigError) as unknown:
        Config.from_context({"größe": 5})
    assert '"größe" is unknown' in str(unknown.value)


def test_a_long_value_is_cut() -> None:
    """The line stays a line, whatever was given."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context({"timezone": "x" * 10_000})
    assert len(str(refused.value)) < 300

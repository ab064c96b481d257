"""`doctor`: a healthy set-up is all well within ten seconds; fifteen broken ones are each found."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import boto3
import pytest
import time_machine

from infra.deploy.account import BOOTSTRAP_VERSION
from notifier.adapters.pacer import Pacer
from notifier.core.recipients import recipient
from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse, aws_json_error, aws_query_error
from tests.cli.conftest import Shell
from tests.cli.deployment import deployed
from tests.deployed import READER, START, Notifier
from tests.infra.deploying import bootstrapped

HOUR = timedelta(hours=1)
AS_DEPLOYED = ("-c", f"emails={READER}")
STACK = "InvitationNotifier-AWS"
SECONDS = 10.0


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the pauses between reads, which are measured in real time."""
    monkeypatch.setattr(Pacer, "wait", lambda _self: None)


class Deployment:
    """A bootstrapped account with a bot in the secret, and a notifier that ran two minutes ago."""

    def __init__(self, user: PartnerAccount, clock: time_machine.Traveller) -> None:
        self.user = user
        self.clock = clock
        bootstrapped(str(BOOTSTRAP_VERSION))
        user.aws.put_secret({"bot_token": user.slack.bot_token, "channel": user.slack.channel})
        user.partner_central.invite()
        self.notifier = Notifier(user, clock)
        self.notifier.tick()
        self.notifier.pass_time(timedelta(minutes=2))
        self.alarm("no successful run", "OK")
        deployed(user)

    def alarm(self, name: str, state: str) -> None:
        client: Any = boto3.client("cloudwatch", "us-east-1", endpoint_url=self.user.aws.url)
        client.put_metric_alarm(
            AlarmName=f"{STACK}: {name}",
            MetricName="Heartbeat",
            Namespace="InvitationNotifier",
            EvaluationPeriods=1,
            Period=300,
            Threshold=1,
            Statistic="Sum",
            ComparisonOperator="LessThanThreshold",
        )
        client.set_alarm_state(AlarmName=f"{STACK}: {name}", StateValue=state, StateReason="test")

    def refuse(
        self, service: Any, answer: Refuse | Drop, *operations: str, times: int | None = None
    ) -> None:
        for operation in operations:
            self.user.wire.inject(Fault(service, answer, operation=operation, times=times))


@pytest.fixture
def deployment(user: PartnerAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setenv("SLACK_BASE_URL", user.slack.base_url)
    with time_machine.travel(START, tick=False) as clock:
        yield Deployment(user, clock)


@pytest.mark.usefixtures("deployment")
def test_a_healthy_deployment_is_all_well(shell: Shell) -> None:
    """Every check is well within ten seconds, and the last line says so."""
    began = time.perf_counter()
    answer = shell("doctor", *AS_DEPLOYED)
    took = time.perf_counter() - began
    lines = answer.out.strip().splitlines()
    assert (answer.code, answer.err) == (0, "")
    assert lines[-1] == "It works."
    assert all(line.startswith("✓ ") for line in lines[:-2])
    assert len(lines) > 17
    assert took < SECONDS


def test_it_posts_and_writes_nothing(deployment: Deployment, shell: Shell) -> None:
    """Asking after everybody's health changes nobody's."""
    deployment.notifier.forget()
    before = deployment.user.aws.items()
    shell("doctor", *AS_DEPLOYED)
    assert deployment.notifier.told() == {"mails": 0, "posts": 0}
    assert deployment.user.aws.items() == before


@pytest.mark.parametrize("name", ["told_slack", "expires_at", "lease_until"])
def test_what_nobody_can_read_is_named(deployment: Deployment, shell: Shell, name: str) -> None:
    """With its key, and no traceback."""
    table = deployment.user.aws
    key = next(i["sk"]["S"] for i in table.items() if "#" in i["sk"]["S"])
    if name == "lease_until":
        key = "lease"
        table.overwrite(key, "lease_owner", {"S": "nobody"})
    table.overwrite(key, name, {"S": "yesterday"})
    table.overwrite("lease", "completed_at", {"S": ""})
    answer = shell("doctor", *AS_DEPLOYED)
    assert f"✗ ledger: {key}: {name} cannot be read" in answer.out
    assert "✗ ledger: lease: completed_at cannot be read" in answer.out
    assert answer.out.splitlines()[-1].startswith("It works, but ledger: ")


def test_a_webhook_is_asked_without_posting(deployment: Deployment, shell: Shell) -> None:
    """A webhook that works refuses an empty message."""
    deployment.user.aws.put_secret({"webhook_url": deployment.user.slack.webhook_url})
    deployment.notifier.forget()
    answer = shell("doctor", *AS_DEPLOYED)
    assert "✓ slack: the webhook works" in answer.out
    assert answer.code == 0
    assert not deployment.notifier.posts


@pytest.mark.parametrize("as_bot", [True, False], ids=["bot", "webhook"])
def test_slack_that_is_down_is_no_fault_of_the_secret(
    deployment: Deployment, shell: Shell, *, as_bot: bool
) -> None:
    """What passes by itself is not checked, and nobody is told to change anything."""
    if not as_bot:
        deployment.user.aws.put_secret({"webhook_url": deployment.user.slack.webhook_url})
    deployment.user.slack.down = True
    answer = shell("doctor", *AS_DEPLOYED)
    assert answer.code == 0
    assert "\N{EN DASH} slack: Slack is busy or down (service_unavailable): try again" in answer.out
    assert answer.out.endswith("It works, as far as could be checked (1 not checked).\n")


def test_an_aws_that_cannot_be_reached_ends_no_check_but_its_own(
    deployment: Deployment, shell: Shell
) -> None:
    """The others are made all the same; but nobody is told that all works."""
    deployment.user.wire.heal_all()  # Its answers about the stack.
    deployment.refuse("cloudformation", Drop(), "DescribeStacks")
    deployment.refuse("ssm", Drop(), "GetParameter")
    answer = shell("doctor", *AS_DEPLOYED)
    assert answer.code == 1
    assert "✗ stack: CloudFormation cannot be reached (" in answer.out
    assert "    check the network, the proxy and AWS_ENDPOINT_URL" in answer.out
    assert "✓ listing: " in answer.out
    assert "It does not work because stack: " in answer.out


ROUTE = '[{"name": "dach", "when": {"country": ["DE"]}, "slack_channel": "C0DACH"}]'


def test_each_place_in_slack_is_looked_at(deployment: Deployment, shell: Shell) -> None:
    """The bot has to be in every channel that it posts to."""
    slack = deployment.user.slack
    slack.open("C0DACH").is_member = False
    deployment.user.wire.heal_all()
    deployed(
        deployment.user,
        routes=(Route(name="dach", when={"country": ("DE",)}, slack_channel="C0DACH"),),
        escalate_hours=8,
        escalate_to=("C0GONE",),
    )
    answer = shell("doctor", *AS_DEPLOYED, "-c", f"routes={ROUTE}")
    assert "✓ channel: the bot is in channel C0PARTNERS" in answer.out
    assert "✗ channel: the bot is not in channel C0DACH" in answer.out
    assert "✗ channel C0GONE: Slack says channel_not_found" in answer.out
    assert answer.code == 1


def test_an_address_is_no_place_in_slack(deployment: Deployment, shell: Shell) -> None:
    """Though it may begin as a channel's id does."""
    deployment.user.wire.heal_all()
    deployed(deployment.user, escalate_hours=8, escalate_to=("Carla@example.com",))
    answer = shell("doctor", *AS_DEPLOYED)
    assert "✓ channel: the bot is in channel C0PARTNERS" in answer.out
    assert "channel Carla@example.com" not in answer.out


def test_each_routes_webhook_is_asked(deployment: Deployment, shell: Shell) -> None:
    """One that was removed is named by its route."""
    slack = deployment.user.slack
    gone = "https://hooks.slack.com/services/T0/B0/gone"
    deployment.user.aws.put_secret({"webhook_url": slack.webhook_url, "routes": {"dach": gone}})
    answer = shell("doctor", *AS_DEPLOYED)
    assert "✓ slack: the webhook works" in answer.out
    assert "✗ slack, route dach: Slack says no_service" in answer.out


# Fifteen broken set-ups, and more.


def expired_credentials(deployment: Deployment) -> None:
    error = aws_query_error("ExpiredToken", "expired", 403)
    deployment.refuse("sts", error, "GetCallerIdentity")


def another_partition(deployment: Deployment) -> None:
    arn = "arn:aws-cn:iam::123456789012:user/somebody"
    deployment.refuse("sts", _identity(arn), "GetCallerIdentity")


def wrong_clock(deployment: Deployment) -> None:
    there = datetime.now(UTC) - timedelta(minutes=4)
    arn = "arn:aws:iam::123456789012:user/somebody"
    deployment.refuse("sts", _identity(arn, there), "GetCallerIdentity")


def no_bootstrap(deployment: Deployment) -> None:
    error = aws_json_error("ParameterNotFound", "no", 400)
    deployment.refuse("ssm", error, "GetParameter")


def iam_prefix(deployment: Deployment) -> None:
    words = "User: x is not authorized to perform: partnercentral:ListEngagementInvitations"
    error = aws_json_error("AccessDeniedException", words, 400)
    deployment.refuse("partnercentral", error, "ListEngagementInvitations")


def no_details(deployment: Deployment) -> None:
    words = "User: x is not authorized to perform: partnercentral:GetEngagementInvitation"
    error = aws_json_error("AccessDeniedException", words, 400)
    deployment.refuse("partnercentral", error, "GetEngagementInvitation")


def not_linked(deployment: Deployment) -> None:
    error = aws_json_error("AccessDeniedException", "Access denied", 400)
    deployment.refuse("partnercentral", error, "ListEngagementInvitations")


def no_catalog(deployment: Deployment) -> None:
    error = aws_json_error("ResourceNotFoundException", "catalog", 400)
    deployment.refuse("partnercentral", error, "ListEngagementInvitations")


def not_deployed(deployment: Deployment) -> None:
    deployment.user.wire.heal_all()


def empty_secret(deployment: Deployment) -> None:
    deployment.user.aws.put_secret("{}")


def malformed_secret(deployment: Deployment) -> None:
    deployment.user.aws.put_secret({"bot_token": "xoxb-1", "channel": "#partners"})


def revoked_token(deployment: Deployment) -> None:
    deployment.user.slack.refuse_with = "token_revoked"


def removed_webhook(deployment: Deployment) -> None:
    gone = "https://hooks.slack.com/services/T0/B0/gone"
    deployment.user.aws.put_secret({"webhook_url": gone})


def missing_scope(deployment: Deployment) -> None:
    deployment.user.slack.scopes = ("channels:read",)


def not_invited(deployment: Deployment) -> None:
    deployment.user.slack.place.is_member = False


def archived(deployment: Deployment) -> None:
    deployment.user.slack.place.is_archived = True


def unconfirmed(deployment: Deployment) -> None:
    deployment.user.aws.unsubscribe(READER)
    deployment.user.aws.subscribe_email(READER, confirmed=False)


def deaf_route(deployment: Deployment) -> None:
    """Let a route's addresses be configured, and nobody subscribe."""
    deployment.user.wire.heal_all()
    deployed(
        deployment.user,
        routes=(Route(name="dach", when={"country": ("DE",)}, recipients=("0" * 8,)),),
    )


def silent(deployment: Deployment) -> None:
    deployment.notifier.pass_time(2 * HOUR)


def overdue(deployment: Deployment) -> None:
    deployment.user.slack.refuse_with = "channel_is_archived"
    deployment.user.partner_central.invite()
    for _ in range(14):
        deployment.notifier.tick(after=timedelta(minutes=5), fails=True)
    deployment.user.slack.refuse_with = None


def ringing(deployment: Deployment) -> None:
    deployment.alarm("slack failing", "ALARM")


def no_table(deployment: Deployment) -> None:
    error = aws_json_error("ResourceNotFoundException", "no table", 400)
    deployment.refuse("dynamodb", error, "BatchGetItem", "Query")


def _identity(arn: str, date: datetime | None = None) -> Refuse:
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>x</UserId>"
        "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    headers = (("Date", format_datetime(date, usegmt=True)),) if date else ()
    return Refuse(200, body.encode(), headers)


BROKEN = [
    (expired_credentials, "credentials", "sign in again", "does not work"),
    (another_partition, "credentials", "allowed: aws, the only one", "does not work"),
    (wrong_clock, "clock", "set the clock by the network", "works, but"),
    (no_bootstrap, "bootstrap", "run: make bootstrap", "works, but"),
    (iam_prefix, "listing", "partnercentral-selling: grants nothing", "does not work"),
    (no_details, "details", "allow partnercentral:GetEngagementInvitation", "does not work"),
    (not_linked, "listing", "use the account that is linked", "does not work"),
    (no_catalog, "listing", "name the other catalog", "does not work"),
    (not_deployed, "stack", "run `make deploy`", "does not work"),
    (empty_secret, "secret", "put {", "works, but"),
    (malformed_secret, "secret", "put {", "works, but"),
    (revoked_token, "slack", "reinstall the app", "works, but"),
    (removed_webhook, "slack", "create a new webhook", "works, but"),
    (missing_scope, "scopes", "give the app the scope chat:write", "works, but"),
    (not_invited, "channel", "/invite the bot", "works, but"),
    (archived, "channel", "unarchive it", "works, but"),
    (unconfirmed, "email", "follow the link in the mail", "works, but"),
    (deaf_route, "email", "follow the link in the mail", "works, but"),
    (silent, "last run", "#no-successful-run", "does not work"),
    (overdue, "deliveries", "#deliveries-overdue", "works, but"),
    (ringing, "alarm", "docs/operations.md#slack-failing", "works, but"),
    (no_table, "ledger", "#restoring-the-table", "does not work"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case[0].__name__)
def test_what_is_broken_is_found(
    deployment: Deployment, shell: Shell, case: tuple[Callable[[Deployment], None], str, str, str]
) -> None:
    """The check that fails is the one at fault, with its remedy in one line; the end says so."""
    break_it, name, remedy, verdict = case
    break_it(deployment)
    answer = shell("doctor", *AS_DEPLOYED, "--json")
    assert (answer.code, answer.err) == (1, "")
    faults = [check for check in answer.json["checks"] if check["mark"] == "wrong"]
    assert remedy in next(check["remedy"] for check in faults if check["name"] == name)
    assert all(check["remedy"] and "\n" not in check["remedy"] for check in faults)
    assert answer.json["verdict"].startswith(f"It {verdict}")
    assert f"{name}: " in answer.json["verdict"]


DACH = {"name": "dach", "when": {"country": ["DE"]}, "emails": [READER, "dach@example.com"]}

CONTEXTS = [
    ("catalog=Prod", "configuration", "set it to one of AWS, Sandbox"),
    ("expiring_hours=12", "drift", "run `make deploy`"),
    (f"routes={json.dumps([DACH])}", "drift", "run `make deploy`"),
    ("schedule_minutes=10", "drift", "run `make deploy`"),
    ("slack=false", "drift", "run `make deploy`"),
    ("ops_emails=", "configuration", "add an address"),
]


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(("context", "name", "remedy"), CONTEXTS, ids=[c[0] for c in CONTEXTS])
def test_a_configuration_that_is_not_deployed_is_found(
    shell: Shell, context: str, name: str, remedy: str
) -> None:
    """What is wrong with the configuration, and what was deployed otherwise, is named."""
    answer = shell("doctor", *AS_DEPLOYED, "-c", context, "--json")
    assert answer.code == 1
    faults = [check for check in answer.json["checks"] if check["mark"] == "wrong"]
    assert remedy in next(check["remedy"] for check in faults if check["name"] == name)


def test_the_emails_of_a_route_are_deployed_as_subscriptions(
    shell: Shell, deployment: Deployment
) -> None:
    """The function knows the ids of a route's emails; that is no difference."""
    ids = tuple(map(recipient, DACH["emails"]))
    route = Route(name="dach", when={"country": ("DE",)}, recipients=ids)
    deployment.user.wire.heal_all()
    deployed(deployment.user, routes=(route,))
    answer = shell("doctor", *AS_DEPLOYED, "-c", f"routes={json.dumps([DACH])}")
    assert "✓ drift: deployed as configured" in answer.out
    assert f"✓ email: route dach is heard by {READER}; in Slack, by the channel" in answer.out


@pytest.mark.usefixtures("deployment")
def test_another_region_is_said_to_be_of_no_use(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says, Partner Central is in one region."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    answer = shell("doctor", *AS_DEPLOYED)
    assert "✓ region: us-east-1, not eu-central-1" in answer.out


def test_offline_calls_nobody(
    user: PartnerAccount, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration and the synthesis are checked, with the same settings."""
    asked: list[list[str]] = []

    def synthesis(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", synthesis)
    answer = shell("doctor", "--offline", *AS_DEPLOYED)
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "It works."
    assert asked[0][-1] == f"-cemails={READER}"
    assert not user.wire.calls


def test_a_synthesis_that_fails_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the app says last is what is wrong."""

    def synthesis(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "warning\nAwsSolutions-IAM5 found\n")

    monkeypatch.setattr(subprocess, "run", synthesis)
    answer = shell("doctor", "--offline", *AS_DEPLOYED)
    assert answer.code == 1
    assert "✗ synthesis: AwsSolutions-IAM5 found\n    run `make synth`" in answer.out


def test_no_secret_is_shown(deployment: Deployment, shell: Shell) -> None:
    """Neither the token nor what stands in a malformed secret is printed."""
    said = shell("doctor", *AS_DEPLOYED).out
    deployment.user.aws.put_secret(json.dumps({"bot_token": "hush-hush", "channel": "C1"}))
    said += shell("doctor", *AS_DEPLOYED).out
    assert deployment.user.slack.bot_token not in said
    assert "hush" not in said

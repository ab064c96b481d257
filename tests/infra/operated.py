"""The notifier in operation: ticks, what CloudWatch learns from them, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.account import PartnerAccount
from simulator.runtime import Invocation
from simulator.wire import Drop, Fault, Refuse, aws_json_error, aws_query_error
from tests.deployed import READER, START, Notifier
from tests.infra.cloudwatch import LOOKBACKS, Alarm, Metrics

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)
HOUR = 12
"""Ticks."""

Punctuality = Callable[[int], timedelta]

PUNCTUALITIES: dict[str, Punctuality] = {
    "in the middle of each period": lambda _: TICK / 2,
    # A tick falls anywhere within its minute; here that leaves every other period empty.
    "before and after a period's end": lambda n: timedelta(seconds=270 + 59 * (n % 2)),
}


class Operated:
    """A deployed notifier that ticks, every five minutes unless said otherwise; its metrics."""

    def __init__(
        self,
        account: PartnerAccount,
        notifier: Notifier,
        punctuality: Punctuality,
        *,
        tick: timedelta = TICK,
        late: timedelta = timedelta(0),
    ) -> None:
        self.account = account
        self.notifier = notifier
        self.metrics = Metrics(late=late)
        self._punctuality = punctuality
        self._period = tick
        self._ticks = 0

    @property
    def now(self) -> datetime:
        return self.notifier.now

    def run(self, ticks: int) -> list[Invocation]:
        """Let the schedule tick a number of times."""
        return [self._tick() for _ in range(ticks)]

    def miss(self, ticks: int) -> None:
        """Let a number of ticks pass without any run."""
        self._ticks += ticks

    def event(self) -> Invocation:
        """Run at once, as for an event."""
        return self._invoke({"source": "aws.partnercentral-selling"})

    def ringing(self, alarms: dict[str, Alarm], since: datetime) -> set[str]:
        """Return which alarms rang; fail if that depends on how far back CloudWatch looks."""
        first, *others = (
            {name for name, alarm in alarms.items() if self._rings(alarm, since, lookback)}
            for lookback in LOOKBACKS
        )
        assert all(other == first for other in others)
        return first

    def _rings(self, alarm: Alarm, since: datetime, lookback: int) -> bool:
        end = START + (self._ticks + 1) * self._period
        return alarm.rings(self.metrics, since, end, lookback)

    def _tick(self) -> Invocation:
        at = START + self._ticks * self._period + self._punctuality(self._ticks)
        self.notifier.clock.move_to(at)
        self._ticks += 1
        return self._invoke({})

    def _invoke(self, event: dict[str, str]) -> Invocation:
        started = self.now
        invocation = self.notifier.runtime.invoke(event)
        self.metrics.collect(invocation, started)
        return invocation


Harm = Callable[[PartnerAccount], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What goes wrong, for how many ticks, and which alarms then ring; no others may."""

    harm: Harm
    ticks: int
    rings: frozenset[str]


def invite(account: PartnerAccount) -> None:
    account.partner_central.invite(title="Warehouse move", expires_in=9 * DAY)


def hurt(*faults: Fault) -> Harm:
    """Return a harm that invites, then injects faults into what the run does."""

    def harm(account: PartnerAccount) -> None:
        invite(account)
        for fault in faults:
            account.wire.inject(fault)

    return harm


def denied(service: str, operation: str | None = None) -> Fault:
    if service == "sns":
        refusal = aws_query_error("AuthorizationError", "no", 403)
    else:
        refusal = aws_json_error("AccessDeniedException", "no", 400)
    return Fault(service, refusal, operation=operation, times=None)  # type: ignore[arg-type]


def empty_the_secret(account: PartnerAccount) -> None:
    invite(account)
    account.aws.put_secret(" ")


def spoil_the_table(account: PartnerAccount) -> None:
    invite(account)
    account.aws.overwrite("lease", "slack_retry_at", {"S": "tomorrow"})


def leave_emails_unconfirmed(account: PartnerAccount) -> None:
    invite(account)
    account.aws.unsubscribe(READER)
    account.aws.subscribe_email("later@partner.example", confirmed=False)


ARCHIVED = Fault("slack", Refuse(400, b"channel_is_archived"), times=None)
SILENT = Fault("slack", Drop(before=False), times=None)
THROTTLED = Fault("sns", aws_query_error("Throttled", "no", 429), operation="Publish", times=None)
NOT_LISTED = Fault(
    "partnercentral", aws_json_error("ResourceNotFoundException", "no", 400), times=None
)

NOTHING_LISTED = Fault(
    "partnercentral",
    Refuse(200, b"{}", (("Content-Type", "application/x-amz-json-1.0"),)),
    operation="ListEngagementInvitations",
    skip=1,
    times=None,
)

FAILURES: dict[str, Failure] = {
    "blind": Failure(
        harm=hurt(NOT_LISTED), ticks=6, rings=frozenset({"no successful run", "runs failing"})
    ),
    "not allowed to list": Failure(
        harm=hurt(denied("partnercentral")),
        ticks=6,
        rings=frozenset({"no successful run", "runs failing", "access denied"}),
    ),
    "not allowed to use the ledger": Failure(
        harm=hurt(denied("dynamodb")),
        ticks=6,
        rings=frozenset({"no successful run", "runs failing", "access denied"}),
    ),
    "the listing is empty and should not be": Failure(
        harm=hurt(NOTHING_LISTED), ticks=6, rings=frozenset({"listing incomplete"})
    ),
    "somebody wrote to the table": Failure(
        harm=spoil_the_table, ticks=6, rings=frozenset({"ledger not believed"})
    ),
    "Slack refuses": Failure(harm=hurt(ARCHIVED), ticks=6, rings=frozenset({"slack failing"})),
    "Slack falls silent": Failure(harm=hurt(SILENT), ticks=6, rings=frozenset({"slack failing"})),
    "Slack refuses for over an hour": Failure(
        harm=hurt(ARCHIVED),
        ticks=HOUR + 3,
        rings=frozenset({"slack failing", "deliveries overdue"}),
    ),
    "not allowed to read the secret": Failure(
        harm=hurt(denied("secretsmanager")),
        ticks=6,
        rings=frozenset({"slack failing", "access denied"}),
    ),
    "SNS refuses": Failure(harm=hurt(THROTTLED), ticks=6, rings=frozenset({"email failing"})),
    "not allowed to publish": Failure(
        harm=hurt(denied("sns", "Publish")),
        ticks=6,
        rings=frozenset({"email failing", "access denied"}),
    ),
    "the secret is empty": Failure(
        harm=empty_the_secret,
        ticks=2 * HOUR + 1,
        rings=frozenset({"slack not connected", "deliveries overdue"}),
    ),
    "no email is confirmed": Failure(
        harm=leave_emails_unconfirmed,
        ticks=2 * HOUR + 1,
        rings=frozenset({"email not connected", "deliveries overdue"}),
    ),
}

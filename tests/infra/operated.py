"""The notifier under operation: ticks as the schedule makes them, and what CloudWatch learns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from simulator.account import PartnerAccount
from simulator.runtime import Invocation
from tests.deployed import START, Notifier
from tests.infra.cloudwatch import LOOKBACKS, Alarm, Metrics

TICK = timedelta(minutes=5)

Punctuality = Callable[[int], timedelta]

PUNCTUALITIES: dict[str, Punctuality] = {
    "in the middle of each period": lambda _: TICK / 2,
    # Scheduler calls anywhere within the minute; here that leaves every other period empty.
    "before and after a period's end": lambda n: timedelta(seconds=270 + 59 * (n % 2)),
}


class Operated:
    """A deployed notifier, ticking every five minutes, and its metrics."""

    def __init__(
        self, account: PartnerAccount, notifier: Notifier, punctuality: Punctuality
    ) -> None:
        self.account = account
        self.notifier = notifier
        self.metrics = Metrics()
        self._punctuality = punctuality
        self._ticks = 0

    @property
    def now(self) -> datetime:
        return self.notifier.now

    def run(self, ticks: int) -> list[Invocation]:
        """Let the schedule call so often."""
        return [self._tick() for _ in range(ticks)]

    def miss(self, ticks: int) -> None:
        """Let so many ticks pass on which nothing runs at all."""
        self._ticks += ticks

    def poke(self) -> Invocation:
        """Run at once, as an event makes it."""
        invocation = self.notifier.runtime.invoke({"source": "aws.partnercentral-selling"})
        self.metrics.take(invocation)
        return invocation

    def ringing(self, alarms: dict[str, Alarm], since: datetime) -> set[str]:
        """Return which alarms rang, whatever CloudWatch looks back on; fail if that decides."""
        first, *others = (
            {name for name, alarm in alarms.items() if self._rings(alarm, since, lookback)}
            for lookback in LOOKBACKS
        )
        assert all(other == first for other in others)
        return first

    def _rings(self, alarm: Alarm, since: datetime, lookback: int) -> bool:
        end = START + self._ticks * TICK + TICK
        return alarm.rings(self.metrics, since, end, lookback)

    def _tick(self) -> Invocation:
        self.notifier.clock.move_to(START + self._ticks * TICK + self._punctuality(self._ticks))
        self._ticks += 1
        invocation = self.notifier.runtime.invoke({})
        self.metrics.take(invocation)
        return invocation

"""The notifier as deployed in the box: what the tests let tick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from simulator.account import READER, PartnerAccount
from simulator.runtime import Invocation, LambdaRuntime
from simulator.slack import Post
from simulator.sns_rules import Published

__all__ = ["QUIET", "READER", "START", "Notifier"]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

QUIET = {"Heartbeat", "Pending", "NextExpirySeconds"}
"""The metrics of a run with invitations pending and nothing to tell."""


class Notifier:
    """The deployed function and the clock around it: `tick` is what the schedule does."""

    def __init__(self, account: PartnerAccount, clock: time_machine.Traveller) -> None:
        self._account = account
        self.clock = clock
        self._mails = self._posts = 0
        self.runtime = LambdaRuntime({})
        self.configure()

    def configure(self, *, timeout: float = 120.0, paced: bool = False, **settings: Any) -> None:
        """Deploy with these settings; the next tick is a cold start.

        Unless `paced`, nobody waits for quotas.
        """
        environment = self._account.environment(**settings)
        self.runtime = LambdaRuntime(environment, timeout=timeout, paced=paced)

    def lose_patience_with_slack(self) -> None:
        """Wait for Slack's answers for a moment, where a test knows that none will come."""
        slack: Any = self.runtime.module("notifier.adapters.slack.channel")
        slack.TIMEOUT = 0.2

    def list_by(self, size: int) -> None:
        """Ask for so many invitations a page, where a test wants pages and not their size."""
        adapter: Any = self.runtime.module("notifier.adapters.partner_central")
        adapter.PAGE_SIZE = size

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def pass_time(self, span: timedelta) -> None:
        self.clock.shift(span)

    def tick(self, *, after: timedelta = timedelta(0), fails: bool = False) -> Invocation:
        """Let time pass, run once, and check that it ended as expected."""
        self.clock.shift(after)
        invocation = self.runtime.invoke({})
        assert (invocation.error is not None) is fails, invocation.output
        return invocation

    @property
    def mails(self) -> list[Published]:
        """Return what the reader's inbox got since `forget`."""
        return self._account.aws.inbox(READER)[self._mails :]

    @property
    def posts(self) -> list[Post]:
        """Return what Slack accepted since `forget`."""
        return self._account.slack.posts[self._posts :]

    def forget(self) -> None:
        """Count messages and calls from here on."""
        self._mails = len(self._account.aws.inbox(READER))
        self._posts = len(self._account.slack.posts)
        self._account.wire.clear()

    def told(self) -> dict[str, int]:
        """Return how many messages each channel has got."""
        return {"mails": len(self.mails), "posts": len(self.posts)}

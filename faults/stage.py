"""One box, one function, one clock: where cases are played, one after the other."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

import time_machine

from simulator.account import PartnerAccount

from .function import Function, Outcome
from .heard import Heard, from_slack, from_sns

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(minutes=5)
READER = "sales@partner.example"

Way = Literal["webhook", "bot"]
WAYS: tuple[Way, ...] = ("webhook", "bot")


class StageError(Exception):
    """What should have gone well before anything was hurt did not."""


class Stage:
    """A deployed function and everything that it talks to."""

    def __init__(self, account: PartnerAccount, *, sabotage: str | None = None) -> None:
        self.account = account
        self.function = Function(account.environment(), sabotage=sabotage)
        self._open = ExitStack()
        self._open.enter_context(self.function)
        self._clock: Any = self._open.enter_context(time_machine.travel(START, tick=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def reset(self, way: Way) -> None:
        """Make everything as new, with one confirmed reader and Slack's secret filled."""
        self._clock.move_to(START)
        account = self.account
        account.reset()
        account.slack.rate = account.partner_central.quota = None
        account.aws.subscribe_email(READER)
        bot = {"bot_token": account.slack.bot_token, "channel": account.slack.channel}
        webhook = {"webhook_url": account.slack.webhook_url}
        account.aws.put_secret(bot if way == "bot" else webhook)

    def pass_time(self, span: timedelta) -> None:
        self._clock.shift(span)

    def run(self, patience: dict[str, float] | None = None) -> Outcome:
        return self.function.run(patience)

    def run_well(self) -> None:
        """Run, and raise StageError unless it ends well."""
        outcome = self.run()
        if outcome.error or not outcome.summary.get("complete"):
            raise StageError(f"a run that nothing hurt ended so: {outcome}")

    def heard(self) -> list[Heard]:
        """Return every message that was accepted, channel by channel."""
        published = [from_sns(message) for message in self.account.aws.published]
        return published + [from_slack(post) for post in self.account.slack.posts]

    def invite(self, number: int = 0, *, expires_in: timedelta, rest: str = "") -> str:
        """Send an invitation that is recognised by its number; return its id."""
        return self.account.partner_central.invite(
            title=f"Case-{number:02d} {rest}".strip(), expires_in=expires_in
        )

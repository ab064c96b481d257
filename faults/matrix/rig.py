"""One box, one function, one clock: where cases are played, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Literal, Self

import time_machine

from faults.messages import CHANNELS, Message, read, tag
from faults.start import READER, START
from simulator.account import PartnerAccount

from .function import Function, Outcome

TICK = timedelta(minutes=5)

Way = Literal["webhook", "bot"]
WAYS: tuple[Way, ...] = ("webhook", "bot")


class RigError(Exception):
    """Something failed before any fault was injected."""


class Rig:
    """A deployed function and everything that it talks to."""

    def __init__(self, account: PartnerAccount, *, sabotage: str | None = None) -> None:
        self.account = account
        self.function = Function(account.environment(), sabotage=sabotage)
        self.environment: Mapping[str, str] = {}
        self._open = ExitStack()
        self._open.enter_context(self.function)
        self._clock: Any = self._open.enter_context(time_machine.travel(START, tick=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def reset(self, way: Way, settings: Mapping[str, Any]) -> None:
        """Make everything as new, with one confirmed subscriber and Slack's secret filled."""
        self._clock.move_to(START)
        account = self.account
        account.reset()
        account.slack.rate = account.partner_central.quota = None
        account.aws.subscribe_email(READER)
        self.environment = account.environment(**settings)
        bot = {"bot_token": account.slack.bot_token, "channel": account.slack.channel}
        own = self._open_places(settings)
        webhook = {"webhook_url": account.slack.webhook_url} | ({"routes": own} if own else {})
        account.aws.put_secret(bot if way == "bot" else webhook)

    def _open_places(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Open every place in Slack that the settings name; return the routes' webhooks."""
        slack = self.account.slack
        for person in settings.get("escalate_to", ()):
            slack.open(person)
        return {
            route.name: slack.webhook_of(slack.open(route.slack_channel))
            for route in settings.get("routes", ())
        }

    def pass_time(self, span: timedelta) -> None:
        self._clock.shift(span)

    def run(self, patience: dict[str, float] | None = None) -> Outcome:
        return self.function.run(self.environment, patience)

    def run_well(self) -> None:
        """Run, and raise RigError unless it ends well."""
        outcome = self.run()
        if outcome.error or not outcome.summary.get("complete"):
            raise RigError(f"a run without a fault ended so: {outcome}")

    def received(self) -> list[Message]:
        """Return every message that was accepted, channel by channel."""
        messages = read(self.account.aws.published, self.account.slack.posts)
        return [message for channel in CHANNELS for message in messages[channel]]

    def invite(self, number: int = 0, *, expires_in: timedelta, **given: Any) -> str:
        """Send an invitation that is recognised by its number; return its id."""
        return self.account.partner_central.invite(
            title=tag(number), expires_in=expires_in, **given
        )

"""A scenario over the wire: one box, one function, one clock, for one case after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import time_machine

from notifier.adapters.ledger.items import record_of, state_of
from notifier.core.hours import DAYS
from proof.world.channels import HOME
from proof.world.world import START, policy_of
from simulator.account import READER, PartnerAccount
from simulator.wire import Call

from .calls import PLAIN, THREAD_GONE, effects_of, kind_of
from .failures import OfKind, of_kind, refusal
from .function import Function, Outcome
from .lines import Seen
from .reading import heard_in, shown_in
from .scenarios import LEADS, SCENARIOS, Scenario, name_of

PICKY = {
    "publish": "InvalidParameter",
    **dict.fromkeys(("webhook", "post", "reply", "update"), "invalid_blocks"),
}
"""How a message in its full form is refused, by the kind of its call."""


class Rig:
    """A deployed function and everything that it talks to."""

    def __init__(self, account: PartnerAccount, *, sabotage: str | None = None) -> None:
        self.account = account
        self.function = Function(account.environment(), sabotage=sabotage)
        self._open = ExitStack()
        self._open.enter_context(self.function)
        self.clock: Any = self._open.enter_context(time_machine.travel(START, tick=False))
        stage = WireStage(self, SCENARIOS["first"])
        SCENARIOS["first"].prepare(stage)
        self.function.rehearse(stage.environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


class WireStage:
    """A rig on which one scenario is played, with these faults in the run in question.

    That run waits for so many seconds for a service in `patience`; `calls` are those it made.
    """

    def __init__(
        self,
        rig: Rig,
        scenario: Scenario,
        faults: Iterable[OfKind] = (),
        patience: Mapping[str, float] | None = None,
    ) -> None:
        self._rig, self._account, self._scenario = rig, rig.account, scenario
        self._faults, self._patience = tuple(faults), patience or {}
        self._refusals = dict(PICKY) if scenario.picky else {}
        self._is_struck = False
        self.calls: list[Call] = []
        self.lines: list[str] = []
        rig.clock.move_to(START)
        self._policy = policy_of(scenario.deployed)
        self.environment = self._deployed()

    def _deployed(self) -> dict[str, str]:
        """Make everything as new, with one confirmed reader; return the function's environment."""
        account = self._account
        account.reset()
        account.slack.rate = account.partner_central.quota = None
        account.aws.subscribe_email(READER)
        account.slack.open(LEADS)
        webhook = account.slack.webhook_of(account.slack.open(HOME))
        bot = {"bot_token": account.slack.bot_token, "channel": HOME}
        is_bot = self._scenario.way == "bot"
        account.aws.put_secret(bot if is_bot else {"webhook_url": webhook})
        deployed, policy = self._scenario.deployed, self._policy
        return account.environment(
            routes=policy.routes,
            digest_above=policy.digest_above,
            digest_days=DAYS if deployed.digest_at else (),
            digest_at=f"{deployed.digest_at or START:%H:%M}",
        )

    def play(self) -> list[str]:
        """Return what is to be seen run by run."""
        self._scenario.play(self)
        errors = [f"the simulator failed: {error!r}" for error in self._account.wire.errors]
        self._account.wire.errors.clear()
        return self.lines + errors

    @property
    def kinds(self) -> list[str]:
        """Return of which kinds the calls of the run in question were."""
        return [kind_of(call.operation, call.body) for call in self.calls]

    @property
    def hits(self) -> int:
        """Return how many attempts failed as they should."""
        return self._account.wire.hits(self._faults[-1])

    def struck(self, kind: str) -> int:
        """Return which effect of the run it was whose call failed."""
        return len(effects_of(self.calls[: self.kinds.index(kind) + 1])) - 1

    def invite(self, number: int, *, expires_in: timedelta, is_lead: bool = False) -> None:
        id_ = name_of(number)
        kind = "LeadInvitation" if is_lead else "OpportunityInvitation"
        self._account.partner_central.invite(kind=kind, title=id_, expires_in=expires_in, Id=id_)

    def accept(self, number: int) -> None:
        self._account.partner_central.accept(name_of(number))

    def move(self, number: int, *, by: timedelta) -> None:
        self._account.partner_central.move_expiry(name_of(number), by)

    def delete_cards(self) -> None:
        """Delete them, and let Slack refuse what is to stand under them."""
        for post in self._account.slack.shown():
            self._account.slack.delete(post.ts)
        self._refusals |= dict.fromkeys(("reply", f"reply{PLAIN}"), THREAD_GONE)

    def wait(self, span: timedelta) -> None:
        self._rig.clock.shift(span)

    def begin(self) -> None:
        wire, self._is_struck = self._account.wire, True
        for fault in self._faults:  # Of several that fit a call, the first one hits.
            wire.inject(fault)
        for kind, word in self._refusals.items():
            no = refusal(kind, word)
            wire.inject(of_kind(kind, no, times=None, containing=b"engi-"))

    def heal(self) -> None:
        self._is_struck = False
        for fault in self._faults:
            self._account.wire.heal(fault)

    def run(self) -> None:
        aws, slack, wire = self._account.aws, self._account.slack, self._account.wire
        wire.clear()
        published, posts = len(aws.published), len(slack.posts)
        patience = self._patience if self._is_struck else {}
        outcome = self._rig.function.run(self.environment, patience)
        if self._is_struck:
            self.calls = wire.calls.copy()
        items = {item["sk"]["S"]: item for item in aws.items()}
        lease = items.pop("lease", {})
        self.lines += Seen(
            now=datetime.now(UTC),
            ended=_ended(outcome),
            errors=outcome.summary.get("errors", ()),
            effects=effects_of(wire.calls),
            heard=heard_in(aws.published[published:], slack.posts[posts:]),
            shown=shown_in(slack),
            records={key: record_of(item) for key, item in items.items()},
            state=state_of(lease, self._policy.channels(slack=True)),
            leased="lease_owner" in lease,
            stamps=[post.ts for post in slack.posts],
        ).lines()


def _ended(outcome: Outcome) -> str:
    if outcome.killed:
        return "killed"
    if outcome.error is not None and outcome.error[0] != "RunFailed":
        return f"raised {outcome.error[0]}: {outcome.error[1]}"
    summary = outcome.summary
    return next((word for word in ("held", "complete") if summary[word]), "not complete")

"""How a call can fail on the wire, and what that has to be in the ports' terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from proof.world.effects import Fault, How
from simulator.injection import Action, Do, Drop, Hang, Service
from simulator.injection import Fault as WireFault
from simulator.slack_http import refused
from simulator.wire import Refuse, aws_json_error, aws_query_error

from .calls import PLAIN, effect_of, kind_of, service_of

ATTEMPTS = {"partnercentral": 3, "dynamodb": 3, "secretsmanager": 2}
"""How often the SDK makes a call that fails; any other is made once."""

HANGS = frozenset({"list", "told", "secret", "publish", "webhook", "post"})
"""One kind of call for each library and service that is waited for: each wait costs real time."""

KILLED = (Fault(How.KILLED_BEFORE), Fault(How.KILLED_AFTER))
LATER, SENDER, MESSAGE = (Fault(How.REFUSED, word) for word in ("later", "sender", "message"))
PLACE, GONE = Fault(How.REFUSED, "place"), Fault(How.REFUSED, "gone")
VANISHED, LOST, WRONG = Fault(How.VANISHED), Fault(How.LOST), Fault(How.WRONG)

What = Literal["killed", "refused", "answer lost", "hangs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way for a call to fail: before or `after` it took effect, at so many attempts.

    `means` is what fails in memory then; None if the next attempt succeeds.
    """

    what: What
    name: str
    means: Fault | None
    after: bool = False
    times: int = 1
    refusal: Refuse | None = None

    def faults(self, kind: str, kill: Callable[[], None], patience: float) -> list[OfKind]:
        """Return the faults to inject; a killed run's call is dropped, so that all is as real."""
        lost = Drop(before=not self.after)
        actions: dict[What, list[Action]] = {
            "killed": [Do(kill, before=not self.after), lost],
            "refused": [self.refusal or Refuse(500)],
            "answer lost": [lost],
            "hangs": [Hang(2 * patience, before=not self.after)],
        }
        return [of_kind(kind, action, times=self.times) for action in actions[self.what]]


@dataclass(frozen=True, slots=True, eq=False)
class OfKind(WireFault):
    """A fault that hits calls of one kind."""

    kind: str = ""

    def matches(self, service: str, operation: str, body: bytes) -> bool:
        is_fit = self.service == service and self.containing in body
        return is_fit and kind_of(operation, body) == self.kind


def of_kind(kind: str, action: Action, **given: Any) -> OfKind:
    return OfKind(cast("Service", service_of(kind)), action, kind=kind, **given)


def failures_of(kind: str) -> Iterator[Failure]:
    """Yield every way in which a call of a kind may fail."""
    attempts = ATTEMPTS.get(service_of(kind), 1)
    silences: tuple[What, ...] = ("answer lost", "hangs") if kind in HANGS else ("answer lost",)
    for after, when in ((False, "before"), (True, "after")):
        yield Failure(what="killed", name=f"killed {when}", means=KILLED[after], after=after)
        for what in silences:
            means = _silence(effect_of(kind), after=after)
            one = Failure(what=what, name=f"{what} {when}", means=means, after=after)
            lost = after and effect_of(kind) == "ledger.release"
            yield from _attempted(one, attempts, WRONG if lost else None)
    for name, means in _refusals(kind).items():
        no = Failure(what="refused", name=name, means=means, refusal=refusal(kind, name))
        yield from _attempted(no, _ATTEMPTS.get(name, attempts))


def _attempted(one: Failure, attempts: int, once: Fault | None = None) -> Iterator[Failure]:
    """Yield a failure that the next attempt overcomes, if there is one, and one of all attempts.

    `once` is what is left of it then.
    """
    if attempts == 1:
        yield one
    else:
        yield replace(one, means=once)
        yield replace(one, name=f"{one.name}, {attempts} times", times=attempts)


def _silence(effect: str, *, after: bool) -> Fault:
    """Return what no answer means; a question that nobody answers has simply failed."""
    if effect in ("sns.publish", "slack.post", "slack.update"):
        return LOST if after else VANISHED
    is_write = effect.startswith("ledger.") and effect != "ledger.read"
    return LOST if is_write and after else LATER


def _refusals(kind: str) -> Mapping[str, Fault]:
    """Return a word of each class, and what it means; what words there are, contract tests say."""
    words = _REFUSALS.get(effect_of(kind)) or _REFUSALS[service_of(kind)]
    conflict = {"TransactionCanceledException": LATER} if effect_of(kind) == "ledger.write" else {}
    return {**words, **conflict}


def refusal(kind: str, name: str) -> Refuse:
    """Return how the service of a kind of call says no in one of its words."""
    service = service_of(kind)
    if service == "slack":
        answer = refused(name, is_api=kind.removesuffix(PLAIN) != "webhook")
        return Refuse(answer.status, answer.body, answer.headers)
    other = {"AuthorizationError": 403, "Throttled": 429}.get(name, 400)
    status = 500 if name.startswith("Internal") else other
    if service == "sns":
        return aws_query_error(name, "simulated", status)
    conflict = [{"Code": "TransactionConflict", "Message": "simulated"}]
    more = {"CancellationReasons": conflict} if name == "TransactionCanceledException" else {}
    return aws_json_error(name, "simulated", status, **more)


_ATTEMPTS = {"AccessDeniedException": 1, "TransactionCanceledException": 2}
"""The SDK tries neither again; the second one the ledger does."""

_DENIED = {"AccessDeniedException": LATER}
_SLACK = {
    "ratelimited": LATER,
    "internal_error": VANISHED,
    "token_revoked": SENDER,
    "invalid_blocks": MESSAGE,
}
_REFUSALS: Mapping[str, Mapping[str, Fault]] = {
    "partnercentral": {
        "ThrottlingException": LATER,
        "InternalServerException": LATER,
        **_DENIED,
    },
    "dynamodb": {
        "ProvisionedThroughputExceededException": LATER,
        "InternalServerError": LATER,
        **_DENIED,
    },
    "secretsmanager": {"InternalServiceError": LATER, **_DENIED},
    "sns": {"Throttled": LATER, "AuthorizationError": LATER},
    "sns.publish": {
        "Throttled": LATER,
        "InternalError": VANISHED,
        "AuthorizationError": SENDER,
        "InvalidParameter": MESSAGE,
    },
    "slack.update": {**_SLACK, "message_not_found": GONE},
    "slack.post": {**_SLACK, "channel_not_found": PLACE},
}

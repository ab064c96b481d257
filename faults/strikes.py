"""What can happen to one call: death, a refusal, an answer lost, and silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, cast

from simulator.faults import Action
from simulator.slack_http import refused
from simulator.wire import Do, Drop, Fault, Hang, Refuse, Service, aws_json_error, aws_query_error

from .stage import Way

PATIENCE = 0.3
"""Seconds that a run waits for a service that hangs; short, because nothing else happens."""

MORE_PATIENCE = 5.0
"""The same where the machine was so busy that other calls seemed to hang too."""

Kind = Literal["kill", "refuse", "lose", "hang"]

RETRIED = frozenset({"partnercentral", "dynamodb", "secretsmanager"})
"""Where the SDK tries again within the run."""

_INVALID = frozenset({"InvalidParameter", "invalid_blocks"})
"""Refusals after which the notifier itself tries once more, in plain form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One way of hurting a call: before or `after` it took effect, once or `lasting` for the run.

    `overcome` means that the next attempt makes it good, the SDK's or the ledger's own.
    """

    kind: Kind
    name: str
    after: bool = False
    lasting: bool = False
    overcome: bool = False
    refusal: Refuse | None = None

    def faults(
        self, service: str, operation: str, skip: int, kill: Callable[[], None], patience: float
    ) -> list[Fault]:
        """Return the faults to inject; a killed run's call is dropped, so that all is as real."""
        times = None if self.lasting else 1
        lost = Drop(before=not self.after)
        actions: dict[Kind, list[Action]] = {
            "kill": [Do(kill, before=not self.after), lost],
            "lose": [lost],
            "hang": [Hang(2 * patience, before=not self.after)],
            "refuse": [self.refusal or Refuse(500)],
        }
        return [
            Fault(cast("Service", service), action, operation, skip=skip, times=times)
            for action in actions[self.kind]
        ]


def strikes(service: str, operation: str, way: Way) -> list[Strike]:
    """Return everything that may happen to a call of this operation."""
    once = [
        Strike(
            kind=kind,
            name=f"{word}, {'after' if after else 'before'}",
            after=after,
            overcome=kind != "kill" and service in RETRIED,
        )
        for kind, word in _WORDS.items()
        for after in (False, True)
    ]
    once += _refusals(service, operation, way)
    return once + list(chain.from_iterable(_lasting(one, service) for one in once))


def _lasting(one: Strike, service: str) -> Iterator[Strike]:
    """Yield the same for all attempts of the run, where there can be more than one."""
    unsure = service == "slack" and one.after and one.kind != "kill"
    if one.overcome or one.name in _INVALID or unsure:
        yield Strike(
            kind=one.kind,
            name=f"{one.name}, lasting",
            after=one.after,
            lasting=True,
            refusal=one.refusal,
        )


def _refusals(service: str, operation: str, way: Way) -> Iterator[Strike]:
    if service == "slack":
        for name in (*_SLACK, "token_revoked" if way == "bot" else "no_service"):
            answer = refused(name, is_api=way == "bot")
            yield _refusal(name, Refuse(answer.status, answer.body, answer.headers))
        return
    if service == "sns":
        for name, status in _SNS.items():
            yield _refusal(name, aws_query_error(name, "simulated", status))
        return
    for name, (status, overcome) in _JSON[service].items():
        yield _refusal(name, aws_json_error(name, "simulated", status), overcome=overcome)
    if operation == "TransactWriteItems":
        reasons = [{"Code": "TransactionConflict", "Message": "simulated"}]
        name = "TransactionCanceledException"
        conflict = aws_json_error(name, "simulated", CancellationReasons=reasons)
        yield _refusal(name, conflict, overcome=True)


def _refusal(name: str, refusal: Refuse, *, overcome: bool = False) -> Strike:
    return Strike(kind="refuse", name=name, refusal=refusal, overcome=overcome)


_WORDS: dict[Kind, str] = {"kill": "killed", "lose": "answer lost", "hang": "hangs"}

_SLACK = (
    "ratelimited",
    "service_unavailable",
    "internal_error",
    "invalid_blocks",
    "channel_is_archived",
)
_SNS = {
    "Throttled": 429,
    "InternalError": 500,
    "AuthorizationError": 403,
    "NotFound": 404,
    "InvalidParameter": 400,
}
_JSON: dict[str, dict[str, tuple[int, bool]]] = {
    "partnercentral": {
        "ThrottlingException": (400, True),
        "InternalServerException": (500, True),
        "AccessDeniedException": (400, False),
        "ValidationException": (400, False),
        "ResourceNotFoundException": (400, False),
    },
    "dynamodb": {
        "ProvisionedThroughputExceededException": (400, True),
        "ThrottlingException": (400, True),
        "InternalServerError": (500, True),
        "AccessDeniedException": (400, False),
        "ValidationException": (400, False),
    },
    "secretsmanager": {
        "InternalServiceError": (500, True),
        "AccessDeniedException": (400, False),
        "DecryptionFailure": (400, False),
    },
}
"""Status and whether the SDK tries again: botocore's standard retry mode."""

"""How one call can fail: the process is killed, it is refused, its answer is lost, it hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, cast

from simulator.injection import Action
from simulator.slack_http import refused
from simulator.wire import Do, Drop, Fault, Hang, Refuse, Service, aws_json_error, aws_query_error

from .rig import Way

PATIENCE = 0.3
"""Seconds that a run waits for a service that hangs; short, as nothing else is slow here."""

MORE_PATIENCE = 5.0
"""The same if the machine is so busy that other calls seem to hang too."""

Kind = Literal["kill", "refuse", "lose", "hang"]

RETRIED = frozenset({"partnercentral", "dynamodb", "secretsmanager"})
"""Services whose calls the SDK retries within the run."""

_INVALID = frozenset({"InvalidParameter", "invalid_blocks"})
"""Refusals after which the notifier itself tries once more, in plain form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way for a call to fail: before or `after` it took effect, once or `lasting` for the run.

    `overcome` means that the next attempt, by the SDK or the ledger itself, succeeds.
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


def failures_of(service: str, operation: str, way: Way) -> list[Failure]:
    """Return every way in which a call of this operation may fail."""
    once = [
        Failure(
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


def _lasting(one: Failure, service: str) -> Iterator[Failure]:
    """Yield the same failure for every attempt of the run, where there can be more than one."""
    unsure = service == "slack" and one.after and one.kind != "kill"
    if one.overcome or one.name in _INVALID or unsure:
        yield Failure(
            kind=one.kind,
            name=f"{one.name}, lasting",
            after=one.after,
            lasting=True,
            refusal=one.refusal,
        )


def _refusals(service: str, operation: str, way: Way) -> Iterator[Failure]:
    if service == "slack":
        names = (*_SLACK, "token_revoked" if way == "bot" else "no_service")
        for name in _UPDATE if operation == "chat.update" else names:
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


def _refusal(name: str, refusal: Refuse, *, overcome: bool = False) -> Failure:
    return Failure(kind="refuse", name=name, refusal=refusal, overcome=overcome)


_WORDS: dict[Kind, str] = {"kill": "killed", "lose": "answer lost", "hang": "hangs"}

PLACE_REFUSED = "channel_not_found"
"""What is wrong with one place in Slack, and only a person can mend."""

_SLACK = (
    "ratelimited",
    "service_unavailable",
    "internal_error",
    "invalid_blocks",
    "channel_is_archived",
    PLACE_REFUSED,
)
GONE = frozenset(
    {
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "not_in_channel",
    }
)
"""Why a card can be updated by nobody, in Slack's words."""

REFUSED_TWICE = "invalid_blocks, lasting"
"""The name of a refusal in both forms."""

_UPDATE = (
    *sorted(GONE),
    "ratelimited",
    "service_unavailable",
    "internal_error",
    "invalid_blocks",
    "token_revoked",
    "missing_scope",
)
"""https://docs.slack.dev/reference/methods/chat.update#errors"""

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

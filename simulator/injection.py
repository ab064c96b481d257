"""What can be injected into a call on its way: a refusal, a lost answer, silence, a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .answers import Refuse

Service = Literal[
    "partnercentral",
    "dynamodb",
    "sns",
    "secretsmanager",
    "sts",
    "ssm",
    "slack",
    "lambda",
    "cloudformation",
    "kms",
]


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without an answer; the call takes effect unless `before` it."""

    before: bool = True


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer for `seconds` of real time, then the connection is closed."""

    seconds: float
    before: bool = True


@dataclass(frozen=True, slots=True)
class Do:
    """`callback` runs just before the call takes effect, or after it and before the answer."""

    callback: Callable[[], object]
    before: bool = False


Action = Refuse | Drop | Hang | Do


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """What goes wrong with which calls.

    It hits calls to `service`, of `operation` if given, whose body holds `containing`: not
    the first `skip` of them, and then `times` calls, or every one if `times` is None. Of several
    faults that fit a call the first injected one hits; a `Do` runs beside the others.
    """

    service: Service
    action: Action
    operation: str | None = None
    containing: bytes = b""
    skip: int = 0
    times: int | None = 1

    def matches(self, service: str, operation: str, body: bytes) -> bool:
        return (
            self.service == service
            and self.operation in (None, operation)
            and self.containing in body
        )

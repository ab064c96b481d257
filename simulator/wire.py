"""The wire between the notifier and the world: every call is logged, and any can be made to fail.

wire.inject(Fault("dynamodb", aws_json_error("InternalServerError", "…", 500), times=2))
wire.inject(Fault("sns", Drop(before=False), operation="Publish"))  # sent, the answer is lost
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .answers import Answer, Refuse, Request, ServiceError, aws_json_error, aws_query_error
from .injection import Action, Do, Drop, Fault, Hang, Service

__all__ = [
    "Call",
    "Do",
    "Drop",
    "DroppedError",
    "Fault",
    "Hang",
    "Refuse",
    "Service",
    "Wire",
    "aws_json_error",
    "aws_query_error",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the service saw it.

    `operation` is the API's name ("UpdateItem", "chat.postMessage") or "webhook". `at` is the
    simulated time of arrival. `status` is 0 if the answer never left; `answer` is then what was
    lost, and empty if the call took no effect. `path` tells one webhook from another.
    """

    service: str
    operation: str
    at: datetime
    body: bytes = field(repr=False)
    status: int
    answer: bytes = field(repr=False)
    path: str = field(repr=False, default="")


class DroppedError(ConnectionError):
    """The connection is to be closed without an answer."""


class Wire:
    """Carries calls to services, and keeps their log. Thread-safe.

    `latency` is what every call to a service takes longer, in real seconds. `errors` holds what
    the services or callbacks raised, which is never meant to happen (`raise_errors`).
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.errors: list[Exception] = []
        self.latency: dict[str, float] = {}
        self._lock = threading.Lock()
        self._seen: dict[Fault, int] = {}
        self._hits: Counter[Fault] = Counter()
        self._closed = threading.Event()

    def inject(self, fault: Fault) -> Fault:
        """Make calls fail from now on; return the fault, for `heal` and `hits`."""
        with self._lock:
            self._seen[fault] = self._hits[fault] = 0
        return fault

    def heal(self, fault: Fault) -> None:
        with self._lock:
            self._seen.pop(fault, None)

    def heal_all(self) -> None:
        with self._lock:
            self._seen.clear()

    def hits(self, fault: Fault) -> int:
        """Return how many calls the fault has hit."""
        return self._hits[fault]

    def count(self) -> Counter[tuple[str, str]]:
        """Return how many calls there were of each (service, operation)."""
        with self._lock:
            return Counter((call.service, call.operation) for call in self.calls)

    def clear(self) -> None:
        """Forget the calls logged so far."""
        with self._lock:
            self.calls.clear()

    def reset(self) -> None:
        """Forget calls, faults and latency; raise what went wrong inside, if anything did."""
        self.heal_all()
        self.latency.clear()
        self.clear()
        self.raise_errors()

    def close(self) -> None:
        """End every wait at once."""
        self._closed.set()

    def raise_errors(self) -> None:
        errors = self.errors.copy()
        self.errors.clear()
        if errors:
            raise ExceptionGroup("the simulator itself failed", errors)

    def carry(
        self, request: Request, service: str, operation: str, effect: Callable[[], Answer]
    ) -> Answer:
        """Return the answer of `effect`, or what a fault makes of it.

        Raise DroppedError if the connection is to be closed without one.
        """
        at = datetime.now(UTC)
        self._closed.wait(self.latency.get(service, 0.0))
        observers, action = self._due(service, operation, request.body)
        _run(observers, before=True)
        answer = _answer(action, effect)
        lost = isinstance(action, Drop | Hang)
        status = 0 if lost else answer.status
        self._log(Call(service, operation, at, request.body, status, answer.body, request.path))
        _run(observers, before=False)
        if lost:
            self._closed.wait(action.seconds if isinstance(action, Hang) else 0)
            raise DroppedError
        return answer

    def _log(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def _due(self, service: str, operation: str, body: bytes) -> tuple[list[Do], Action | None]:
        with self._lock:
            ripe = [f for f in list(self._seen) if f.matches(service, operation, body)]
            ripe = [fault for fault in ripe if self._is_ripe(fault)]
            observers = [fault for fault in ripe if isinstance(fault.action, Do)]
            others = [fault for fault in ripe if not isinstance(fault.action, Do)][:1]
            self._hits.update(observers + others)
        actions = [fault.action for fault in observers if isinstance(fault.action, Do)]
        return actions, others[0].action if others else None

    def _is_ripe(self, fault: Fault) -> bool:
        self._seen[fault] += 1
        is_spent = fault.times is not None and self._hits[fault] >= fault.times
        return self._seen[fault] > fault.skip and not is_spent


def _run(observers: list[Do], *, before: bool) -> None:
    for observer in observers:
        if observer.before is before:
            observer.callback()


def _answer(action: Action | None, effect: Callable[[], Answer]) -> Answer:
    match action:
        case Refuse():
            return action
        case Drop(before=True) | Hang(before=True):
            return Answer(0)
        case _:
            return _of(effect)


def _of(effect: Callable[[], Answer]) -> Answer:
    try:
        return effect()
    except ServiceError as error:
        return error.refusal

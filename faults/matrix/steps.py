"""The calls of a run without faults, and what each of them means for what is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faults.messages import place_of
from simulator.wire import Call

from .failures import Failure

OF_CHANNEL = {"sns": "sns", "slack": "slack", "secretsmanager": "slack"}
"""The services that only one channel needs."""

_TELLS = {"told_sns": "sns", "told_slack": "slack", "told_escalation": "slack"}
_KEPT = {
    "sns": re.compile(rb'"sns_contacted_at"'),
    "slack": re.compile(rb'"(slack|escalation)[.a-z]*_contacted_at"'),
}
"""What names the channel that a write to the ledger is about; all of Slack's places are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of the run: the `nth` (from 0) of its operation.

    `posts` is the channel it sends a message to, `place` where in Slack, and `accepted` whether it
    was taken; `records` is the channel of which it records what was sent, `keeps` that whose state
    it writes. An update of a card sends no message.
    """

    service: str
    operation: str
    nth: int
    posts: str | None
    accepted: bool
    records: str | None
    place: str | None = None
    keeps: str | None = None

    @property
    def updates(self) -> bool:
        return self.operation == "chat.update"

    def __str__(self) -> str:
        return f"{self.service} {self.operation} {self.nth + 1}"


Told = tuple[str, str, str]
"""What a record says of telling: the invitation's id, the attribute, and its value."""


def told_in(items: Iterable[Mapping[str, Any]]) -> set[Told]:
    """Return what the ledger's items say of telling."""
    return {
        (item["sk"]["S"].partition("#")[2], name, item[name]["S"])
        for item in items
        for name in item.keys() & _TELLS.keys()
    }


def steps_of(calls: Iterable[Call], told: set[Told], *, keeps: bool) -> list[Step]:
    """Return a run's steps; one that `keeps` records what it told with the channel's state.

    `told` is what the ledger said before.
    """
    seen: Counter[tuple[str, str]] = Counter()
    steps = []
    known = set(told)
    for call in calls:
        name = (call.service, call.operation)
        is_update = name == ("slack", "chat.update")
        is_post = (call.service == "slack" and not is_update) or name == ("sns", "Publish")
        steps.append(
            Step(
                service=call.service,
                operation=call.operation,
                nth=seen[name],
                posts=call.service if is_post else None,
                accepted=is_post and _is_accepted(call),
                records=_recorded(call, known, keeps=keeps),
                place=place_of(call) if call.service == "slack" else None,
                keeps=_named(call, "UpdateItem", _KEPT),
            )
        )
        seen[name] += 1
    return steps


def most_repeats(
    channel: str, steps: Sequence[Step], at: int, failure: Failure, *, hits: int
) -> int:
    """Return of how many messages on one channel the process cannot know the fate.

    `at` is the step that failed, `hits` the number of calls that did.
    """
    if steps[at].posts == channel and failure.after:
        return hits
    posts = [n for n, step in enumerate(steps) if step.posts == channel and step.accepted]
    ends = [*posts, len(steps)][1:]
    return sum(
        _is_cut(steps, range(post, end), channel, at, failure)
        for post, end in zip(posts, ends, strict=True)
        if post < at
    )


def _is_cut(steps: Sequence[Step], span: range, channel: str, at: int, failure: Failure) -> bool:
    """Return whether a message's record was not made; `span` is from it to the next one."""
    records = [n for n in span if steps[n].records == channel]
    prevented = at in records and not failure.after and not failure.overcome
    # A process that was killed records no more, nor does one whose ledger fails.
    ends = failure.kind == "kill" or (steps[at].service == "dynamodb" and not failure.overcome)
    return prevented or (ends and any(n > at for n in records))


def _is_accepted(call: Call) -> bool:
    if call.status != 200:
        return False
    return call.operation != "chat.postMessage" or bool(json.loads(call.answer)["ok"])


def _recorded(call: Call, known: set[Told], *, keeps: bool) -> str | None:
    """Return the channel whose sending a call records; what was `known` is only carried along."""
    fresh = set(_written(call)) - known
    known |= fresh
    told = next((_TELLS[name] for _, name, _ in fresh), None)
    return told or (_named(call, "UpdateItem", _KEPT) if keeps else None)


def _written(call: Call) -> Iterator[Told]:
    """Yield what a write to the ledger says of telling."""
    if call.operation != "TransactWriteItems":
        return
    for write in json.loads(call.body)["TransactItems"]:
        update = write.get("Update", {})
        id_ = update.get("Key", {}).get("sk", {}).get("S", "").partition("#")[2]
        for short, name in update.get("ExpressionAttributeNames", {}).items():
            if name in _TELLS:
                yield id_, name, update["ExpressionAttributeValues"][f":{short[1:]}"]["S"]


def _named(call: Call, operation: str, marks: Mapping[str, re.Pattern[bytes]]) -> str | None:
    """Return which channel's marks a write to the ledger holds."""
    if (call.service, call.operation) != ("dynamodb", operation):
        return None
    return next((channel for channel, mark in marks.items() if mark.search(call.body)), None)

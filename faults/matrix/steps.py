"""The calls of a run without faults, and what each of them means for what is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.wire import Call

from .failures import Failure

OF_CHANNEL = {"sns": "sns", "slack": "slack", "secretsmanager": "slack"}
"""The services that only one channel needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of the run: the `nth` (from 0) of its operation.

    `posts` is the channel it sends a message to, `accepted` whether it was taken; `records` is
    the channel of which it records what was sent. An update of a card sends no message.
    """

    service: str
    operation: str
    nth: int
    posts: str | None
    accepted: bool
    records: str | None

    @property
    def updates(self) -> bool:
        return self.operation == "chat.update"

    def __str__(self) -> str:
        return f"{self.service} {self.operation} {self.nth + 1}"


def steps_of(calls: Iterable[Call], *, greets: bool) -> list[Step]:
    """Return a run's steps; one that `greets` records that with the channel's state."""
    seen: Counter[tuple[str, str]] = Counter()
    steps = []
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
                records=_recorded(call, greets=greets),
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


def _recorded(call: Call, *, greets: bool) -> str | None:
    """Return the channel whose sending a call records; seeing and closing carry old records."""
    if call.service != "dynamodb" or b"first_seen" in call.body:
        return None
    marks = {
        "TransactWriteItems": {"sns": b'"told_sns"', "slack": b'"told_slack"'},
        "UpdateItem": {"sns": b'"sns_contacted_at"', "slack": b'"slack_contacted_at"'},
    }
    if call.operation == "UpdateItem" and not greets:
        return None
    named = marks.get(call.operation, {})
    return next((channel for channel, mark in named.items() if mark in call.body), None)

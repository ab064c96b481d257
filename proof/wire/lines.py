"""What is to be seen after a run, line by line, in the same words on both stages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.core.model import ChannelState, Record, State
from proof.story import Heard, Shown

MOST_LINES = 6
"""Lines of a difference that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run, what was heard in it, and what it left behind.

    `ended` says how it ended. `records` are the ledger's by their keys, `stamps` the timestamps of
    all that was ever posted.
    """

    now: datetime
    ended: str
    errors: Sequence[str]
    effects: Sequence[str]
    heard: Iterable[Heard]
    shown: Iterable[Shown]
    records: Mapping[str, Record]
    state: State
    leased: bool
    stamps: Sequence[str]

    def lines(self) -> list[str]:
        text = "\n".join(self._lines())
        for number, stamp in enumerate(self.stamps, start=1):  # No two worlds have the same ones.
            text = text.replace(stamp, f"#{number}")
        return text.split("\n")

    def _lines(self) -> Iterator[str]:
        yield f"run at {self.now:%d %b %H:%M:%S}: {self.ended}"
        yield f"errors: {', '.join(map(_source, self.errors)) or 'none'}"
        yield f"effects: {' '.join(self.effects)}"
        yield from (f"heard: {_heard(one)}" for one in self.heard)
        yield from sorted(f"shown: {_settled(shown)}" for shown in self.shown)
        yield from (f"{key}: {_sorted(record)}" for key, record in sorted(self.records.items()))
        state = self.state
        yield f"complete at {state.completed_at}, search {state.search and state.search.began_at}"
        for name, channel in sorted(state.channels.items()):
            if channel != ChannelState():
                yield f"{name}: {channel}"
        yield "the lease is held" if self.leased else "the lease is free"


def difference(memory: Sequence[str], wire: Sequence[str]) -> list[str]:
    """Return the first lines in which the wire differs from what is so in memory."""
    words = {"- ": "in memory", "+ ": "on the wire"}
    found = difflib.ndiff(memory, wire)
    return [f"{words[line[:2]]}: {line[2:]}" for line in found if line[:2] in words][:MOST_LINES]


def _heard(heard: Heard) -> str:
    said = "; ".join(f"{one} by {one.deadline}" for one in heard.said)
    names = ("greets", "broadcast", "plain" if heard.plain else "detailed")
    flags = [name for name in names if getattr(heard, name)]
    flags += ["says how things stand"] if heard.figures is not None else []
    under = [f"under {heard.thread}"] if heard.thread else []
    return ", ".join([f"{heard.at:%H:%M:%S} in {heard.place}", said, *flags, *under])


def _settled(shown: Shown) -> Shown:
    """Return a card without a date if it says how its invitation ended, for then it shows none."""
    return replace(shown, deadline=None) if shown.status else shown


def _sorted(record: Record) -> Record:
    return replace(
        record,
        told_at=dict(sorted(record.told_at.items())),
        news_at=dict(sorted(record.news_at.items())),
        deadlines=dict(sorted(record.deadlines.items())),
    )


def _source(error: str) -> str:
    """Return what an error names as its source."""
    name = error.partition(":")[0]
    if name.startswith("ledger"):
        return "ledger"
    return name if name.partition(".")[0] in ("sns", "slack") else "inbox"

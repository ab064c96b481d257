"""What a message says, as data that each channel dresses in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sign(StrEnum):
    """What a channel shows in front of a message, each in its own way."""

    NEW = "new"
    EXPIRING = "expiring"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    DIGEST = "digest"
    CONNECTED = "connected"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Mail:
    """Somebody to write to: their address, the words for them, and what to write.

    `about` is what else there is to say of them.
    """

    address: str
    words: str
    subject: str | None = None
    body: str | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an invitation expires or did, and the words before it; the words alone if unknown.

    `working` is the working time left, in words.
    """

    words: str
    moment: datetime | None
    working: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; each channel shows a moment in the reader's own way."""

    label: str
    value: str | datetime | Deadline | Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert in a digest: what it is about, in a few words, and until when."""

    sign: Sign
    title: str
    about: str
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of a digest that are equally urgent; `more` says how many others are not listed."""

    title: str
    lines: tuple[Line, ...]
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The one line that a card shrinks to: whose it was, what became of it, when, and how soon."""

    about: str
    outcome: str
    ended_at: datetime | None
    pace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a message says, in reading order; texts are of any length, and not yet escaped.

    `greeting` is the line of first contact above an alert. `text` is the message's only sentence
    if it is about no invitation. `groups` are a digest's, whose alerts may be `of_many_kinds`;
    `passages` and `deadline` one invitation's; `facts` one invitation's, or a standing digest's
    figures. `settled` is all that is left of a card whose invitation has ended. `mention` is who is
    pinged, where that can be done.
    """

    sign: Sign
    headline: str
    call: str
    greeting: str | None = None
    text: str | None = None
    deadline: Deadline | None = None
    facts: tuple[Fact, ...] = ()
    passages: tuple[Fact, ...] = ()
    groups: tuple[Group, ...] = ()
    of_many_kinds: bool = False
    note: str | None = None
    ask: Mail | None = None
    settled: Settled | None = None
    mention: str | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for group in self.groups for line in group.lines)

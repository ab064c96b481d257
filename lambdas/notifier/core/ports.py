"""What a run needs from the outside world; the adapters provide it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .backoff import Fate
from .message import Message
from .model import (
    Alert,
    Card,
    ChannelState,
    Details,
    Invitation,
    NotConnected,
    Record,
    Search,
    State,
)


class NotifierError(Exception):
    """A failure told in one line that names what is wrong; it never carries a secret."""


class ListingError(NotifierError):
    """The invitations could not all be listed: nothing may be concluded from this run."""


class StaleTokenError(ListingError):
    """A listing cannot go on where it was left, and has to begin anew."""


class LookupFailed(NotifierError):  # noqa: N818  (LookupError is a builtin)
    """One invitation's details could not be had."""


class LedgerError(NotifierError):
    """The ledger could not be read or written."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing, and what the next one is asked for by; None after the last one."""

    invitations: Sequence[Invitation]
    next_token: str | None


class InvitationSource(Protocol):
    """Partner Central, as far as a run reads it.

    `unread` counts the entries of its listings that could not be read at all: for want of an id
    nobody can be told of them.
    """

    unread: int

    def pending(self) -> Sequence[Invitation]:
        """Return what the listing of PENDING shows, all pages; raise ListingError otherwise."""

    def expired(self, token: str | None) -> Iterator[Page]:
        """Yield the pages of the listing of EXPIRED, the latest invitations first.

        `token` says where to go on. Raises ListingError, with no pages after it.
        """

    def details(self, invitation_id: str) -> Details:
        """Return one invitation's present state; raise LookupFailed if it cannot be had."""


class Ledger(Protocol):
    """What each channel was told about each invitation, and the lease. Raises LedgerError."""

    def acquire(self, now: datetime) -> State | None:
        """Take the lease and return what the last run left, or None if another run holds it."""

    def ask_again(self) -> bool:
        """Ask whoever holds the lease to look once more; return False if nobody holds it now."""

    def release(self, *, completed_at: datetime | None, search: Search | None) -> bool:
        """Give the lease back; return whether another run asked to look once more meanwhile.

        `completed_at` is kept as the last complete run's time, unless it is None.
        """

    def open_records(self) -> Sequence[Record]: ...

    def closed_records(self, ids: Collection[str]) -> Sequence[Record]: ...

    def closed_since(self, moment: datetime) -> Sequence[Record]:
        """Return the closed records of which it was learned after `moment` that they ended."""

    def observe(self, records: Sequence[Record], *, time_left: Callable[[], bool]) -> bool:
        """Record how invitations were seen.

        What was told of one that is open stays as it is; one that ended is recorded in one piece
        with all that was told of it. `time_left` says before each write whether there is time for
        it; return False if, at last, there was none. What is open again goes on from its closed
        record, which is removed.
        """

    def writes(self, count: int) -> int:
        """Return how many writes record what was told of `count` invitations."""

    def record_told(
        self,
        medium: str,
        told: Mapping[str, datetime | None],
        *,
        now: datetime,
        card: Card | None,
        news: Collection[str] = (),
        diverted: bool = False,
    ) -> None:
        """Record that a message about open invitations was confirmed on `medium`.

        `told` are their ids, each with the expiry date that it said. Of those in `news` it was no
        reminder. `card` is where the message stands, if it is one to be kept true. `diverted` means
        that they go on in the default place.
        """

    def record_contradicted(self, ids: Collection[str], *, now: datetime) -> None:
        """Record that the details call answered what is listed as pending, until it is told."""

    def record_cards(self, cards: Mapping[str, Card | None]) -> None:
        """Record what open invitations' cards show now; None for one that is given up."""

    def save_channel(self, channel: str, state: ChannelState) -> None: ...

    def close(
        self, records: Sequence[Record], now: datetime, *, time_left: Callable[[], bool]
    ) -> Sequence[Record]:
        """Move records from open to closed while there is time; return those that were."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel confirmed the message; `card` says where it stands, if it can be kept true."""

    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A card cannot be updated any more, by anybody; `reason` is one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The channel did not confirm the message; `reason` is one line without a secret."""

    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The channel reaches somebody; `unconfirmed` counts who was configured and is not reached.

    `greets` says whether its readers are greeted on first contact, `lacking` which routes' people
    it does not reach.
    """

    unconfirmed: int = 0
    greets: bool = True
    lacking: NotConnected | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The channel has no place of its own, and another one takes what is due on it.

    `diverted` means that it should have one.
    """

    diverted: bool = False


@dataclass(frozen=True, slots=True)
class Off:
    """The channel reaches nobody, and need not."""


class Channel(Protocol):
    """A way to tell people. It never raises for what the other side does: it returns the fate."""

    def connect(self) -> Connected | Elsewhere | NotConnected | Off | Failed:
        """Find out whether the channel reaches anybody; called once a run, before it sends."""

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        """Cut a digest into as few parts as the channel's limits allow, in order."""

    def send(self, message: Message) -> Sent | Failed:
        """Send a message; one about an invitation that has a card belongs under it."""

    def update(self, card: Card, message: Message) -> Sent | Gone | Failed:
        """Make a card say what the message says; may be repeated freely."""

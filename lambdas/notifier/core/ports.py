"""What a run needs from the outside world; the adapters provide it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from .message import Message
from .model import Alert, ChannelState, Details, Invitation, Post, Record, State


class NotifierError(Exception):
    """A failure told in one line that names what is wrong; it never carries a secret."""


class ListingError(NotifierError):
    """The invitations could not all be listed: nothing may be concluded from this run."""


class LookupFailed(NotifierError):  # noqa: N818  (LookupError is a builtin)
    """One invitation's details could not be had."""


class LedgerError(NotifierError):
    """The ledger could not be read or written."""


class InvitationSource(Protocol):
    """Partner Central, as far as a run reads it."""

    def pending(self) -> Sequence[Invitation]:
        """Return what the listing of PENDING shows, all pages; raise ListingError otherwise."""

    def expired(self) -> Sequence[Invitation]:
        """Return what the listing of EXPIRED shows, all pages; raise ListingError otherwise."""

    def details(self, invitation_id: str) -> Details:
        """Return one invitation's present state; raise LookupFailed if it cannot be had."""


class Ledger(Protocol):
    """What each channel was told about each invitation, and the lease. Raises LedgerError."""

    def acquire(self, now: datetime) -> State | None:
        """Take the lease and return what the last run left, or None if another run holds it."""

    def release(self, *, completed_at: datetime | None) -> None:
        """Give the lease back; `completed_at` is kept as the last complete run's time."""

    def open_records(self) -> Sequence[Record]: ...

    def closed_records(self, ids: Collection[str]) -> Sequence[Record]: ...

    def observe(self, records: Sequence[Record]) -> None:
        """Record how invitations were seen, without touching what was told of them."""

    def record_told(
        self, channel: str, ids: Sequence[str], *, now: datetime, post: Post | None
    ) -> None:
        """Record that `channel` confirmed a message about the invitations `ids`."""

    def save_channel(self, channel: str, state: ChannelState) -> None: ...

    def close(self, records: Sequence[Record], now: datetime) -> None: ...


class Fate(Enum):
    """What is known of a message after a send that was not confirmed."""

    NOT_SENT = "surely not sent; worth another try at the next tick"
    UNKNOWN = "nobody knows whether it was sent"
    MESSAGE_REFUSED = "the message is at fault"
    SENDER_REFUSED = "a person must act before anything can be sent"


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel confirmed the message; `post` says where it stands, if the channel told."""

    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The channel did not confirm the message; `reason` is one line without a secret."""

    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Somebody listens."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """Nobody listens yet, though somebody should; `remedy` is one line that says what to do."""

    remedy: str


@dataclass(frozen=True, slots=True)
class Off:
    """Nobody listens, and nobody is expected to."""


class Channel(Protocol):
    """A way to tell people. It never raises for what the other side does: it returns the fate."""

    @property
    def name(self) -> str: ...

    def connect(self) -> Connected | NotConnected | Off | Failed:
        """Find out whether anybody listens; called once a run, before the first send."""

    def split(self, alerts: Sequence[Alert]) -> list[tuple[Alert, ...]]:
        """Cut a digest into as few parts as the channel's limits allow, in order."""

    def send(self, message: Message) -> Sent | Failed: ...

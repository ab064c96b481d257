"""What became of one channel's deliveries in one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..core.model import Card, NotConnected
from ..core.plan import Done


@dataclass(slots=True, kw_only=True)
class ChannelReport:
    """What became of one channel's deliveries in one run.

    `transport` is what carries its messages, `sns` or `slack`. `due` counts alerts. `told` are the
    invitations that the channel confirmed, each with its medium; `stale` turned out to be answered;
    `failed` counts what was tried, or left because the channel is failing, `handed` of it to
    another channel; `waiting` what had no time, or nobody to hear it: that is `unheard`.
    `not_connected` says what a person must do to connect it, `unconfirmed` how many of those
    configured do not hear it, `resting` that the channel was left alone after a doubt. `cards` are
    those that were posted or updated, by invitation id, None where one was given up, for a reason
    in `given_up`; `updated` counts the updated ones, `untrue` those that still have to be.
    `diverted` are the ids of what was told here and goes on in the default place.
    """

    name: str
    transport: str
    due: int
    told: list[tuple[str, str]] = field(default_factory=list)
    stale: list[tuple[str, str]] = field(default_factory=list)
    failed: int = 0
    handed: int = 0
    waiting: int = 0
    unheard: int = 0
    off: bool = False
    not_connected: NotConnected | None = None
    unconfirmed: int = 0
    cards: dict[str, Card | None] = field(default_factory=dict)
    diverted: set[str] = field(default_factory=set)
    updated: int = 0
    untrue: int = 0
    given_up: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ledger_failed: bool = False
    resting: bool = False

    @property
    def left(self) -> int:
        """Return how many alerts have no outcome yet."""
        return self.due - len(self.told) - len(self.stale) - self.failed - self.unheard

    @property
    def trouble(self) -> int:
        """Return the failed alerts, or one for a channel that fails with nothing due."""
        return self.failed or int(self.resting or bool(self.errors))


def done(reports: Sequence[ChannelReport]) -> Done:
    """Return what became of a plan's deliveries, as far as channels have reported it."""
    return Done(
        told={pair for report in reports for pair in report.told},
        moot={pair for report in reports for pair in report.stale},
        off={report.name for report in reports if report.off},
        trued={id_: card for report in reports for id_, card in report.cards.items()},
        diverted={id_ for report in reports for id_ in report.diverted},
    )

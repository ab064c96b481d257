"""What the turns of one run have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..core.message import Message
from ..core.model import Alert
from ..core.policy import Policy
from ..core.ports import Ledger
from .budget import Budget
from .details import DetailsCache
from .ends import Ends

if TYPE_CHECKING:
    from .trust import Reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the turns of one run have in common.

    `pending` counts what is listed. `must_connect` asks for a look at whether anybody is reached,
    though nothing is due.
    """

    ledger: Ledger
    reads: Reads
    ends: Ends
    details: DetailsCache
    policy: Policy
    catalog: str
    budget: Budget
    pending: int
    now: datetime
    must_connect: bool

    def message(self, channel: str, alerts: Sequence[Alert] = ()) -> Message:
        return Message(
            catalog=self.catalog,
            now=self.now,
            channel=channel,
            alerts=tuple(alerts),
            details_off=not self.policy.details,
            working_hours=self.policy.working_hours,
        )

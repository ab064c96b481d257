"""What random schedules are made of: lives, moments, and everything that can go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from faults.messages import CHANNELS
from faults.schedules.runs import GONE, MAINTENANCE
from faults.schedules.world import DENIED
from simulator.wire import Drop, Refuse, Service, aws_json_error, aws_query_error

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERIOD = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class News:
    """Invitations that come, so that the next run has something to tell."""

    kinds: tuple[str, ...]
    life: timedelta | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """The beginning of a stage, or an end: the `number`th from now on, and how long after it."""

    number: int
    offset: timedelta


KINDS = st.sampled_from(["OpportunityInvitation", "LeadInvitation"])
LEADS_MORE = st.sampled_from(["LeadInvitation", "LeadInvitation", "OpportunityInvitation"])
LIVES = st.sampled_from(
    [
        *(5 * DAY, 30 * HOUR, 3 * HOUR, 4 * MINUTE, None, 4 * HOUR + 5 * MINUTE + 30 * SECOND),
        *(24 * HOUR + 5 * MINUTE + 20 * SECOND, 72 * HOUR + 5 * MINUTE + SECOND),
        *(5 * HOUR, 23 * HOUR, 80 * HOUR, 15 * DAY),
    ]
)
"""Some end, or come to a stage, just after the next tick."""
FEW = st.lists(KINDS, min_size=1, max_size=2)
MANY = st.lists(KINDS, min_size=2, max_size=5)
NEWS = st.builds(News, st.one_of(FEW, MANY).map(tuple), LIVES)
LEADS = st.builds(News, st.lists(LEADS_MORE, min_size=1, max_size=4).map(tuple), LIVES)
"""Mostly what has a route of its own, if it is deployed."""
INBOXES = st.one_of(
    NEWS, st.builds(News, st.lists(KINDS, min_size=3, max_size=5).map(tuple), LIVES)
)
AFTER = st.sampled_from([SECOND, 5 * MINUTE, 0 * SECOND, 2 * HOUR, -30 * SECOND])
CROSSINGS = st.builds(Crossing, st.sampled_from([0, 0, 0, 1, 2]), AFTER)
Due = News | Crossing
DUE = st.one_of(NEWS, CROSSINGS)
"""What makes something due in the next run."""

DIGEST_OFFSETS = st.sampled_from([0 * SECOND, -SECOND, 5 * MINUTE, 5 * MINUTE, HOUR, 2 * DAY])
"""How long after the moment of a digest somebody looks."""

MOVES = st.sampled_from(
    [sign * span for span in (SECOND, 30 * SECOND, 2 * HOUR, DAY, 5 * DAY) for sign in (1, -1)]
)
CHANGES = st.sampled_from(["ACCEPTED", "EXPIRED", 2 * DAY, -2 * HOUR])
"""What makes a card untrue."""
UPDATE_WORDS = st.sampled_from(
    [*sorted(GONE), "internal_error", "ratelimited", "invalid_blocks", "token_revoked"]
)
PAUSES = st.sampled_from(
    [
        *(PERIOD, SECOND, 4 * MINUTE + 40 * SECOND, 20 * MINUTE, HOUR, 4 * HOUR, 20 * HOUR),
        *(25 * HOUR, 3 * DAY, 8 * DAY, 31 * DAY),
    ]
)
GAPS = st.sampled_from([DAY, 25 * HOUR, 3 * DAY, 29 * DAY, 31 * DAY])
RETURNS = st.lists(
    st.sampled_from([0 * SECOND, SECOND, -2 * MINUTE, -10 * SECOND]), min_size=1, max_size=4
)
"""When a channel in doubt is tried again, counted from the end of its pause."""
NUMBERS = st.integers(0, 11)
TIMES = st.sampled_from([1, 2, None])
OFTEN = st.sampled_from([None, 1])
SKIPS = st.sampled_from([0, 0, 0, 0, 1, 2])
RARELY = st.sampled_from([False, False, False, True])

BROKEN = aws_json_error("InternalServerError", "broken", 500)
POSTED = Drop(before=False)
CHANNEL_TROUBLES: dict[str, dict[str, Any]] = {
    "sns": {
        "not now": aws_query_error("Throttled", "slower", 429),
        "not you": aws_query_error("AuthorizationError", "no", 403),
        "not this": aws_query_error("InvalidParameter", "Subject", 400),
        "posted, and silent": POSTED,
        "broken": aws_query_error("InternalError", "broken", 500),
    },
    "slack": {
        "not now": Refuse(429, b"rate_limited"),
        "not you": Refuse(403, b"action_prohibited"),
        "not this": Refuse(400, b"invalid_blocks"),
        "posted, and silent": POSTED,
        "broken": Refuse(503, b"service_unavailable"),
    },
}
PLACE_TROUBLES = st.sampled_from(["archived", "removed"])
HOURS = st.lists(
    st.sampled_from(
        [PERIOD, 20 * MINUTE, 55 * MINUTE, 59 * MINUTE + 20 * SECOND, HOUR, HOUR, 2 * HOUR]
    ),
    min_size=1,
    max_size=3,
)
"""How long a place fails: what is due there waits for an hour."""
DOUBTS = st.sampled_from(["posted, and silent", "broken"])


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a channel, how many times, and after how many messages."""

    channel: str
    what: str
    times: int | None
    skip: int = 0

    def action(self, way: str) -> Any:
        """Return what the channel answers, to a webhook or to a bot."""
        action = CHANNEL_TROUBLES[self.channel][self.what]
        return _as_the_web_api(action) if (self.channel, way) == ("slack", "bot") else action


TROUBLES = st.builds(
    Trouble,
    st.sampled_from(CHANNELS),
    st.sampled_from(sorted(CHANNEL_TROUBLES["sns"])),
    TIMES,
    SKIPS,
)
PERHAPS = st.one_of(st.none(), TROUBLES, TROUBLES)

UNREACHABLE: dict[str, tuple[Service, str, Any]] = {
    "sns": ("sns", "ListSubscriptionsByTopic", aws_query_error("AccessDenied", "no", 400)),
    "slack": ("secretsmanager", "GetSecretValue", DENIED),
}
LISTING_TROUBLES = st.sampled_from(
    [DENIED, Refuse(200, MAINTENANCE), Drop(), aws_json_error("ThrottlingException", "slower", 400)]
)
LEDGER_TROUBLES = st.sampled_from([DENIED, DENIED, BROKEN, POSTED, Drop()])
LEDGER_OPERATIONS = st.sampled_from(
    ["UpdateItem", "TransactWriteItems", "TransactWriteItems", "Query", "BatchGetItem"]
)


def _as_the_web_api(action: Any) -> Any:
    """Return a webhook's refusal as the Web API gives it."""
    if not isinstance(action, Refuse):
        return action
    body = json.dumps({"ok": False, "error": action.body.decode()}).encode()
    status = action.status if action.status >= 429 else 200
    return Refuse(status, body, (("Content-Type", "application/json"),))

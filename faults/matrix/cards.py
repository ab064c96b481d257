"""What became of the cards in Slack: held against the ledger, and against Partner Central."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from faults.messages import Message, Shown, shown_now

from .rig import Rig

SAME = timedelta(minutes=1)
"""A date on a card that is off by no more is as good as true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """How the cards stand: `kept` are the ids of the invitations whose records have one.

    `untrue` are cards on record that do not say what Partner Central says, `early` closed records
    whose cards still show something else. `unsure` are those that only say that the expiry date has
    passed, though Partner Central knows that the invitation expired. `forsaken` counts the messages
    that are on no record and still call for an answer that nobody can give any more.
    """

    kept: frozenset[str] = frozenset()
    untrue: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    forsaken: int = 0


Place = tuple[str | None, str | None, bool]
"""Where a message stands: where in Slack, under which other one, and whether it is broadcast."""


def cards_of(rig: Rig) -> Cards:
    """Return how the cards stand now."""
    items = [item for item in rig.account.aws.items() if "card_ts" in item]
    shown = {card.ts: card for card in shown_now(rig.account.slack.shown())}
    on_record = {item["card_ts"]["S"]: item["sk"]["S"].partition("#") for item in items}
    untrue = {
        ts: key
        for ts, key in on_record.items()
        if ts in shown and not _is_true(rig, shown[ts], id_=key[2])
    }
    unsure = {ts: key for ts, key in untrue.items() if _is_unsure(rig, shown[ts], id_=key[2])}
    wrong = {ts: key for ts, key in untrue.items() if ts not in unsure}
    return Cards(
        kept=frozenset(id_ for _, _, id_ in on_record.values()),
        untrue=tuple(id_ for _, _, id_ in wrong.values()),
        early=tuple(id_ for state, _, id_ in wrong.values() if state == "closed"),
        unsure=tuple(id_ for _, _, id_ in unsure.values()),
        forsaken=sum(
            ts not in on_record and card.status is None and _has_ended(rig, card)
            for ts, card in shown.items()
        ),
    )


def places(messages: list[Message]) -> dict[str, set[Place]]:
    """Return where in Slack each alert was told that was told by itself."""
    found: dict[str, set[Place]] = {}
    for message in messages:
        if message.channel == "slack" and len(message.alerts) == 1:
            alert = message.alerts[0]
            place = message.place, message.thread_ts, message.is_broadcast
            found.setdefault(f"{alert.name} {alert.kind}", set()).add(place)
    return found


def given_up(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the cards that a run gave up, by invitation id, each with the reason."""
    for channel in summary.get("channels", {}).values():
        for line in channel.get("cards_given_up", ()):
            id_, _, reason = line.partition(": ")
            yield id_, reason


def _is_true(rig: Rig, card: Shown, *, id_: str) -> bool:
    truth = rig.account.partner_central.get(id_)
    if truth["Status"] != "PENDING":
        return bool(card.status == truth["Status"])
    expiry = datetime.fromisoformat(truth["ExpirationDate"])
    return card.status is None and card.expiry is not None and abs(card.expiry - expiry) <= SAME


def _is_unsure(rig: Rig, card: Shown, *, id_: str) -> bool:
    is_expired = rig.account.partner_central.get(id_)["Status"] == "EXPIRED"
    return is_expired and card.status == "UNKNOWN"


def _has_ended(rig: Rig, card: Shown) -> bool:
    """Return whether the invitation that a card names by its title has ended."""
    ids = {
        item["title"]["S"].partition(" ")[0]: item["sk"]["S"].partition("#")[2]
        for item in rig.account.aws.items()
        if "title" in item
    }
    id_ = ids.get(card.name, card.name)
    return bool(rig.account.partner_central.get(id_)["Status"] != "PENDING")

"""Reads what SNS and Slack took as people and programs do: which invitations, and what of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from proof.story import Heard, Said, Shown
from proof.world.channels import TOPIC
from simulator.slack import Post, Slack
from simulator.sns_rules import Published

_ID = re.compile(r"engi-\d{13}")
_DATE = re.compile(r"<!date\^(\d+)\^")
_LEFT = re.compile(r"Under (?:(\d) days|(\d+) hours) left")
_ENDED = re.compile(r"\b(Accepted|Declined|Expired unanswered|Expired): engi-")
_ENDS = {"Accepted": "ACCEPTED", "Declined": "REJECTED", "Expired unanswered": "EXPIRED"}
_DETAIL = "*Customer*"


def heard_in(published: Iterable[Published], posts: Iterable[Post]) -> list[Heard]:
    return [*map(_from_sns, published), *map(_from_slack, posts)]


def shown_in(slack: Slack) -> list[Shown]:
    """Return what the cards show now: messages that called for an answer when they were posted."""
    cards = {post.ts for post in slack.posts if post.via == "bot" and _is_card(_from_slack(post))}
    return [_shown(post) for post in slack.shown() if post.ts in cards]


def _from_sns(published: Published) -> Heard:
    """Read the part for programs."""
    contract = json.loads(published.default)
    return Heard(
        at=published.at,
        run=0,
        channel="sns",
        place=TOPIC,
        said=tuple(map(_entry, contract["alerts"])),
        greets=contract["connected"] is not None,
        plain="payload_types" not in published.attributes and bool(contract["alerts"]),
        detailed=any(entry["details"] for entry in contract["alerts"]),
        figures=contract["digest"] and contract["digest"]["figures"],
    )


def _entry(entry: dict[str, Any]) -> Said:
    expiry = entry["invitation"]["expires_at"]
    return Said(
        id=entry["invitation"]["id"],
        kind=entry["kind"],
        stage=entry["stage_hours"],
        deadline=None if expiry is None else datetime.fromisoformat(expiry),
        alert_id=entry["alert_id"],
    )


def _from_slack(post: Post) -> Heard:
    """Read the line that notifications show, which says it all."""
    text, blocks = post.payload["text"], post.payload.get("blocks")
    found = _ID.search(text)
    said = [Said(id=found[0], deadline=_deadline(text), **_kind(text))] if found else []
    thread = post.thread_ts
    return Heard(
        at=post.at,
        run=0,
        channel="slack",
        place=post.channel,
        said=tuple(said),
        greets="Connected to" in text,
        plain=not blocks,
        detailed=_DETAIL in json.dumps(blocks),
        figures={} if text.startswith("Since ") else None,
        ts=post.ts,
        thread=thread,
        broadcast=thread is not None and bool(post.payload.get("reply_broadcast")),
    )


def _kind(text: str) -> dict[str, Any]:
    left = _LEFT.search(text)
    if left:
        return {"kind": "expiring", "stage": 24 * int(left[1]) if left[1] else int(left[2])}
    return {"kind": "closed.expired" if _ENDED.search(text) else "new"}


def _is_card(heard: Heard) -> bool:
    return heard.thread is None and any(one.kind in ("new", "expiring") for one in heard.said)


def _shown(post: Post) -> Shown:
    text = post.payload["text"]
    found, end = _ID.search(text), _ENDED.search(text)
    return Shown(
        ts=post.ts,
        place=post.channel,
        id=found[0] if found else "",
        deadline=_deadline(text),
        status=_ENDS.get(end[1], "UNKNOWN") if end else None,
    )


def _deadline(text: str) -> datetime | None:
    found = _DATE.search(text)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)

"""Reads what SNS and Slack accepted as a subscriber would: which invitations, and what of them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from simulator.slack import Post
from simulator.sns_rules import Published

CHANNELS = ("sns", "slack")

UNSAID = "?"
"""The kind of an alert in a mixed digest in plain form, which only names the invitations."""

FORGED = "Deal-99"
"""A tag that no invitation has; hostile titles try to pass for it."""

_TAG = re.compile(r"Deal-(?!99)\d\d")
_NAME = re.compile(rf"{_TAG.pattern}|engi-[0-9a-z]{{13}}")
_FORGERY = re.compile(rf"^\W*(?:{FORGED}|Bcc)", re.MULTILINE)
_LINE = re.compile(r"^(?:\S+ \*|- )(Deal-\d\d|engi-[0-9a-z]{13})\b(.*)$", re.MULTILINE)
_EXPIRY = re.compile(r"(?:[Aa]nswer by|[Rr]espond by|[Ee]xpired)\*?\s<!date\^(\d+)\^")
_OURS = re.compile(
    r"<!date\^\d+\^[^<>|]*\|[^<>|]*>"
    r"|<https://[^<>|]*\|(?:Open|Accept or decline in) Partner Central>|&(?:amp|lt|gt);"
)
_FOREIGN = re.compile(r"[<>&]")
_SPAN = re.compile(r"[Uu]nder (3 days|24 hours|4 hours) left")
_SPANS = {"3 days": "72", "24 hours": "24", "4 hours": "4"}
_UNANSWERED = re.compile("[Ee]xpired unanswered")
_ALL_OF_A_KIND = (
    ("new", re.compile(r"\d new invitations?\b")),
    ("closed.expired", re.compile(r"\d invitations? expired unanswered")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """One alert as read: the kind is new, expiring.<hours>, closed.expired or UNSAID.

    `name` is the invitation's tag, or its id where a plain message gives nothing else. Programs
    also receive an `alert_id`, people do not.
    """

    name: str
    kind: str
    expiry: datetime | None
    alert_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that a channel accepted; `raw` is the request's body, `at` simulated time.

    One that `dates` nothing is a digest in plain form.
    """

    channel: str
    at: datetime
    raw: bytes
    greets: bool
    warns: bool
    alerts: tuple[ToldAlert, ...]
    dates: bool = True


def tag(number: int) -> str:
    """Return what an invitation's title begins with, and by which it is recognised."""
    return f"Deal-{number:02d}"


def read(published: Iterable[Published], posts: Iterable[Post]) -> dict[str, list[Message]]:
    """Return what each channel accepted, in order."""
    return {"sns": [*map(from_sns, published)], "slack": [*map(from_slack, posts)]}


def from_sns(published: Published) -> Message:
    """Read the part for programs; the part for people must name the same invitations."""
    contract = json.loads(published.default)
    alerts = tuple(map(_entry, contract["alerts"]))
    people = f"{published.subject}\n{published.email}"
    assert not _FORGERY.search(people), people
    assert set(_TAG.findall(people)) <= {alert.name for alert in alerts}, people
    for entry, alert in zip(contract["alerts"], alerts, strict=True):
        assert alert.name in people or entry["invitation"]["id"] in people, people
    return Message(
        channel="sns",
        at=published.at,
        raw=published.raw,
        greets=contract["connected"] is not None,
        warns=contract["not_connected"] is not None,
        alerts=alerts,
    )


def from_slack(post: Post) -> Message:
    """Read the blocks, or the text where there are none; neither holds markup but our own."""
    text: str = post.payload["text"]
    shown = list(_texts(post.payload))
    for markup in (text, *_texts(post.payload, "mrkdwn")):
        assert not _FOREIGN.search(_OURS.sub("", markup)), markup
    return Message(
        channel="slack",
        at=post.at,
        raw=post.raw,
        greets=any("Connected to the AWS catalog" in part for part in shown or [text]),
        warns="Nobody receives these alerts by email" in text,
        alerts=_shown(shown) if shown else _plain(text),
        dates=bool(shown) or not _LINE.search(text),
    )


@functools.lru_cache(maxsize=1000)
def named(body: bytes) -> frozenset[str]:
    """Return the ids and tags that a request to a channel holds."""
    return frozenset(_NAME.findall(unquote_plus(body.decode())))


def may_warn(body: bytes) -> bool:
    """Return whether a request to a channel says that nobody receives what another one is sent."""
    return "Nobody receives" in unquote_plus(body.decode())


def _entry(entry: Any) -> ToldAlert:
    stage = "" if entry["stage_hours"] is None else f".{entry['stage_hours']}"
    expiry = entry["invitation"]["expires_at"]
    title = entry["invitation"]["title"]
    assert title.isprintable(), title
    return ToldAlert(
        name=title[: len(FORGED)],
        kind=entry["kind"] + stage,
        expiry=None if expiry is None else datetime.fromisoformat(expiry),
        alert_id=entry["alert_id"],
    )


def _texts(payload: dict[str, Any], kind: str = "") -> Iterator[str]:
    for block in payload.get("blocks", ()):
        for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            if part and kind in part["type"]:
                yield part["text"]


def _shown(texts: list[str]) -> tuple[ToldAlert, ...]:
    whole = "\n".join(texts)
    lines = _LINE.findall(whole)
    if lines:
        return tuple(_told(name, rest) for name, rest in lines)
    headers = [text for text in texts if _TAG.search(text)]
    return tuple(
        ToldAlert(name=_TAG.findall(header)[0], kind=_kind(header), expiry=_expiry(whole))
        for header in headers[:1]
    )


def _plain(text: str) -> tuple[ToldAlert, ...]:
    lines = [name for name, _ in _LINE.findall(text)]
    if lines:
        kinds = [kind for kind, pattern in _ALL_OF_A_KIND if pattern.search(text)]
        kind = kinds[0] if kinds else UNSAID
        return tuple(ToldAlert(name=name, kind=kind, expiry=None) for name in lines)
    names = _TAG.findall(text) or _NAME.findall(text)
    return tuple(_told(name, text) for name in names[:1])


def _told(name: str, text: str) -> ToldAlert:
    return ToldAlert(name=name, kind=_kind(text), expiry=_expiry(text))


def _kind(text: str) -> str:
    span = _SPAN.search(text)
    if span:
        return f"expiring.{_SPANS[span[1]]}"
    return "closed.expired" if _UNANSWERED.search(text) else "new"


def _expiry(text: str) -> datetime | None:
    found = _EXPIRY.search(text)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)

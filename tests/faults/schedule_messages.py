"""Reads what the channels accepted as a reader would: which invitations, and what of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from simulator.slack import Post
from simulator.sns_rules import Published

UNSAID = "?"
"""The kind of an alert in a plain digest, which names the invitations alone."""

_TITLE = re.compile(r"Case 0\d{3}")
_FORGED = re.compile(r"^\W*(?:Case 9999|Bcc)", re.MULTILINE)
_NAME = re.compile(r"Case 0\d{3}|engi-[0-9a-z]{13}")
_LINE = re.compile(r"^(?:\S+ \*|- )(Case \d{4}|engi-[0-9a-z]{13})\b(.*)$", re.MULTILINE)
_EXPIRY = re.compile(r"(?:[Aa]nswer by|[Ee]xpired)\*?\s<!date\^(\d+)\^")
_OURS = re.compile(
    r"<!date\^\d+\^[^<>|]*\|[^<>|]*>"
    r"|<https://[^<>|]*\|(?:Open|Accept or decline in) Partner Central>|&(?:amp|lt|gt);"
)
_FOREIGN = re.compile(r"[<>&]")
_SPANS = {"3 days": "72", "24 hours": "24", "4 hours": "4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One alert as understood: the kind is new, expiring.<hours>, closed.expired or UNSAID.

    `title` is the invitation's id where a plain message names that alone.
    """

    title: str
    kind: str
    expiry: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that a channel accepted."""

    raw: bytes
    greets: bool
    warns: bool
    alerts: tuple[Heard, ...]


def mail(published: Published) -> Message:
    """Read the machine's part; the people's part must name the same invitations."""
    contract = json.loads(published.default)
    alerts = tuple(map(_entry, contract["alerts"]))
    people = f"{published.subject}\n{published.email}"
    assert not _FORGED.search(people), people
    assert set(_TITLE.findall(people)) <= {alert.title for alert in alerts}, people
    for entry in contract["alerts"]:
        id_, title = entry["invitation"]["id"], entry["invitation"]["title"]
        assert title[: len("Case 0000")] in people or id_ in people, people
    return Message(
        raw=published.raw,
        greets=contract["connected"] is not None,
        warns=contract["not_connected"] is not None,
        alerts=alerts,
    )


def post(posted: Post) -> Message:
    """Read the blocks, or the text where there are none; no markup in either but our own."""
    text: str = posted.payload["text"]
    shown = list(_texts(posted.payload))
    for markup in (text, *_texts(posted.payload, "mrkdwn")):
        assert not _FOREIGN.search(_OURS.sub("", markup)), markup
    return Message(
        raw=posted.raw,
        greets=any("Connected to the AWS catalog" in part for part in shown or [text]),
        warns="Nobody receives these alerts by email" in text,
        alerts=_posted(shown) if shown else _plain(text),
    )


def named(body: bytes) -> set[str]:
    """Return the ids and titles that a request to a channel holds."""
    return set(_NAME.findall(unquote_plus(body.decode())))


def _entry(entry: Any) -> Heard:
    stage = "" if entry["stage_hours"] is None else f".{entry['stage_hours']}"
    expiry = entry["invitation"]["expires_at"]
    title = entry["invitation"]["title"]
    assert title.isprintable(), title
    return Heard(
        title=title[: len("Case 0000")],
        kind=entry["kind"] + stage,
        expiry=None if expiry is None else datetime.fromisoformat(expiry),
    )


def _texts(payload: dict[str, Any], kind: str = "") -> Iterator[str]:
    for block in payload.get("blocks", ()):
        for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            if part and kind in part["type"]:
                yield part["text"]


def _posted(texts: list[str]) -> tuple[Heard, ...]:
    whole = "\n".join(texts)
    lines = _LINE.findall(whole)
    if lines:
        return tuple(Heard(title=t, kind=_kind(rest), expiry=_expiry(rest)) for t, rest in lines)
    headers = [text for text in texts if _TITLE.search(text)]
    return tuple(
        Heard(title=_TITLE.findall(header)[0], kind=_kind(header), expiry=_expiry(whole))
        for header in headers[:1]
    )


def _plain(text: str) -> tuple[Heard, ...]:
    lines = [title for title, _ in _LINE.findall(text)]
    if lines:
        return tuple(Heard(title=title, kind=UNSAID, expiry=None) for title in lines)
    titles = _NAME.findall(text)
    return tuple(Heard(title=t, kind=_kind(text), expiry=_expiry(text)) for t in titles[:1])


def _kind(text: str) -> str:
    span = re.search(r"[Uu]nder (3 days|24 hours|4 hours) left", text)
    if span:
        return f"expiring.{_SPANS[span[1]]}"
    return "closed.expired" if re.search("[Ee]xpired unanswered", text) else "new"


def _expiry(text: str) -> datetime | None:
    found = _EXPIRY.search(text)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)

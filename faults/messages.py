"""Reads what SNS and Slack accepted as a subscriber would: which invitations, and what of them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from simulator.slack import CHANNEL, WEBHOOK_PATH, Post
from simulator.sns_rules import Published
from simulator.wire import Call

CHANNELS = ("sns", "slack")

UNSAID = "?"
"""The kind of an alert in a mixed digest in plain form, which only names the invitations."""

ESCALATED = "escalated"
"""The kind of a reminder that goes also to somebody else, however long before expiry."""

FORGED = "Deal-99"
"""A tag that no invitation has; hostile titles try to pass for it."""

_TAG = re.compile(r"Deal-(?!99)\d\d")
_NAME = re.compile(rf"{_TAG.pattern}|engi-[0-9a-z]{{13}}")
_FORGERY = re.compile(rf"^\W*(?:{FORGED}|Bcc)", re.MULTILINE)
_LINE = re.compile(r"^(\S+) (Deal-\d\d|engi-[0-9a-z]{13})\b(.*)$", re.MULTILINE)
_EXPIRY = re.compile(r"(?:[Rr]espond by|\bby|[Ee]xpired)\*?\s<!date\^(\d+)\^")
_OURS = re.compile(
    r"<!date\^\d+\^[^<>|]*\|[^<>|]*>"
    r"|<https://[^<>|]*\|(?:Open|Accept or decline in) Partner Central>|&(?:amp|lt|gt);"
    r"|<mailto:[^<>|]*\|[^<>|]*>"
)
_FOREIGN = re.compile(r"[<>&]")
_SPAN = re.compile(r"[Uu]nder (3 days|24 hours|4 hours) left")
_SPANS = {"3 days": "72", "24 hours": "24", "4 hours": "4"}
_STANDS = re.compile(r"Since \w{3} \d\d \w{3}: ")
_UNANSWERED = re.compile(r"Unanswered, [^:]* left: ")
_STAGES = (4, 24, 72)
_ENDED = re.compile(rf"\b(Accepted|Declined|Expired unanswered|Expired): (?={_NAME.pattern})")
_ENDS = {
    "Accepted": "ACCEPTED",
    "Declined": "REJECTED",
    "Expired unanswered": "EXPIRED",
    "Expired": "UNKNOWN",
}
_CALL = "Accept or decline"
_ALL_OF_A_KIND = (
    ("new", re.compile(r"\d new invitations?\b")),
    ("expiring", re.compile(r"\d invitations? expiring soon")),
    (ESCALATED, re.compile(r"\d invitations? still unanswered")),
    ("closed.expired", re.compile(r"\d invitations? expired unanswered")),
)
_SIGNS = {"\U0001f4ec": "new", "\u23f3": "expiring", "\U0001f6ab": "closed.expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """One alert as read: the kind is new, expiring.<hours>, ESCALATED, closed.<status> or UNSAID.

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

    One that `dates` nothing is a digest in plain form. Slack's have a timestamp, `ts`, and the id
    of the `place` where they stand; a reply has its thread's timestamp too, and may be broadcast
    to the channel. What was `diverted` says that it belongs elsewhere. One
    that `stands` is a standing digest, which names invitations and alerts to none.
    """

    channel: str
    at: datetime
    raw: bytes
    greets: bool
    warns: bool
    alerts: tuple[ToldAlert, ...]
    dates: bool = True
    ts: str | None = None
    thread_ts: str | None = None
    is_broadcast: bool = False
    place: str | None = None
    diverted: bool = False
    stands: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a message about one invitation shows now: its status, None for open, and its expiry."""

    ts: str
    name: str
    status: str | None
    expiry: datetime | None


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
    listed = _listed(contract["digest"])
    people = f"{published.subject}\n{published.email}"
    assert not _FORGERY.search(people), people
    assert set(_TAG.findall(people)) <= {*(alert.name for alert in alerts), *listed}, people
    for entry, alert in zip(contract["alerts"], alerts, strict=True):
        assert alert.name in people or entry["invitation"]["id"] in people, people
    return Message(
        channel="sns",
        at=published.at,
        raw=published.raw,
        greets=contract["connected"] is not None,
        warns=contract["not_connected"] is not None,
        alerts=alerts,
        stands=contract["digest"] is not None,
    )


def _listed(digest: Any) -> set[str]:
    """Return the tags of the invitations that a standing digest lists."""
    lists = (digest["open"], digest["expired"]) if digest else ()
    return {i["title"][: len(FORGED)] for found in lists for i in found["invitations"]}


def from_slack(post: Post) -> Message:
    """Read the blocks, or the text where there are none; neither holds markup but our own."""
    text: str = post.payload["text"]
    shown = list(_texts(post.payload))
    stands = _STANDS.match(text) is not None
    alerts = _shown(shown, post.at) if shown else _plain(text)
    _check_markup(post)
    return Message(
        channel="slack",
        at=post.at,
        raw=post.raw,
        greets=any("Connected to the AWS catalog" in part for part in shown or [text]),
        warns="Nobody receives these alerts by email" in text,
        alerts=() if stands else alerts,
        dates=bool(shown) or not _LINE.search(text),
        ts=post.ts,
        thread_ts=post.thread_ts,
        is_broadcast=str(post.payload.get("reply_broadcast", "")).lower() in ("1", "true"),
        place=post.channel,
        diverted=any("Sent here because" in part for part in shown),
        stands=stands,
    )


def shown_now(posts: Iterable[Post]) -> list[Shown]:
    """Return what can be a card, as it is now: first alerts, and reminders that stand alone."""
    found = []
    for post in posts:
        _check_markup(post)
        text, blocks = post.payload["text"], list(_texts(post.payload))
        names = _TAG.findall(text) or _NAME.findall(text)
        if post.via == "bot" and post.thread_ts is None and names and "\n" not in text:
            found.append(_card(post.ts, names[0], text, blocks))
    return found


def _card(ts: str, name: str, text: str, blocks: list[str]) -> Shown:
    """Read a card; one whose invitation has ended is a single line that calls for nothing."""
    whole = "\n".join(blocks or [text])
    end = _ENDED.search(text)
    assert not end or _CALL not in whole, whole
    return Shown(ts=ts, name=name, status=_ENDS[end[1]] if end else None, expiry=_expiry(whole))


def _check_markup(post: Post) -> None:
    for markup in (post.payload["text"], *_texts(post.payload, "mrkdwn")):
        assert not _FOREIGN.search(_OURS.sub("", markup)), markup


@functools.lru_cache(maxsize=1000)
def named(body: bytes) -> frozenset[str]:
    """Return the ids and tags that a request to a channel holds."""
    return frozenset(_NAME.findall(unquote_plus(body.decode())))


@functools.lru_cache(maxsize=1000)
def digest_of(body: bytes) -> Any:
    """Return the standing digest that a request to SNS holds, None if it holds none."""
    message = json.loads(parse_qs(body.decode())["Message"][0])
    return json.loads(message["default"])["digest"]


def holds_digest(body: bytes) -> bool:
    """Return whether a request to a channel holds a standing digest."""
    if body.startswith(b"{"):
        return _STANDS.match(json.loads(body)["text"]) is not None
    return digest_of(body) is not None


def place_of(call: Call) -> str:
    """Return where in Slack a call posts, or updates a card."""
    if call.operation == "webhook":
        return call.path.removeprefix(WEBHOOK_PATH) or CHANNEL
    return str(json.loads(call.body)["channel"])


def may_warn(body: bytes) -> bool:
    """Return whether a request to a channel says that nobody receives what another one is sent."""
    return "Nobody receives" in unquote_plus(body.decode())


def _entry(entry: Any) -> ToldAlert:
    is_staged = entry["stage_hours"] is not None and entry["kind"] != ESCALATED
    stage = f".{entry['stage_hours']}" if is_staged else ""
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
        if block["type"] == "rich_text" and not kind:
            yield from _rich_texts(block)
            continue
        for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            if part and kind in part["type"]:
                yield part["text"]


def _rich_texts(block: dict[str, Any]) -> Iterator[str]:
    """Yield a digest's lines, written as they would be in mrkdwn; no text of theirs is markup."""
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            for section in part["elements"]:
                text = "".join(map(_rich_text, section["elements"]))
                yield text if text.split()[0] in _SIGNS else f"• {text}"


def _rich_text(element: dict[str, Any]) -> str:
    if element["type"] == "date":
        return f"<!date^{element['timestamp']}^{element['format']}|>"
    assert element["type"] == "text", element
    return str(element["text"])


def _shown(texts: list[str], at: datetime) -> tuple[ToldAlert, ...]:
    whole = "\n".join(texts)
    lines = _LINE.findall(whole)
    if lines:
        kind = _common_kind(whole)
        return tuple(
            _in_digest(name, _SIGNS.get(sign, kind), rest, at) for sign, name, rest in lines
        )
    headers = [text for text in texts if _TAG.search(text)]
    return tuple(
        ToldAlert(name=_TAG.findall(header)[0], kind=_kind(header), expiry=_expiry(whole))
        for header in headers[:1]
    )


def _in_digest(name: str, kind: str, rest: str, at: datetime) -> ToldAlert:
    """Read a line of a digest; it says how long is left, and with that at which stage it is."""
    expiry = _expiry(rest)
    if kind == "expiring" and expiry is not None:
        kind += f".{next(hours for hours in _STAGES if expiry - at <= timedelta(hours=hours))}"
    return ToldAlert(name=name, kind=kind, expiry=expiry)


def _plain(text: str) -> tuple[ToldAlert, ...]:
    lines = [name for _, name, _ in _LINE.findall(text)]
    if lines:
        kind = _common_kind(text)
        kind = UNSAID if kind == "expiring" else kind  # Of which stage, only the dates would say.
        return tuple(ToldAlert(name=name, kind=kind, expiry=None) for name in lines)
    names = _TAG.findall(text) or _NAME.findall(text)
    return tuple(ToldAlert(name=name, kind=_kind(text), expiry=_expiry(text)) for name in names[:1])


def _common_kind(text: str) -> str:
    """Return the kind of all of a digest's alerts, as its headline says."""
    kinds = [kind for kind, pattern in _ALL_OF_A_KIND if pattern.search(text)]
    return kinds[0] if kinds else UNSAID


def _kind(text: str) -> str:
    if _UNANSWERED.search(text):
        return ESCALATED
    span = _SPAN.search(text)
    if span:
        return f"expiring.{_SPANS[span[1]]}"
    return "closed.expired" if _ENDED.search(text) else "new"


def _expiry(text: str) -> datetime | None:
    found = _EXPIRY.search(text)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)

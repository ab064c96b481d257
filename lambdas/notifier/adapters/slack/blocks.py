"""What people read in Slack: Block Kit within its limits, with everything from outside escaped.

Limits: https://docs.slack.dev/reference/block-kit/blocks and .../methods/chat.postMessage; the
cap on all blocks together is undocumented, but a message over it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from ...core.compose import (
    Fact,
    Message,
    description,
    facts,
    greeting,
    headline,
    local_time,
    name,
    note,
    passages,
    plain_name,
    warning,
)
from ...core.model import Alert, Kind
from ...core.text import ELLIPSIS, one_line, truncate

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
FIELDS_LIMIT = 10
TEXT_LIMIT = 3900
"""Under 4,000, past which Slack splits a message."""

DIGEST_LIMIT = 8500
"""Characters of a digest's lines in one message: under the cap with what surrounds them."""

_VALUE_LIMIT = 300
_TITLE_LIMIT = 120

_SIGNS = {Kind.NEW: "📬", Kind.EXPIRING: "⏳", Kind.CLOSED_EXPIRED: "🚫"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str, limit: int) -> str:
    """Return `text` for mrkdwn in at most `limit` characters; no entity is ever cut in two."""
    pieces = [_ESCAPES.get(character, character) for character in text[: limit + 1]]
    if sum(map(len, pieces)) <= limit and len(text) <= limit:
        return "".join(pieces)
    kept, room = [], limit - len(ELLIPSIS)
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def moment(when: datetime) -> str:
    """Return a moment that Slack shows on the reader's own clock."""
    fallback = escape(local_time(when, UTC), 60)
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def fallback(message: Message) -> str:
    """Return the line that notifications show; all there is of a plain message."""
    if message.plain and not message.single and message.alerts:
        return _plain_digest(message)
    lines = [greeting(message) if message.alerts else None, headline(message)]
    if about := warning(message):
        lines = [f"{headline(message)}.", about]
    alert = message.single
    text = " ".join(escape(line, 1500) for line in lines if line)
    if alert is not None and message.plain:
        text += f", {escape(plain_name(alert.invitation), 1500)}"
    if alert is not None and alert.invitation.expires_at is not None:
        text += f" ({_expiry(alert)})"
    return text


def blocks(message: Message, *, url: str) -> list[Block]:
    """Return the message's blocks; none for a plain one."""
    return [] if message.plain else list(_blocks(message, url))


def line(alert: Alert, *, signed: bool = True) -> str:
    """Return one alert's line in a digest, with its kind's sign or a bullet."""
    title = escape(name(alert.invitation), _TITLE_LIMIT)
    about = escape(description(alert), _TITLE_LIMIT)
    return f"{_SIGNS[alert.kind] if signed else '•'} *{title}* · {about} · {_expiry(alert)}"


def link(url: str, label: str = "Open Partner Central") -> str:
    return f"<{_address(url)}|{label}>"


def _blocks(message: Message, url: str) -> Iterator[Block]:
    if about := warning(message):
        yield HeaderBlock(text=_plain(f"⚠️ {headline(message)}", HEADER_LIMIT))
        yield SectionBlock(text=_mrkdwn(escape(about, SECTION_LIMIT)))
        return
    if not message.alerts:
        yield SectionBlock(text=_mrkdwn(f"✅ *{escape(greeting(message) or '', 300)}*"))
        yield _context("Alerts about engagement invitations will arrive here.", link(url))
        return
    if welcome := greeting(message):
        yield _context("✅ " + escape(welcome, 300))
    sign = _SIGNS[message.single.kind] if message.single else "📋"
    yield HeaderBlock(text=_plain(f"{sign} {headline(message)}", HEADER_LIMIT))
    yield from _card(message) if message.single else _digest(message.alerts)
    yield SectionBlock(text=_mrkdwn(f"*{link(url, _call(message))}*"))
    if remark := note(message):
        yield _context(escape(remark, 300))


def _call(message: Message) -> str:
    asks = any(alert.invitation.is_answerable for alert in message.alerts)
    return "Accept or decline in Partner Central" if asks else "Open Partner Central"


def _card(message: Message) -> Iterator[Block]:
    fields = [_field(fact) for fact in facts(message)]
    for start in range(0, len(fields), FIELDS_LIMIT):
        yield SectionBlock(fields=fields[start : start + FIELDS_LIMIT])
    for passage in passages(message):
        # Plain text: whatever a customer wrote is shown as written, with no markup in it.
        yield _context(f"*{escape(passage.label, 80)}*")
        yield SectionBlock(text=_plain(str(passage.value), SECTION_LIMIT))


def _digest(alerts: Sequence[Alert]) -> Iterator[Block]:
    mixed = len({alert.kind for alert in alerts}) > 1
    held: list[str] = []
    for alert in alerts:
        text = line(alert, signed=mixed)
        if held and sum(map(len, held)) + len(held) + len(text) > SECTION_LIMIT:
            yield SectionBlock(text=_mrkdwn("\n".join(held)))
            held = []
        held.append(text)
    yield SectionBlock(text=_mrkdwn("\n".join(held)))


def _field(fact: Fact) -> MarkdownTextObject:
    value = fact.value
    shown = moment(value) if isinstance(value, datetime) else escape(value, _VALUE_LIMIT)
    return _mrkdwn(f"*{escape(fact.label, 80)}*\n{shown}")


def _expiry(alert: Alert) -> str:
    expires_at = alert.invitation.expires_at
    if expires_at is None:
        return "no expiry date given"
    verb = "expired" if alert.kind is Kind.CLOSED_EXPIRED else "answer by"
    return f"{verb} {moment(expires_at)}"


def _plain_digest(message: Message) -> str:
    """Return every alert of a digest in plain words, each as long as all of them leave room for."""
    head = escape(" ".join(filter(None, (greeting(message), headline(message)))), 300)
    room = (TEXT_LIMIT - len(head)) // len(message.alerts) - len("\n- ")
    return head + "".join(
        f"\n- {escape(one_line(plain_name(alert.invitation), room), max(room, 2))}"
        for alert in message.alerts
    )


def _context(*texts: str) -> ContextBlock:
    return ContextBlock(elements=[_mrkdwn(text) for text in texts])


def _mrkdwn(text: str) -> MarkdownTextObject:
    # Verbatim: what looks like an address in a title does not become a link.
    return MarkdownTextObject(text=text, verbatim=True)


def _plain(text: str, limit: int) -> PlainTextObject:
    return PlainTextObject(text=truncate(text, limit), emoji=False)


def _address(url: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in url)

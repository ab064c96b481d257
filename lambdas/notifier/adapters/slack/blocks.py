"""Dress a message for Slack: Block Kit within its limits, with everything from outside escaped.

Limits: https://docs.slack.dev/reference/block-kit/blocks and .../methods/chat.postMessage; the
cap on all blocks together is undocumented, but a message over it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElement,
    RichTextListElement,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
)
from slack_sdk.models.blocks import RichTextElementParts as _Rich

from ...core.content import Content, Deadline, Fact, Group, Line, Mail, Settled, Sign
from ...core.text import ELLIPSIS, one_line, truncate
from ...core.words import local_time

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
FIELDS_LIMIT = 10
TEXT_LIMIT = 3900
"""Under 4,000, past which Slack splits a message."""

DIGEST_LIMIT = 8500
"""Characters of a digest's lines in one message: under the cap with what surrounds them."""

_DATE_ROOM = 60
"""What a line holds beside its words: sign, separators, and a date as Slack writes it."""

_VALUE_LIMIT = 300
_TITLE_LIMIT = 120
_COLUMN = 60
"""Characters of a value that still looks well in a column of half a message's width."""

_LINK_LIMIT = 1950
"""Characters of an address, so that a line of context has room for its words, and a section for
what stands beside it; mail programs take hardly more either."""

_SENTENCE_LIMIT = 1500

_DATE_FORMAT = "{date_short_pretty} at {time}"
"""https://docs.slack.dev/messaging/formatting-message-text#date-formatting"""

_AGO = " ({ago})"
_BETWEEN = " · "

_ADDRESS = r"([A-Za-z0-9.!#$%'+/=?^{}-]|(?<=[^\W_])_(?=[^\W_])){1,64}@[A-Za-z0-9.-]{1,255}"
"""What a link can hold, and show as it is: without marks that would be markup."""

_EMOJI = {
    Sign.NEW: "📬",
    Sign.EXPIRING: "⏳",
    Sign.ACCEPTED: "✅",
    Sign.DECLINED: "✖️",
    Sign.EXPIRED: "🚫",
    Sign.DIGEST: "📋",
    Sign.CONNECTED: "✅",
    Sign.WARNING: "⚠️",
}
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


def moment(when: datetime, *, ago: bool = False) -> str:
    """Return a moment that Slack shows on the reader's own clock; with `ago`, also how far away."""
    fallback = escape(local_time(when, UTC), 60)
    pattern = _DATE_FORMAT + (_AGO if ago else "")
    return f"<!date^{int(when.timestamp())}^{pattern}|{fallback}>"


def notification(content: Content) -> str:
    """Return the one line that notifications show."""
    if content.sign is Sign.WARNING:
        return _sentences(f"{content.headline}.", content.text)
    said = _sentences(content.greeting, content.headline) + _until(content.deadline)
    return _pinging(content, said)


def plain(content: Content) -> str:
    """Return all of a message that asks for the minimal form: one text, without blocks."""
    if content.sign is Sign.DIGEST:
        return _plain_digest(content)
    if not content.facts:
        return notification(content)
    values = (fact.value for fact in content.facts)
    named = [escape(value, _SENTENCE_LIMIT) for value in values if isinstance(value, str)]
    said = _sentences(content.greeting, content.headline)
    return _pinging(content, ", ".join((said, *named)) + _until(content.deadline))


def blocks(content: Content, *, url: str) -> list[Block]:
    """Return the blocks of a message in its full form; `url` is where its link leads."""
    if content.settled:
        return [_settled(content.sign, content.settled)]
    return list(_short(content, url) if content.text else _long(content, url))


def size(alert: Line) -> int:
    """Return about how many characters an alert's line adds to a digest."""
    texts = (truncate(alert.title, _TITLE_LIMIT), truncate(alert.about, _TITLE_LIMIT))
    return sum(map(len, texts)) + len(alert.deadline.words) + _DATE_ROOM


def _short(content: Content, url: str) -> Iterator[Block]:
    """Yield the blocks of a message about no invitation: a sentence below its headline."""
    text, link = escape(content.text or "", SECTION_LIMIT), _link(url, content.call)
    if content.sign is Sign.WARNING:
        yield _header(content)
        yield SectionBlock(text=_mrkdwn(text))
        return
    yield SectionBlock(text=_mrkdwn(f"{_EMOJI[content.sign]} *{escape(content.headline, 300)}*"))
    yield _context(text, link)


def _long(content: Content, url: str) -> Iterator[Block]:
    if content.greeting:
        yield _context(f"{_EMOJI[Sign.CONNECTED]} {escape(content.greeting, 300)}")
    yield _header(content)
    yield from _facts(content.facts)
    for passage in content.passages:
        yield _context(f"*{escape(passage.label, 80)}*")
        yield _quote(str(passage.value))
    for group in content.groups:
        yield _group(group, signed=content.of_many_kinds)
    yield SectionBlock(text=_mrkdwn(_pinging(content, f"*{_link(url, content.call)}*")))
    if content.ask:
        yield SectionBlock(text=_mrkdwn(_mail(content.ask, before=": ")))
    if content.note:
        yield _context(escape(content.note, 300))


def _quote(text: str) -> RichTextBlock:
    """Return what somebody outside wrote, set off from our words; no mark in it is markup."""
    said = _Rich.Text(text=truncate(text, SECTION_LIMIT))
    return RichTextBlock(elements=[RichTextQuoteElement(elements=[said])])


def _group(group: Group, *, signed: bool) -> RichTextBlock:
    """Return a digest's lines as rich text: in it, a title's `*` or `_` is no markup."""
    lines = [RichTextSectionElement(elements=_line(alert, signed=signed)) for alert in group.lines]
    title = _Rich.Text(text=truncate(group.title, 80), style=_Rich.TextStyle(bold=True))
    elements: list[RichTextElement] = [RichTextSectionElement(elements=[title])]
    if lines:
        elements.append(RichTextListElement(elements=lines, style="bullet", indent=0))
    if group.more:
        elements.append(RichTextSectionElement(elements=[_Rich.Text(text=group.more)]))
    return RichTextBlock(elements=elements)


def _facts(facts: Iterable[Fact]) -> Iterator[Block]:
    """Yield the facts in two columns; one that would make a tall column has the whole width."""
    fields: list[MarkdownTextObject] = []
    for fact in facts:
        if isinstance(fact.value, str) and len(fact.value) > _COLUMN:
            yield from _columns(fields)
            yield SectionBlock(text=_field(fact))
            fields = []
        else:
            fields.append(_field(fact))
    yield from _columns(fields)


def _columns(fields: Sequence[MarkdownTextObject]) -> Iterator[Block]:
    for start in range(0, len(fields), FIELDS_LIMIT):
        yield SectionBlock(fields=fields[start : start + FIELDS_LIMIT])


def _line(alert: Line, *, signed: bool) -> list[RichTextElement]:
    """Return one alert's line in a digest, with its sign if others stand beside it."""
    sign = f"{_EMOJI[alert.sign]} " if signed else ""
    said = (truncate(_single(text), _TITLE_LIMIT) for text in (alert.title, alert.about))
    elements: list[RichTextElement] = [
        _Rich.Text(text=sign + _BETWEEN.join((*said, f"{alert.deadline.words} ")))
    ]
    when = alert.deadline.moment
    if when is not None:
        fallback = local_time(when, UTC)
        elements.append(
            _Rich.Date(
                timestamp=int(when.timestamp()), format=_DATE_FORMAT + _AGO, fallback=fallback
            )
        )
    return elements


def _single(text: str) -> str:
    """Return one part of a line, which cannot pretend to be several."""
    return text.replace(_BETWEEN, " - ")


def _settled(sign: Sign, settled: Settled) -> ContextBlock:
    """Return the one line that is left of a card; what came from outside in it is plain text."""
    when = moment(settled.ended_at) if settled.ended_at else ""
    became = f"*{settled.outcome}* {when}".rstrip()
    said = _BETWEEN.join(filter(None, (became, settled.pace)))
    return ContextBlock(
        elements=[
            _plain_text(f"{_EMOJI[sign]} {settled.about}", _VALUE_LIMIT),
            _mrkdwn(said),
        ]
    )


def _plain_digest(content: Content) -> str:
    """Return every line of a digest in plain words, each as long as all of them leave room for."""
    head = _pinging(
        content, escape(" ".join(filter(None, (content.greeting, content.headline))), 300)
    )
    head += "".join(f"\n{fact.label}: {fact.value}" for fact in content.facts)
    more = "".join(f"\n{group.title}: {group.more}" for group in content.groups if group.more)
    room = (TEXT_LIMIT - len(head) - len(more)) // max(len(content.lines), 1) - len("\n- ")
    lines = (escape(one_line(alert.title, room), max(room, 2)) for alert in content.lines)
    return head + "".join(f"\n- {line}" for line in lines) + more


def _pinging(content: Content, text: str) -> str:
    """Return mrkdwn behind a mention, if there is somebody to ping.

    https://docs.slack.dev/messaging/formatting-message-text#mentioning-users
    """
    if content.mention is None:
        return text
    if content.mention == "here":
        return f"<!here> {text}"
    is_group = content.mention.startswith("S")
    return f"<{'!subteam^' if is_group else '@'}{content.mention}> {text}"


def _sentences(*texts: str | None) -> str:
    return " ".join(escape(text, _SENTENCE_LIMIT) for text in texts if text)


def _until(deadline: Deadline | None) -> str:
    return f" ({_deadline(deadline)})" if deadline and deadline.moment else ""


def _deadline(deadline: Deadline, *, ago: bool = False) -> str:
    if deadline.moment is None:
        return deadline.words
    return f"{deadline.words} {moment(deadline.moment, ago=ago)}"


def _header(content: Content) -> HeaderBlock:
    return HeaderBlock(text=_plain_text(f"{_EMOJI[content.sign]} {content.headline}", HEADER_LIMIT))


def _field(fact: Fact) -> MarkdownTextObject:
    return _mrkdwn(f"*{escape(fact.label, 80)}*\n{_value(fact.value)}")


def _value(value: str | datetime | Deadline | Mail) -> str:
    if isinstance(value, str):
        return escape(one_line(value, _VALUE_LIMIT), _VALUE_LIMIT)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mail):
        return _mail(value)
    if value.moment is None:
        return value.words
    shown = moment(value.moment, ago=not value.working)
    return f"{shown} ({escape(value.working, 80)})" if value.working else shown


def _mail(mail: Mail, *, before: str = ", ") -> str:
    """Return words and an address that opens a mail; as text, if it is a strange one.

    What opens is what is shown: words of our own or a sender's never stand for an address.
    """
    name = "" if mail.words == mail.address else f"{escape(mail.words, _VALUE_LIMIT)}{before}"
    about = f", {escape(mail.about, _VALUE_LIMIT)}" if mail.about else ""
    shown = escape(mail.address, _VALUE_LIMIT)
    if re.fullmatch(_ADDRESS, mail.address, re.ASCII):
        shown = f"<{_mailto(mail)}|{shown}>"
    return f"{name}{shown}{about}"


def _mailto(mail: Mail) -> str:
    """Return an address that opens a mail, with as much of what to write as a link has room for.

    A letter of most of the world's languages takes nine characters of it.
    """
    address = f"mailto:{quote(mail.address, safe='@+')}"
    given = (("subject", mail.subject), ("body", mail.body))
    for some in (given, given[:1]):
        query = urlencode([(key, text) for key, text in some if text], quote_via=quote)
        if query and len(address) + len(query) < _LINK_LIMIT:
            return f"{address}?{query}"
    return address


def _link(url: str, label: str) -> str:
    shown = "".join(_ESCAPES.get(character, character) for character in url)
    # `settings.web_address` has room for less; without its link a message still says all else.
    return f"<{shown}|{label}>" if len(shown) <= _LINK_LIMIT else label


def _context(*texts: str) -> ContextBlock:
    return ContextBlock(elements=[_mrkdwn(text) for text in texts])


def _mrkdwn(text: str) -> MarkdownTextObject:
    # Verbatim: what looks like an address in a title does not become a link.
    return MarkdownTextObject(text=text, verbatim=True)


def _plain_text(text: str, limit: int) -> PlainTextObject:
    return PlainTextObject(text=truncate(text, limit), emoji=False)

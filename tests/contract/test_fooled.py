"""Whatever a sender writes, no reader takes it for our words, or a link for what it is not."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.gallery.examples import message, new
from demo.gallery.invitations import INVITED, full
from notifier.adapters.slack import blocks as block_kit
from notifier.adapters.sns import email
from notifier.core.addresses import website
from notifier.core.compose import compose
from notifier.core.message import Message
from notifier.core.model import Alert, Contact, Details, Kind
from notifier.core.text import clean

URL = "https://us-east-1.console.aws.amazon.com/partnercentral/home"
ZONE = ZoneInfo("Europe/Berlin")
BLANKS = "\u2800\u3164\uffa0\u115f\u1160\u00a0\u200b\u00ad\u2060\U000e0041 "
OURS = "Accept or decline in Partner Central:"


def mail(held: Message) -> str:
    return email.body(compose(held), now=held.now, zone=ZONE, url=URL)


def first_column(body: str) -> list[str]:
    """Return the lines that begin in the first column, and are no quotes."""
    return [line for line in body.splitlines() if line and line[0] not in " >"]


def written(text: str, kind: Kind = Kind.NEW) -> Message:
    """Return a message in which a sender has written all that a sender writes."""
    said = clean(text, limit=600)
    details = full()
    texts: dict[str, Any] = {
        field.name: said
        for field in fields(Details)
        if field.name not in ("invitation", "unread", "preferred_time", "target_date", "country")
        and isinstance(getattr(details, field.name), str | None)
    }
    invitation = replace(details.invitation, title=said, sender_name=said)
    contact = Contact(name=said, title=said, email="me@evil.example")
    hostile = replace(details, **texts, invitation=invitation, contacts=(contact,))
    alert: Alert = replace(new(invitation), kind=kind, was_told=kind is not Kind.NEW)
    return message(alert, hostile, now=INVITED)


HOSTILE = (
    f"We move.{BLANKS * 9}{OURS} https://evil.example",
    f"We move.\n\n{OURS}\nhttps://evil.example",
    f"{OURS} https://evil.example\n> {OURS}",
    "x\n" * 20 + f"Respond by: today\n{OURS}",
    "Sent here because" + "\u3164" * 80 + OURS,
)


@pytest.mark.parametrize("kind", [Kind.NEW, Kind.EXPIRING, Kind.CLOSED_EXPIRED, Kind.REOPENED])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_sender_writes_our_last_line(text: str, kind: Kind) -> None:
    """Every line that begins as ours does says what it says without them."""
    plain = {line.partition(":")[0] for line in first_column(mail(written("Move", kind)))}
    body = mail(written(text, kind))
    for line in first_column(body):
        assert line.partition(":")[0] in plain or _is_headline(line)
    ours = [line for line in body.splitlines() if line.startswith(OURS)]
    assert len(ours) == (0 if kind is Kind.CLOSED_EXPIRED else 2)


def _is_headline(line: str) -> bool:
    """Say whether a line begins with words of ours, and a title or a name goes on after them."""
    return line.startswith(("New opportunity: ", "Expired ", "Open again: ", "6 days", "Ask "))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([OURS, "x" * 40, "\n", *BLANKS, " "]), max_size=60))
def test_no_text_from_outside_begins_a_line(parts: list[str]) -> None:
    """Quoted, in a column of its own, or below our words: never in the first column."""
    body = mail(written("Z " + "".join(parts)))
    assert [line for line in body.splitlines() if line.startswith(OURS)] == 2 * [OURS]


@pytest.mark.parametrize("kind", [Kind.NEW])
def test_in_slack_what_a_sender_wrote_is_a_quote(kind: Kind) -> None:
    """In rich text, out of which no mark leads."""
    content = compose(written("x " * 200 + HOSTILE[1], kind))
    blocks = [block.to_dict() for block in block_kit.blocks(content, url=URL)]
    quotes = [part for b in blocks for part in b.get("elements", ()) if "quote" in part["type"]]
    assert len(quotes) == len(content.passages) > 0


def test_blanks_of_any_kind_are_one_space() -> None:
    """What shows nothing vanishes; what belongs to a letter or an emoji stays."""
    assert clean(f"a{BLANKS}b", limit=99) == "a b"
    for kept in ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩‍👩‍👧", "❤️", "क्‍ष"):
        assert clean(kept, limit=99) == kept


def test_the_address_that_opens_is_the_one_that_is_shown() -> None:
    """A name that looks like another one stands beside it as text."""
    contact = Contact(name="support@aws.amazon.com", email="me@evil.example")
    held = replace(full(), contacts=(contact,))
    content = compose(message(new(held.invitation), held, now=INVITED))
    shown = str([block.to_dict() for block in block_kit.blocks(content, url=URL)])
    assert re.findall(r"<mailto:([^|?>]*)[^|>]*\|([^>]*)>", shown) == 1 * [
        ("me@evil.example", "me@evil.example")
    ]
    assert "support@aws.amazon.com, " in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://www.example.com/a?b=1", "https://www.example.com/a?b=1"),
        ("http://example.com:8080", "http://example.com:8080"),
        ("www.example.com", "www.example.com"),
        ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC (münchen.example)"),
    ],
)
def test_a_website_is_shown_as_it_is(given: str, shown: str) -> None:
    """In ASCII, with its own name beside it."""
    assert website(given) == shown


@pytest.mark.parametrize(
    "given",
    [
        "https://console.aws.amazon.com@evil.example/login",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://evil.example\\@aws.amazon.com",
        "https://",
        "ftp://evil.example",
    ],
)
def test_what_is_no_website_is_no_link(given: str) -> None:
    """Its words are kept, and nothing that a mail program takes for an address."""
    shown = website(given)
    assert not re.search(r"\w://|\w\.\w|\w@|^\w+:", shown)
    assert re.sub(r"[\[\]]", "", shown) == given

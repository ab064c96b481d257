"""The gallery: every message is as somebody last saw it, and says the same in Slack and by email.

That Slack's and SNS's rules take each of them is checked where they are sent: what is refused
raises.
"""

from __future__ import annotations

import difflib
import html
import json
import os
from pathlib import Path

import pytest

from demo.gallery.examples import How, sections
from demo.gallery.invitations import BERLIN
from demo.gallery.page import render
from demo.gallery.sending import Shown, shown
from demo.gallery.text import written
from notifier.core.compose import compose
from notifier.core.content import Content

MESSAGES = Path(__file__).parent / "messages"

RENEW = "RENEW_SNAPSHOTS"
HOW = f"{RENEW}=1 .venv/bin/python -m pytest tests/contract/test_gallery.py"

SECTIONS = sections()
EXAMPLES = {example.name: example for section in SECTIONS for example in section.examples}
TOLD_TO_ALL = [
    example.name
    for example in EXAMPLES.values()
    if example.only is None and not example.message.plain
]


@pytest.fixture(scope="module")
def everything() -> dict[str, Shown]:
    return {held.example.name: held for held in shown(list(EXAMPLES.values()))}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_is_as_it_was(everything: dict[str, Shown], name: str) -> None:
    """Changes are shown line by line, so that nobody changes a text without seeing it."""
    path = MESSAGES / f"{name}.txt"
    made = written(everything[name])
    if os.environ.get(RENEW):
        path.write_text(made, "utf-8")
    kept = path.read_text("utf-8") if path.exists() else ""
    if kept != made:
        changes = difflib.unified_diff(
            kept.splitlines(), made.splitlines(), "as it was", "as it is", n=1, lineterm=""
        )
        pytest.fail(
            f"{name} has changed; look at it (make gallery), and if it is meant, renew it with\n"
            f"  {HOW}\n" + "\n".join(changes),
            pytrace=False,
        )


def test_no_snapshot_is_left_over() -> None:
    """Each of them is of an example that there is."""
    assert {path.stem for path in MESSAGES.glob("*.txt")} == set(EXAMPLES)


@pytest.mark.parametrize("name", TOLD_TO_ALL)
def test_slack_and_email_say_the_same(everything: dict[str, Shown], name: str) -> None:
    """Every label, every title and every call to action stands in both."""
    held = everything[name]
    slack = " ".join(html.unescape(words_of(post.body)) for post in held.bot)
    email = " ".join(f"{mail.subject} {mail.text}" for mail in held.mails)
    for words in said(compose(held.example.message)):
        assert squeezed(words) in squeezed(slack), f"not in Slack: {words}"
        assert squeezed(words) in squeezed(email), f"not in the email: {words}"


def said(content: Content) -> list[str]:
    """Return the words of a message that no channel may leave out."""
    labels = [fact.label for fact in (*content.facts, *content.passages)]
    titles = [line.title for line in content.lines]
    about = [line.about for line in content.lines]
    asked = [content.ask.words] if content.ask else []
    single = [content.headline] if not content.lines else []
    rest = [text for text in (content.text, content.note) if text]
    return [*single, *labels, *titles, *about, *asked, *rest, content.call]


def words_of(body: bytes) -> str:
    return json.dumps(json.loads(body).get("blocks"), ensure_ascii=False).replace("\\n", " ")


def squeezed(text: str) -> str:
    """Return a text without its spaces and line breaks: each channel wraps in its own way."""
    return "".join(text.split()).replace('\\"', '"')


@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_of_an_email_are_narrow(everything: dict[str, Shown], name: str) -> None:
    """Only an unbreakable word, such as an address, is longer than 72 characters."""
    for mail in everything[name].mails:
        for line in mail.text.splitlines():
            assert len(line) <= 72 or len(line.split()) <= 2, line


def test_a_card_is_one_line_when_its_invitation_has_ended(everything: dict[str, Shown]) -> None:
    """Nothing is left to do, so that nothing asks for it."""
    for name in ("card-accepted", "card-declined", "card-expired", "card-unknown"):
        (post,) = everything[name].bot
        (block,) = json.loads(post.body)["blocks"]
        assert block["type"] == "context"
        assert "Partner Central" not in json.dumps(block)


def test_the_page_shows_every_example(everything: dict[str, Shown]) -> None:
    """All of them are on one page, which loads nothing."""
    held = [(section, [everything[e.name] for e in section.examples]) for section in SECTIONS]
    page = render(held, zone=BERLIN)
    assert all(f"<code>{name}</code>" in page for name in EXAMPLES)
    assert "<script" not in page
    replies = [example for example in EXAMPLES.values() if example.how is How.REPLY]
    assert page.count('class="thread"') == len(replies)

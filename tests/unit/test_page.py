"""The demo's page: faithful to what the channels received, and safe whatever that was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo.page import Mail, Post, Tick, render

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PORTAL = "https://console.aws.amazon.com/partnercentral/engagements/invitations"
VOID = {"hr", "link", "meta"}


class Reading(HTMLParser):
    """What a browser would make of a page: its elements, and its text without head and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.marked: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.marked.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "head" in self.open:
            return
        self.words.append(data)
        for tag in set(self.open):
            self.marked[tag][-1] += data

    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.elements if tag == "a"]

    def having_class(self, name: str) -> list[str]:
        return [tag for tag, attrs in self.elements if name in (attrs.get("class") or "").split()]


def tick(*, posts: Sequence[bytes | Post] = (), **changes: Any) -> Tick:
    """Return a step; each of its posts that has no timestamp yet is a message of its own."""
    sent = (
        Post(ts=f"{number}.0", body=body) if isinstance(body, bytes) else body
        for number, body in enumerate(posts, start=int(MONDAY.timestamp()))
    )
    plain = Tick(at=MONDAY, title="A run", note="It ran.", posts=tuple(sent))
    return replace(plain, **changes)


def page(*ticks: Tick, zone: ZoneInfo = BERLIN) -> str:
    return render(ticks or (tick(),), zone=zone, heading="A week of invitations", catalog="AWS")


def read(*ticks: Tick, zone: ZoneInfo = BERLIN) -> Reading:
    return Reading(page(*ticks, zone=zone))


def post(*blocks: dict[str, Any], **payload: Any) -> bytes:
    return json.dumps(
        {"text": "fallback", **({"blocks": blocks} if blocks else {}), **payload}
    ).encode()


def mrkdwn(text: str, **options: Any) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, **options}


def section(text: str, **options: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text, **options)}


def shown(text: str, **options: Any) -> Reading:
    return read(tick(posts=(post(section(text, **options)),)))


def date(moment: datetime, pattern: str = "{date_short_pretty} at {time}") -> str:
    return f"<!date^{int(moment.timestamp())}^{pattern}|{moment:%Y-%m-%d %H:%M} UTC>"


# What Slack shows


@pytest.mark.parametrize(
    ("text", "element", "words"),
    [
        ("a *bold* word", "b", "bold"),
        ("an _italic_ word", "i", "italic"),
        ("a ~struck~ word", "s", "struck"),
        ("a `coded * word`", "code", "coded * word"),
        ("before ```two\n*lines*``` after", "pre", "two\n*lines*"),
        ("*bold with <https://example.com|a link>*", "b", "bold with a link"),
    ],
)
def test_mrkdwn_marks_are_drawn(text: str, element: str, words: str) -> None:
    """Slack's marks become the elements that they stand for."""
    assert words in shown(text).marked[element]


@pytest.mark.parametrize("text", ["2*3*4", "snake_case_name", "a * b * c", "* not bold *", "a~b~c"])
def test_marks_inside_words_stay_characters(text: str) -> None:
    """What only looks like a mark is shown as it was written."""
    assert text in shown(text).text


def test_links_show_their_label() -> None:
    """A link leads to its address and shows its label; an address alone shows itself."""
    reading = shown("<https://example.com/a?b=1&amp;c=2|Open> and <https://example.com/d>")
    assert reading.links() == ["https://example.com/a?b=1&c=2", "https://example.com/d"]
    assert "Open and https://example.com/d" in reading.text


def test_bare_addresses_become_links_unless_verbatim() -> None:
    """Slack links a bare address, and does not where the text is verbatim."""
    text = "see https://example.com/a_(b), then (https://example.com/c)."
    assert shown(text).links() == ["https://example.com/a_(b)", "https://example.com/c"]
    assert shown(text, verbatim=True).links() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!channel>", "@channel"),
        ("<!here|here>", "@here"),
        ("<@U123>", "@U123"),
        ("<#C123|sales>", "#sales"),
        ("*<!everyone>*", "@everyone"),
    ],
)
def test_pings_stand_out(text: str, words: str) -> None:
    """Whoever would have been pinged is highlighted, so that a mistake cannot hide."""
    reading = shown(text)
    assert reading.having_class("mention") == ["span"]
    assert words in reading.text


def test_escaped_title_shows_as_plain_words() -> None:
    """A hostile title that was sent escaped neither pings nor links nor makes HTML."""
    title = "&lt;!channel&gt; URGENT &lt;https://evil.example|click&gt; &lt;b&gt;&amp;lt;"
    reading = shown(f"*{title}* · Lead", verbatim=True)
    assert "<!channel> URGENT <https://evil.example|click> <b>&lt; · Lead" in reading.text
    assert not reading.having_class("mention")
    assert not reading.links()


def test_plain_text_is_literal() -> None:
    """Plain text knows no marks; only Slack's three entities are decoded."""
    text = {"type": "plain_text", "text": "*a* &lt;!here&gt; <https://example.com|b> &copy;"}
    reading = read(tick(posts=(post({"type": "section", "text": text}),)))
    assert "*a* <!here> <https://example.com|b> &copy;" in reading.text
    assert not reading.links()


def test_quoted_lines_are_set_off() -> None:
    """A line that begins with a greater-than sign is a quotation."""
    reading = shown("> theirs\nours")
    assert len(reading.having_class("quote")) == 1
    assert "theirs" in reading.text
    assert "> theirs" not in reading.text


@pytest.mark.parametrize(
    ("pattern", "days", "words"),
    [
        ("{date_num}", 2, "2026-11-25"),
        ("{date}", 2, "November 25th"),
        ("{date}", 365, "November 23rd, 2027"),
        ("{date_short}", 2, "Nov 25"),
        ("{date_short}", -300, "Jan 27, 2026"),
        ("{date_long}", 8, "Tuesday, December 1st"),
        ("on {date_pretty}", 0, "On today"),
        ("by {date_short_pretty} at {time}", 1, "By tomorrow at 9:00 AM"),
        ("{date_long_pretty}", -1, "Yesterday"),
        ("{date_long_pretty}", 2, "Wednesday, November 25th"),
        ("{time_secs}", 0, "9:00:00 AM"),
        ("{ago}", -2, "2 days ago"),
        ("{ago}", 1, "In 1 day"),
        ("{ago}", 0, "Now"),
    ],
)
def test_dates_are_written_as_slack_writes_them(pattern: str, days: int, words: str) -> None:
    """Each of Slack's date tokens is filled in, relative to the moment of the message."""
    assert words in shown(date(MONDAY + timedelta(days=days), pattern)).marked["time"]


def test_dates_follow_the_readers_zone() -> None:
    """One moment is tomorrow in Tokyo and still today in New York."""
    posts = (post(section(date(MONDAY.replace(hour=16)))),)
    tokyo, new_york = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
    assert "Tomorrow at 1:00 AM" in read(tick(posts=posts), zone=tokyo).text
    assert "Today at 11:00 AM" in read(tick(posts=posts), zone=new_york).text


@pytest.mark.parametrize("target", ["x^{time}", "1^{era}", "99999999999999999999^{time}", "1", ""])
def test_unreadable_dates_show_their_fallback(target: str) -> None:
    """A date that cannot be filled in shows the words that were sent for that case."""
    assert "by &noon" in shown(f"<!date^{target}|by &amp;noon>").text


def test_blocks_are_drawn() -> None:
    """Headers, fields, context lines, dividers and buttons appear with their words."""
    blocks = (
        {"type": "header", "text": {"type": "plain_text", "text": "New &amp; *hot*"}},
        {"type": "section", "fields": [mrkdwn("*Customer*\nAcme"), mrkdwn("*Country*\nDE")]},
        {"type": "divider"},
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a picture"},
        {"type": "context", "elements": [mrkdwn("sent by _AWS_"), {"type": "image"}]},
        {
            "type": "actions",
            "elements": [{"text": {"text": "Open"}, "url": PORTAL}, {"url": "x:y"}],
        },
    )
    reading = read(tick(posts=(post(*blocks),)))
    assert "New & *hot*" in reading.marked["h4"]
    assert {"Customer", "Country"} <= set(reading.marked["b"])
    assert reading.having_class("button") == ["a", "span"]
    assert ("hr", {}) in reading.elements
    assert "a picture" not in reading.text
    assert "not drawn" not in reading.text
    assert "fallback" not in reading.text


def test_unknown_blocks_are_admitted() -> None:
    """A block that the page cannot draw is named instead of left out in silence."""
    assert "[video: not drawn here]" in read(tick(posts=(post({"type": "video"}),))).text


def test_rich_text_is_drawn() -> None:
    """Rich text shows its words, styles, links, mentions and dates."""
    words = [
        {"type": "text", "text": "<due> ", "style": {"bold": True}},
        {"type": "link", "url": PORTAL, "text": "open"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": int(MONDAY.timestamp()), "format": "{date_num}"},
        {"type": "date", "timestamp": 1, "format": "{era}", "fallback": "long ago"},
    ]
    line = {"type": "rich_text_section", "elements": words}
    elements = [
        line,
        {"type": "rich_text_list", "style": "ordered", "elements": [line]},
        {"type": "rich_text_quote", "elements": words[:1]},
        {"type": "rich_text_preformatted", "elements": words[:1]},
    ]
    reading = read(tick(posts=(post({"type": "rich_text", "elements": elements}),)))
    assert "<due> " in reading.marked["b"]
    assert "1. <due> open@here2026-11-23long ago" in reading.text
    assert reading.links() == [PORTAL, PORTAL]


def test_text_alone_is_drawn_as_mrkdwn() -> None:
    """A message without blocks shows its text, with marks unless they are switched off."""
    assert "told" in read(tick(posts=(post(text="*told*"),))).marked["b"]
    assert "*told*" in read(tick(posts=(post(text="*told*", mrkdwn=False),))).text


@pytest.mark.parametrize(
    "body",
    [
        b"<b>not JSON",
        b"\xff",
        b"[1]",
        b'"<b>"',
        b'{"blocks": [1]}',
        b'{"blocks": "<b>"}',
        b'{"blocks": [{"type": "header", "text": null}]}',
        b'{"blocks": [{"type": []}]}',
    ],
)
def test_strange_bodies_are_shown_as_they_came(body: bytes) -> None:
    """Bytes that are no message are shown themselves, and the page is drawn."""
    assert body.decode(errors="replace") in read(tick(posts=(body,))).text


def test_blocks_sent_as_a_string_are_drawn() -> None:
    """Blocks may arrive as a string of JSON, as form-encoded clients send them."""
    assert (
        "inner" in read(tick(posts=(post(text="x", blocks=json.dumps([section("inner")])),))).text
    )


# A channel over time

CARD = "1792742400.000100"


def sent(ts: str, words: str, **payload: Any) -> Post:
    return Post(ts=ts, body=post(section(words), text=words, **payload))


def story(*steps: Sequence[Post]) -> list[str]:
    """Return what Slack shows in each of these steps, an hour apart."""
    ticks = [
        tick(posts=posts, at=MONDAY + timedelta(hours=hour)) for hour, posts in enumerate(steps)
    ]
    panes = read(*ticks).marked["section"]
    return [words for words in panes if words.startswith("Slack")]


def test_a_reply_stands_under_its_card() -> None:
    """The card is shown again for it, and earlier replies are counted."""
    first, second = sent("2.0", "soon", thread_ts=CARD), sent("3.0", "now", thread_ts=CARD)
    third = sent("4.0", "late", thread_ts=CARD)
    _, one, two, three = story([sent(CARD, "a card")], [first], [second], [third])
    assert one.index("a card") < one.index("soon")
    assert "earlier" not in one
    assert two.index("a card") < two.index("1 earlier reply") < two.index("now")
    assert "soon" not in two
    assert "2 earlier replies" in three


def test_a_broadcast_reply_stands_in_the_channel_too() -> None:
    """There it names the thread, as Slack does; in the thread it says that it was sent on."""
    reply = sent("2.0", "last call", thread_ts=CARD, reply_broadcast=True)
    _, shown_ = story([sent(CARD, "a card")], [reply])
    assert shown_.count("last call") == 2
    assert shown_.index("Also sent to the channel") < shown_.index("replied to a thread: a card")


def test_a_card_is_shown_as_it_is_at_that_moment() -> None:
    """It changes in the step of its update, and not before; an edit is marked as Slack marks it."""
    reply = sent("2.0", "soon", thread_ts=CARD)
    before, between, after, later = story(
        [sent(CARD, "open")], [reply], [sent(CARD, "accepted")], [sent("5.0", "x", thread_ts=CARD)]
    )
    assert "open" in before
    assert "open" in between
    assert "(edited)" not in before + between
    for words in (after, later):
        assert "accepted(edited)" in words
        assert "open" not in words


def test_a_step_that_only_changes_cards_is_quiet() -> None:
    """It is no message: nobody hears of it, and the totals do not count it."""
    reading = read(tick(posts=(sent(CARD, "a"),)), tick(posts=(sent(CARD, "b"),)))
    assert len(reading.having_class("changed")) == 2  # The legend's, and the step's.
    assert "1 Slack message" in reading.text


def test_a_reply_to_nothing_is_a_message() -> None:
    """Under a card that is not there, Slack shows a reply as a message of its own."""
    (words,) = story([sent("2.0", "alone", thread_ts="1.0", reply_broadcast=True)])
    assert words.count("alone") == 1
    assert "thread" not in words


def test_a_link_may_open_a_mail() -> None:
    """Such a link is drawn; one to any other program is not."""
    reading = shown("<mailto:a@b.example?subject=x|Write> <tel:123|Call>")
    assert reading.links() == ["mailto:a@b.example?subject=x"]
    assert "Write Call" in reading.text


# What the inbox shows


def test_mail_shows_sender_subject_and_text() -> None:
    """A mail shows who sent it, its subject, and its lines with addresses as links."""
    mail = Mail(subject="New <lead>", text=f"Acme & Co\n  indented *text*\n\nOpen {PORTAL}.\n")
    reading = read(tick(mails=(mail,)))
    assert "AWS Notifications" in reading.text
    assert "<no-reply@sns.amazonaws.com>" in reading.text
    assert "New <lead>" in reading.marked["h4"]
    assert "  indented *text*" in reading.marked["div"]
    assert reading.links() == [PORTAL]


# Long messages


def digest(count: int) -> tuple[bytes, Mail]:
    """Return a digest of `count` invitations, as each channel gets it."""
    titles = [f"Cloud migration {number}" for number in range(1, count + 1)]
    due = [MONDAY + timedelta(hours=9 * number) for number in range(1, count + 1)]
    lines = [
        f"*{title}* · Opportunity from AWS · expires {date(moment)}"
        for title, moment in zip(titles, due, strict=True)
    ]
    sections = [section("\n".join(lines[at : at + 20])) for at in range(0, count, 20)]
    header = {"type": "header", "text": {"type": "plain_text", "text": f"{count} new invitations"}}
    foot = {"type": "context", "elements": [mrkdwn(f"<{PORTAL}|Open in Partner Central>")]}
    entries = "".join(
        f"{number}. {title}\n   new opportunity from AWS\n   {moment:%a %d %b %Y, %H:%M UTC}\n"
        for number, (title, moment) in enumerate(zip(titles, due, strict=True), start=1)
    )
    text = (
        f"{count} new invitations\n\n{entries}\nAccept or decline in Partner Central:\n{PORTAL}\n"
    )
    return post(header, *sections, foot), Mail(subject=f"{count} new invitations", text=text)


def test_long_digests_fold_in_both_channels() -> None:
    """A digest shows its first lines and says how many more there are; all of them are there."""
    body, mail = digest(41)
    reading = read(tick(posts=(body,), mails=(mail,)))
    assert [words.split("lines")[0] for words in reading.marked["summary"]] == [
        "Show 30 more ",
        f"Show {len(mail.text.splitlines()) - 12} more ",
    ]
    assert reading.text.count("Cloud migration 41") == 2
    assert "Open in Partner Central" not in reading.marked["details"][0]


def test_short_messages_do_not_fold() -> None:
    """A message of a few lines is shown whole."""
    body, mail = digest(5)
    assert "summary" not in read(tick(posts=(body,), mails=(mail,))).marked


def test_lines_with_columns_and_code_are_counted() -> None:
    """The number of folded lines counts each row of fields and each line of code."""
    fields = {"type": "section", "fields": [mrkdwn("*A*\na"), mrkdwn("*B*\nb\nb"), mrkdwn("c")]}
    code = section("```" + "\n".join("x" * 20) + "```")
    reading = read(tick(posts=(post(section("x\n" * 12), fields, code),)))
    assert reading.marked["summary"] == ["Show 25 more linesShow less"]


def test_folds_fall_between_entries() -> None:
    """A fold moves up to a blank line, so that no entry is cut in two."""
    text = "\n\n".join(f"No. {number}.\n   sender\n   expiry" for number in range(1, 21))
    reading = read(tick(mails=(Mail(subject="20 invitations", text=text),)))
    assert "Show 68 more lines" in reading.marked["summary"][0]
    assert "No. 3." not in reading.marked["details"][0]
    assert "No. 4." in reading.marked["details"][0]


# The time line


def test_silence_is_shown_quietly() -> None:
    """A channel that got nothing says so in two words."""
    reading = read(tick(posts=(post(section("told")),)))
    assert reading.text.count("Nothing sent") == 1


@pytest.mark.parametrize(
    ("trouble", "pane"),
    [
        ("Slack is down: 1 delivery waits", "Slack"),
        ("The SNS topic has no subscriber yet; Slack works", "Email"),
        ("Partner Central is not answering", None),
    ],
)
def test_trouble_appears_where_it_is(trouble: str, pane: str | None) -> None:
    """A notice stands in the channel that it names first, or beside the story."""
    reading = read(tick(trouble=trouble))
    panes = {words[:5]: words for words in reading.marked["section"]}
    assert [name for name, words in panes.items() if trouble in words] == ([pane] if pane else [])
    assert reading.text.count(trouble) == 1


def test_time_passes_in_the_readers_zone() -> None:
    """Each step has its day and time, and what lies between two steps is told in words."""
    moments = (MONDAY, MONDAY + timedelta(minutes=5), MONDAY + timedelta(days=2, hours=15))
    text = read(*(tick(at=moment) for moment in moments)).text
    assert "Day 1Mon, Nov 23, 9:00 AM" in text
    assert "5 minutes later" in text
    assert "3 days later" in text
    assert "Day 4Thu, Nov 26, 12:00 AM" in text


def test_summary_is_shown_as_chips() -> None:
    """Each entry of the run's summary is a chip; what is zero stands back."""
    reading = read(tick(summary={"listed": 41, "told_sns": 0}))
    assert "listed41" in reading.text
    assert "told sns0" in reading.text
    assert len(reading.having_class("some")) == len(reading.having_class("none")) == 1


def test_head_says_what_is_seen() -> None:
    """The head names product, story, catalog and zone, and counts what was sent."""
    body, mail = digest(2)
    text = read(tick(posts=(body, body), mails=(mail,)), tick(at=MONDAY + timedelta(days=9))).text
    for words in ("Invitation Notifier", "A week of invitations", "AWS", "Times in Europe/Berlin"):
        assert words in text
    assert "9 days2 steps2 Slack messages1 email" in text


def test_no_ticks_make_an_empty_page() -> None:
    """A story without steps is still a page."""
    assert "0 steps" in Reading(render((), zone=BERLIN, heading="Empty", catalog="AWS")).text


# Safety

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!channel> *URGENT* <https://evil.example|click>",
    "<javascript:alert(1)|click>",
    "<JavaScript:alert(1)>",
    "<data:text/html,x|x>",
    '<https://evil.example/" onmouseover="alert(1)|x>',
    "<!date^1^{time}^javascript:alert(1)|x>",
    "</details></article></main><h1>mine</h1>",
    "\u202egnp.exe \x00 \x1b[31m \ud800",
    "$style ${heading} $$",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
)


def hostile_tick(text: str) -> Tick:
    """Return a step in which everything from outside is `text`."""
    plain = {"type": "plain_text", "text": text}
    blocks = (
        {"type": "header", "text": plain},
        section(text),
        {"type": "section", "fields": [mrkdwn(text), plain]},
        {"type": "context", "elements": [mrkdwn(text)]},
        {"type": "actions", "elements": [{"text": plain, "url": text.strip("<>"), "style": text}]},
        {"type": text},
    )
    return tick(
        title=text,
        note=text,
        posts=(post(*blocks), post(text=text), text.encode(errors="replace")),
        mails=(Mail(subject=text, text=text),),
        trouble=f"Slack: {text}",
        summary={text: text},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_outside_becomes_markup(text: str) -> None:
    """Whatever a title holds: no script, no image, no handler, no other kind of address."""
    made = render((hostile_tick(text),), zone=BERLIN, heading=text, catalog=text)
    made.encode()
    reading = Reading(made)
    assert not reading.open
    names = {name for name, _ in reading.elements}
    assert not names & {"script", "img", "iframe", "object", "form", "base", "link"}
    for name, attributes in reading.elements:
        assert not any(key.startswith("on") or key in {"src", "style"} for key in attributes)
        if name == "a":
            assert re.match("https?://|mailto:", attributes["href"] or "", re.IGNORECASE)
            assert attributes["rel"] == "noopener noreferrer"
    assert len(reading.marked["h1"]) == 1


def test_page_loads_nothing() -> None:
    """The page allows itself inline style and nothing else, and has no address to load from."""
    made = page()
    assert "default-src 'none'; style-src 'unsafe-inline'" in made
    assert not re.search(r"url\(|@import|<script|<link|src=", made)
    assert set(re.findall(r'href="(.)', made)) == {"#"}


def test_page_is_semantic() -> None:
    """The page has a language, a title, one main heading and parts that a reader can jump to."""
    reading = read(tick(posts=(post(section("told")),)))
    assert ("html", {"lang": "en"}) in reading.elements
    assert reading.marked["title"] != []
    assert len(reading.marked["h1"]) == len(reading.marked["main"]) == 1
    assert {"section", "article", "time", "h2", "h3", "header", "footer"} <= reading.marked.keys()


def test_text_from_outside_keeps_its_direction() -> None:
    """Lines from outside are isolated, so that right-to-left words do not turn the page around."""
    reading = read(tick(mails=(Mail(subject="פנייה", text="שלום"),)))
    directed = [tag for tag, attributes in reading.elements if attributes.get("dir") == "auto"]
    assert {"div", "h1", "h2", "h4", "p"} <= set(directed)


def test_same_ticks_make_the_same_page() -> None:
    """The page depends on nothing but the ticks."""
    ticks: Sequence[Tick] = [hostile_tick(text) for text in HOSTILE]
    assert page(*ticks) == page(*ticks)

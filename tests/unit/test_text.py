"""Text from outside: bounded, well-formed, and escaped for where it is shown."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.adapters.aws import lenient_timestamp
from notifier.adapters.partner_central import short_id
from notifier.adapters.slack.blocks import escape
from notifier.core.text import clean, is_shown, one_line, truncate
from notifier.core.words import local_time, time_left


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("  Move   to\tcloud ", "Move to cloud"),
        ("two\r\nlines\rthree", "two\nlines\nthree"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("nul\x00bell\x07esc\x1b[31m", "nul bell esc [31m"),
        ("line\u2028paragraph\u2029end", "line paragraph end"),
        ("\u202eevil\u2066 \u200fmarks\u061c", "evil marks"),
        ("half \ud83d of a pair", "half of a pair"),
        ("👩‍💻 Größe ﷽ 日本語", "👩‍💻 Größe ﷽ 日本語"),
        ("", None),
        (" \n\x00 ", None),
        (None, None),
        (7, None),
        (["list"], None),
    ],
)
def test_words_survive_and_control_does_not(raw: object, shown: str | None) -> None:
    """What can be read stays as it is; what steers a terminal, a mail or a reader's eye goes."""
    assert clean(raw, limit=100) == shown


def test_enormous_text_is_bounded() -> None:
    """A limit holds whatever comes in, and says that something was cut."""
    assert clean("x" * 10_000_000, limit=50) == "x" * 49 + "…"
    assert len(truncate("word " * 100, 42)) <= 42
    assert one_line("a\n b\n\nc", 10) == "a b c"


@pytest.mark.parametrize("limit", range(2, 40))
def test_escaping_never_cuts_an_entity(limit: int) -> None:
    """Escaped text is within its limit and unescapes to the start of what it was."""
    raw = "a<b>&c & <!channel> &amp; tail"
    shown = escape(raw, limit)
    assert len(shown) <= limit
    body = shown.removesuffix("…")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        body = body.replace(entity, character)
    assert raw.startswith(body)
    assert not set(shown) & set("<>")


def test_text_that_fits_is_escaped_whole() -> None:
    """Only the three characters that Slack reads as markup are replaced."""
    assert escape('<!channel> & *bold* `code` "quotes"', 100) == (
        '&lt;!channel&gt; &amp; *bold* `code` "quotes"'
    )


@pytest.mark.parametrize(
    ("identifier", "short"),
    [
        ("engi-abcdefghijklm", "engi-abcdefghijklm"),
        ("arn:aws:partnercentral:us-east-1::catalog/AWS/invitation/engi-abc", "engi-abc"),
        ("arn:without-a-slash", "arn:without-a-slash"),
        ("ends/with/", "ends/with/"),
    ],
)  # fmt: skip
def test_an_arn_is_reduced_to_its_id(identifier: str, short: str) -> None:
    """The same invitation has one name, however the API spells it."""
    assert short_id(identifier) == short


def test_an_id_always_fits_the_ledgers_key() -> None:
    """An enormous id is shortened, and different ones stay different."""
    one, other = short_id("a" * 5000), short_id("a" * 5001)
    assert len(one) <= 255
    assert one != other


@pytest.mark.parametrize(
    "value",
    [
        "",
        "not-a-date",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        1e300,
        -1e300,
        None,
        [],
        {},
    ],
)
def test_a_date_that_cannot_be_read_is_no_date(value: object) -> None:
    """It neither raises nor becomes a moment that no arithmetic survives."""
    assert lenient_timestamp(value) is None


@pytest.mark.parametrize(
    "value", ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00+01:00", 1772442000, "1772442000"]
)
def test_dates_are_utc(value: object) -> None:
    """Whatever form a date has on the wire, it is a UTC moment inside."""
    assert lenient_timestamp(value) == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert json.dumps(str(lenient_timestamp(value))).endswith('+00:00"')


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=5), "5 days left"),
        (timedelta(days=2, hours=23, minutes=59), "2 days 23 hours left"),
        (timedelta(days=3, minutes=59), "3 days left"),
        (timedelta(hours=3, minutes=58), "3 hours 58 minutes left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59, seconds=59), "59 minutes left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ],
)
def test_time_left_is_never_more_than_there_is(left: timedelta, words: str | None) -> None:
    """Words round down: nobody is told of time that they do not have."""
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert time_left(now + left, now) == words


def test_summer_time_is_the_zones_own() -> None:
    """A moment is shown with the offset that the zone has then."""
    berlin = ZoneInfo("Europe/Berlin")
    winter, summer = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert local_time(winter, berlin) == "Sat 28 Mar 2026, 13:00 CET"
    assert local_time(summer, berlin) == "Sun 29 Mar 2026, 14:00 CEST"


ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\ufe0f")
FILLERS = ("\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\U0001d159", "\U000e0041")
SPACES = ("\u00a0", "\u2003", "\u3000", "\n", " ", "\u202e", "\x00")
NOTHING = st.text(st.sampled_from(ZERO_WIDTH + FILLERS + SPACES), max_size=60)
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}


ENGLAND = "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng\x7f")


def can_be_seen(character: str) -> bool:
    """Judge by Unicode's categories, and by what they have wrong."""
    shows = unicodedata.category(character) not in INVISIBLE_CATEGORIES
    return shows and character not in ZERO_WIDTH + FILLERS


@given(NOTHING)
def test_what_shows_nothing_is_no_text(nothing: str) -> None:
    """Nobody is told of a "New opportunity: " with nothing behind it."""
    assert clean(nothing, limit=300) is None
    assert not is_shown(nothing.replace("\x00", ""))


@given(NOTHING, st.sampled_from("aéह日👍"), NOTHING)
def test_one_character_is_a_text(before: str, seen: str, after: str) -> None:
    """Whatever surrounds it; it comes first, so that no cut leaves it out."""
    shown = clean(before + seen + after, limit=300)
    assert shown is not None
    assert shown[0] == seen
    assert is_shown(before + seen + after)


def test_what_shows_nothing_takes_little_room() -> None:
    """A title's other words are not pushed out of sight by what nobody sees."""
    shown = clean("x" + "\u200b" * 500 + "y", limit=300)
    assert shown is not None
    assert shown[-1] == "y"
    assert len(shown) < 20


@given(st.text(st.sampled_from(ZERO_WIDTH + FILLERS) | st.characters(exclude_categories=["Cf"])))
def test_a_text_begins_with_what_can_be_seen(raw: str) -> None:
    """It is no text, or its first character shows; cleaning it again changes nothing."""
    shown = clean(raw, limit=300)
    assert shown is None or can_be_seen(shown[0])
    assert shown is None or clean(shown, limit=300) == shown


@pytest.mark.parametrize("text", ["👨‍👩‍👧‍👦", "❤️‍🔥", ENGLAND, "می‌خواهم", "क्‍ष", "1️⃣ first"])
def test_what_joins_characters_stays(text: str) -> None:
    """Families, hearts, flags, Persian and Hindi are made of what alone shows nothing."""
    assert clean(text, limit=300) == text

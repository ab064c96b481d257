"""Text from outside: bounded, well-formed, and escaped for where it is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.adapters.aws import lenient_timestamp
from notifier.adapters.partner_central import short_id
from notifier.adapters.slack.blocks import escape
from notifier.core.text import clean, one_line, truncate
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

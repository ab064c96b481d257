"""How conditions compare texts: whatever way they are written, and whole words where there are."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.core.text import clean, comparable, holds

WRITTEN = [
    ("data lake", "Data\u00a0Lake"),
    ("data lake", "data  lake"),
    ("data lake", "DATA\u2003LAKE"),
    ("data lake", "\uff24\uff41\uff54\uff41\u3000\uff2c\uff41\uff4b\uff45"),
    ("data lake", "da\u00adta\u200b lake"),
    ("Migraci\u00f3n", "migracio\u0301n"),
    ("Stra\u00dfe", "STRASSE"),
    ("customer's choice", "Customer\u2019s choice"),
    ("customer's choice", "customer\u2018s choice"),
    ("customer's choice", "customer\u00b4s choice"),
    ("customer's choice", "customer\uff07s choice"),
    ('the "big" one', "the \u201cbig\u201d one"),
    ('the "big" one', "the \u201ebig\u201c one"),
    ("e-commerce", "e\u2011commerce"),
    ("e-commerce", "e\u2010commerce"),
    ("e-commerce", "E\u2013Commerce"),
    ("e-commerce", "e\ufe63commerce"),
    ("e-commerce", "e\uff0dcommerce"),
    ("istanbul", "\u0130STANBUL"),
    ("\u0131\u015f\u0131k", "I\u015eIK"),
    ("\u03bf\u03b4\u03cc\u03c2", "\u039f\u0394\u038c\u03a3"),
    ("office", "o\ufb03ce"),
    ("デ\u30fcタ", "\uff83\uff9e\uff70\uff80"),
    ("가", "\u1100\u1161"),
    ("2nd", "2\u207f\u1d48"),
]


@pytest.mark.parametrize(("one", "other"), WRITTEN)
def test_it_does_not_matter_how_a_text_is_written(one: str, other: str) -> None:
    """Case, composition, width, and what people and programs put for one another."""
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"), [("resume", "r\u00e9sum\u00e9"), ("a-b", "a b"), ("ab", "a b"), ("大", "太")]
)  # fmt: skip
def test_other_texts_stay_apart(one: str, other: str) -> None:
    """An accent is a letter's own, and a hyphen is no space."""
    assert comparable(one) != comparable(other)


@given(st.text(st.characters(exclude_characters="\u00b4\u2033"), max_size=30))
def test_no_form_of_a_text_is_another_text(text: str) -> None:
    """Each of Unicode's forms of what an invitation may hold, but for quotes they take apart."""
    cleaned = clean(text, limit=300) or ""
    forms = [unicodedata.normalize(form, cleaned) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {comparable(form) for form in forms} == {comparable(cleaned)}
    assert comparable(comparable(cleaned)) == comparable(cleaned)


HELD = [
    ("SAP", "SAP S/4HANA for Nordhafen"),
    ("S/4HANA", "SAP S/4HANA for Nordhafen"),
    ("移行", "SAPの移行支援"),
    ("移行", "クラウド移行2026"),
    ("SAP", "SAPの移行支援"),
    ("迁移", "数据库迁移项目"),
    ("ย้าย", "การย้ายระบบ"),
    ("이전", "클라우드 이전을 위한"),
    ("ພາສາ", "ພາສາລາວ"),
    ("C++", "A C++ rewrite"),
    (".NET", "Move .NET to Linux"),
    ("डेटा", "नया डेटा केंद्र"),
    ("caf\u00e9", "A cafe\u0301 chain"),
    ("облако", "Моё ОБЛАКО"),
]  # fmt: skip
NOT_HELD = [
    ("SA", "SAP S/4HANA for Nordhafen"),
    ("hafen", "SAP S/4HANA for Nordhafen"),
    ("lake", "lake\u0301 front"),
    ("cafe", "A cafe\u0301 chain"),
    ("डेट", "नया डेटा"),
    ("ที", "ที่นี่"),
    ("блак", "ОБЛАКО"),
    ("4", "2024"),
    ("data lake", "data-lake"),
]


@pytest.mark.parametrize(("words", "title"), HELD)
def test_words_are_found(words: str, title: str) -> None:
    """Whole; anywhere in scripts that put no space between words."""
    assert holds(comparable(title), comparable(words))


@pytest.mark.parametrize(("words", "title"), NOT_HELD)
def test_a_part_of_a_word_is_not_found(words: str, title: str) -> None:
    """Nor is a letter without the marks that belong to it."""
    assert not holds(comparable(title), comparable(words))


PIECES = ["sap", "移行", "ย้า", "\u0301", " ", "-", "4", "이전"]
TITLES = sorted(
    {comparable("".join(some)) for n in (1, 2, 3) for some in product(PIECES, repeat=n)}
)


@pytest.mark.parametrize("within", [title for title in TITLES if 0 < len(title) < 4])
def test_what_holds_words_holds_those_within_them(within: str) -> None:
    """Else synthesis would refuse a route as useless that is not."""
    for words in (title for title in TITLES if holds(title, within)):
        for title in TITLES:
            assert holds(title, within) or not holds(title, words), (title, words)


@given(st.text(min_size=1, max_size=20), st.sampled_from([" ", ", ", "\u3002", "\u2013", "\u00a0"]))
def test_a_text_holds_itself_between_spaces(text: str, space: str) -> None:
    """Whatever its script is."""
    words = comparable(text)
    assume(words and not unicodedata.category(words[0]).startswith("M"))
    assert holds(comparable(f"before{space}{text}{space}after"), words)

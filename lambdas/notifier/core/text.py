"""Text from outside, made safe to carry: bounded, well-formed and without control characters."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
DOTS = "..."

# Cc: control characters. Zl, Zp: line and paragraph separators. Cs: lone surrogates, which no
# encoder accepts. The explicit marks reorder or hide what follows them.
_CONTROL_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Cs"})
_DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_NO_XML = frozenset("\ufffe\uffff")
"""No characters of XML, as the others that no encoder accepts: SNS refuses whatever holds one."""

# Default_Ignorable_Code_Point, and the marks of interlinear annotation, which show nothing either.
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442\U00016fe4\U0001d159")
"""Hangul, Braille, hieroglyphs, Khitan and music without a sign: as empty as a space."""

_SELECTORS = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINERS = "\u180e\u200c\u200d"
_TAGS = "[\U000e0020-\U000e007e]{1,6}\U000e007f"
"""What shows nothing and belongs to a character: selectors to the one before, in emoji and in
Japanese names, joiners to those on both sides, in families and in Persian, tags to a flag."""

_FLAG = "\U0001f3f4"
_KEYCAPS = frozenset("#*0123456789")

# Patterns that are compiled by whoever needs one first: few texts do, and no quiet start.
_HIDDEN = f"[{_INVISIBLE}]+"
_NOTHING = rf"[\s{_INVISIBLE}{''.join(sorted(_BLANKS))}]*"
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


_ALIKE = str.maketrans(
    dict.fromkeys("`\u00b4\u02b9\u02bb\u02bc\u02c8\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212", "-")
    # Turkish writes a dot on some capitals; case alone would leave it over a small letter.
    | {"\u0130": "i", "\u0131": "i"}
)
"""Characters that people and programs put for one another."""

# Chinese, Japanese, Korean (whose words take particles), Thai, Lao, Tibetan, Burmese, Khmer and
# their like.
_UNSPACED = (
    *((0x0E00, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1950, 0x19FF), (0x1A20, 0x1AAF)),
    *((0x1B00, 0x1B7F), (0x2E80, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0xA4CF), (0xA960, 0xA9FF)),
    *((0xAA60, 0xAADF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x16FE0, 0x18DFF)),
    *((0x1B000, 0x1B16F), (0x20000, 0x3FFFF)),
)
"""Scripts in which no space parts a word from what follows it. (A regular expression of as much
takes milliseconds of a cold start to compile.)"""


def clean(value: object, *, limit: int) -> str | None:
    """Return the words of `value` in at most `limit` characters, or None if it holds none.

    Line feeds survive (at most one blank line in a row); every other control character and
    every mark that changes the direction of text becomes a space or vanishes. Blanks of any kind
    become one space, and what shows nothing vanishes, unless it belongs to what it stands beside.
    """
    if not isinstance(value, str):
        return None
    if len(value) <= limit and value.isascii() and value.isprintable():
        return " ".join(value.split()) or None  # Most text: nothing to look for one by one.
    bounded = value[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n")
    kept = re.sub(_HIDDEN, _belonging, "".join(map(_safe_character, bounded)))
    lines = _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", kept))
    return truncate("\n".join(line.strip() for line in lines.split("\n")).strip(), limit) or None


def _belonging(hidden: re.Match[str]) -> str:
    """Return what of a run that shows nothing the characters on both its sides are made with."""
    text, run, (start, end) = hidden.string, hidden[0], hidden.span()
    before, after = text[max(start - 1, 0) : start].strip(), text[end : end + 1].strip()
    if not before:
        return ""
    if before == _FLAG and (tags := re.match(_TAGS, run)):
        return tags[0]
    is_varied = before in _KEYCAPS or not before.isascii()
    is_joined = not (before + after).isascii()
    held = (_SELECTORS if is_varied else "", _JOINERS if is_joined else "")
    found = (re.search(f"[{kind}]", run) for kind in held if kind)
    return "".join(one[0] for one in found if one)


def is_shown(text: str) -> bool:
    """Whether a text has any character that can be seen."""
    return bool(text.strip()) if text.isascii() else not re.fullmatch(_NOTHING, text)


def comparable(text: str) -> str:
    """Return a text as it is compared: however its letters, quotes, hyphens and spaces are written.

    https://www.unicode.org/reports/tr15/ has the forms of letters.
    """
    if text.isascii():  # Most text: only what its case and its spaces are is to be unified.
        return " ".join(text.translate(_ALIKE).casefold().split())
    # Before, for what normalizing would take apart, and after, for what it puts together.
    unified = unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE)
    folded = unicodedata.normalize("NFKC", re.sub(_HIDDEN, "", unified.casefold()))
    return " ".join(folded.split())


def holds(text: str, words: str) -> bool:
    """Say whether a comparable text holds words, whole where their script has spaces."""
    if words not in text:
        return False
    starts = (found.start() for found in re.finditer(f"(?={re.escape(words)})", text))
    return any(_may_end(text, start) and _may_end(text, start + len(words)) for start in starts)


def _may_end(text: str, place: int) -> bool:
    """Say whether words may end or begin at a place: not within a character, or within a word."""
    before, after = text[place - 1 : place] if place else "", text[place : place + 1]
    if not before or not after:
        return True
    return not _is_mark(after) and not (_is_of_word(before) and _is_of_word(after))


def _is_of_word(character: str) -> bool:
    is_letter = character.isalnum() or character == "_" or _is_mark(character)
    return is_letter and not any(first <= ord(character) <= last for first, last in _UNSPACED)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def one_line(text: str, limit: int) -> str:
    """Return `text` on one line, in at most `limit` characters."""
    return truncate(" ".join(text.split()), limit)


def truncate(text: str, limit: int) -> str:
    """Return `text` cut to `limit` characters, the last one an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def cut(text: str, limit: int) -> str:
    """Return `text` cut at a word to `limit` characters, an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    head, _, _ = text[:limit].rpartition(" ")
    # A word that is most of the text has to be cut itself.
    return (head if 2 * len(head) > limit else text[: limit - 1]).rstrip(" ,;:") + ELLIPSIS


def truncate_utf16(text: str, limit: int) -> str:
    """Return `text` cut to `limit` units of UTF-16, of which an emoji takes two.

    What shows the cut is ASCII, so that a text that was ASCII still is.
    """
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    # Half of a pair at the end is no character, and goes.
    return units[: 2 * (limit - len(DOTS))].decode("utf-16-le", "ignore").rstrip() + DOTS


def is_plain(text: str) -> bool:
    """Whether nobody could find fault with a text's characters: printable ASCII alone."""
    return text.isascii() and text.isprintable()


def _safe_character(character: str) -> str:
    if character == "\n" or (character.isascii() and character.isprintable()):
        return character
    if character in _DIRECTION_MARKS or character in _NO_XML:
        return ""
    if character in _BLANKS:
        return " "
    return " " if unicodedata.category(character) in _CONTROL_CATEGORIES else character

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
_BLANKS = frozenset("\u2800\u3164\uffa0\U0001d159")
"""Braille, Hangul and music without a sign: as wide as one, and as empty as a space."""

_LONGEST_JOINT = 8
"""What shows nothing and belongs to the character before it: a flag's tags are up to seven."""

_ADRIFT = re.compile(
    rf"(?<!\S)[{_INVISIBLE}]+|(?<=[{_INVISIBLE}]{{{_LONGEST_JOINT}}})[{_INVISIBLE}]+"
)
_NOTHING = re.compile(rf"[\s{_INVISIBLE}{''.join(sorted(_BLANKS))}]*")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


def clean(value: object, *, limit: int) -> str | None:
    """Return the words of `value` in at most `limit` characters, or None if it holds none.

    Line feeds survive (at most one blank line in a row); every other control character and
    every mark that changes the direction of text becomes a space or vanishes. So does what shows
    nothing, unless it belongs to the character before it, as joiners do in emoji and in Persian.
    """
    if not isinstance(value, str):
        return None
    if len(value) <= limit and value.isascii() and value.isprintable():
        return " ".join(value.split()) or None  # Most text: nothing to look for one by one.
    bounded = value[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n")
    kept = _ADRIFT.sub("", "".join(map(_safe_character, bounded)))
    lines = _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", kept))
    return truncate("\n".join(line.strip() for line in lines.split("\n")).strip(), limit) or None


def is_shown(text: str) -> bool:
    """Whether a text has any character that can be seen."""
    return not _NOTHING.fullmatch(text)


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

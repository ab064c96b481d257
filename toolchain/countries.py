"""Write the table of countries that ships in the function, from Unicode's CLDR.

CONTRIBUTING.md says how to run it.

Its names are the usual ones in English and in the country's own languages, under the Unicode
License v3 (https://www.unicode.org/license.txt); what else people write is `USUAL`, below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel import Locale, UnknownLocaleError, __version__
from babel.core import get_global
from babel.languages import get_official_languages

from notifier.core.countries import spelling

TABLE = Path(__file__).resolve().parents[1] / "lambdas/notifier/core/country_table.py"

HEAD = '''"""Countries: code; usual name; every other spelling, as `countries.spelling` makes it.

Written by `toolchain.countries` from Unicode's CLDR, as it comes with Babel {version}:
Copyright 2004-2026 Unicode, Inc., Unicode License v3, https://www.unicode.org/license.txt
"""

# ruff: noqa: E501

TABLE = """
{rows}
"""
'''

NAMED = {
    "AN": "Netherlands Antilles",
    "CD": "Congo (Democratic Republic)",
    "CG": "Congo (Republic)",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}
"""Where the name in CLDR is longer than the usual one, or there is none."""

ENGLISH = Locale("en").territories
_NO_COUNTRY = {"EU", "EZ", "QO", "UN", "ZZ"}

USUAL = {
    "AE": ("UAE", "Emirates"),
    "AN": ("ANT",),
    "BA": ("Bosnia", "Bosnia-Herzegovina"),
    "BN": ("Brunei Darussalam",),
    "BO": ("Plurinational State of Bolivia",),
    "CD": ("DRC", "DR Congo", "Democratic Republic of the Congo", "Congo-Kinshasa", "Zaire"),
    "CG": ("Republic of the Congo", "Congo-Brazzaville"),
    "CI": ("Ivory Coast",),
    "CN": ("People's Republic of China", "PRC", "Mainland China"),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic",),
    "DO": ("Dominican Rep.",),
    "FK": ("Falkland Islands (Malvinas)", "Malvinas"),
    "FM": ("Federated States of Micronesia",),
    "GB": (
        "UK",
        "Great Britain",
        "Britain",
        "United Kingdom of Great Britain and Northern Ireland",
    ),
    "GR": ("Hellas", "EL"),
    "HK": ("Hong Kong SAR",),
    "IR": ("Islamic Republic of Iran",),
    "KP": ("Democratic People's Republic of Korea", "DPRK"),
    "KR": ("Republic of Korea", "Korea", "ROK", "한국"),
    "LA": ("Lao People's Democratic Republic", "Lao PDR"),
    "MD": ("Republic of Moldova",),
    "MK": ("Macedonia", "Republic of North Macedonia"),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao SAR", "Macau SAR"),
    "NL": ("Holland",),
    "PS": ("State of Palestine", "Palestinian Territories"),
    "RU": ("Russian Federation",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Province of China Taiwan", "Republic of China", "ROC"),
    "TZ": ("United Republic of Tanzania",),
    "US": ("United States of America", "America", "US of America"),
    "VA": ("Vatican", "Holy See"),
    "VE": ("Bolivarian Republic of Venezuela",),
    "VG": ("British Virgin Islands",),
    "VI": ("US Virgin Islands",),
    "VN": ("Viet Nam",),
}
"""What people and forms write besides."""


def codes() -> list[str]:
    """Return the codes of all countries: of two letters, with a code of three."""
    return sorted({"AN", *(twos[0] for twos in _threes().values())} - _NO_COUNTRY)


def rows() -> Iterator[str]:
    """Yield each country's row; a spelling that two of them share is neither's."""
    spelt = {code: _spellings(code) for code in codes()}
    times = Counter(text for texts in spelt.values() for text in texts)
    shared = {text for text, count in times.items() if count > 1}
    for code, texts in spelt.items():
        kept = [text for text in texts if text not in shared and text != code.lower()]
        yield ";".join((code, _name(code), *kept))


def _threes() -> dict[str, list[str]]:
    """Return the codes of two letters by those of three, as CLDR has them."""
    aliases = get_global("territory_aliases")
    return {
        three: twos
        for three, twos in aliases.items()
        if len(three) == 3 and three.isalpha() and len(twos) == 1 and twos[0] in ENGLISH
    }


def _name(code: str) -> str:
    return NAMED.get(code) or ENGLISH[code].replace("\u2019", "'")


def _spellings(code: str) -> list[str]:
    threes = [three for three, twos in _threes().items() if twos == [code]]
    texts = (*threes, _name(code), ENGLISH.get(code, ""), *USUAL.get(code, ()), *_own(code))
    return list(dict.fromkeys(filter(None, map(spelling, texts))))


def _own(code: str) -> Iterator[str]:
    """Yield the country's names in its official languages."""
    for language in get_official_languages(code, de_facto=True):
        try:
            yield Locale.parse(language).territories.get(code, "")
        except (UnknownLocaleError, ValueError):
            continue


if __name__ == "__main__":
    TABLE.write_text(HEAD.format(version=__version__, rows="\n".join(rows())), "utf-8")

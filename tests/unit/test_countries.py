"""Countries: one key for each, whatever it is called."""

from __future__ import annotations

import pytest

from notifier.core import countries
from notifier.core.countries import code, key, name, spelling
from notifier.core.country_table import TABLE

ROWS = [row.split(";") for row in TABLE.strip().splitlines()]

CALLED = {
    "GB": "UK, U.K., GBR, gb, United Kingdom, the united kingdom, Great Britain, Britain",
    "US": "USA, U.S.A., U.S., us, United States, The United States of America, America",
    "KR": "South Korea, Korea, KOR, Republic of Korea, Korea (Republic of), 대한민국, 한국",
    "CZ": "Czechia, Czech Republic, CZE, Česko, cesko",
    "DE": "Germany, DEU, germany, GERMANY, Deutschland, \uff24\uff25, D\u200bE",
    "AT": "Austria, AUT, Österreich, O\u0308sterreich, Osterreich",
    "CH": "Switzerland, CHE, Schweiz, Suisse, Svizzera",
    "CI": "Ivory Coast, Cote d'Ivoire, C\u00f4te d\u2019Ivoire, CIV",
    "TR": "Turkey, T\u00fcrkiye, Turkiye, TUR",
    "NL": "Netherlands, The Netherlands, Holland, NLD, Nederland",
    "JP": "Japan, JPN, \u65e5\u672c",
    "CN": "China, CHN, \u4e2d\u56fd, PRC",
    "AE": "UAE, U.A.E., ARE, United Arab Emirates",
    "BA": "Bosnia and Herzegovina, Bosnia & Herzegovina, Bosnia-Herzegovina",
    "CD": "DRC, COD, Congo - Kinshasa, Democratic Republic of the Congo",
    "LC": "St. Lucia, Saint Lucia, St Lucia, LCA",
    "ST": "ST, STP, São Tomé and Príncipe, Sao Tome & Principe",
    "AD": "Andorra, AND",
    "VN": "Vietnam, Viet Nam, VNM",
    "RU": "Russia, Russian Federation, RUS",
    "HK": "Hong Kong, HKG, Hong Kong SAR",
    "AN": "Netherlands Antilles, ANT",
    "XK": "Kosovo",
}


@pytest.mark.parametrize("country", CALLED)
def test_a_country_has_many_names(country: str) -> None:
    """Codes and names, with or without accents, dots, articles and capitals."""
    assert {text: code(text) for text in CALLED[country].split(", ")} == dict.fromkeys(
        CALLED[country].split(", "), country
    )


@pytest.mark.parametrize("text", ["Germny", "EMEA", "Europe", "EU", "DACH", "ZZ", "XX", "", "-"])
def test_what_is_no_country_is_none(text: str) -> None:
    """It is compared as it is."""
    assert (code(text), name(text)) == (None, None)
    assert key(text) == text.casefold()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_is_well_formed(row: list[str]) -> None:
    """A code of two letters, a name, and one code of three; spellings as they are looked up."""
    two, usual, *spellings = row
    assert (len(two), two) == (2, two.upper())
    assert (code(two), code(usual), name(two)) == (two, two, usual)
    assert two == "XK" or any(len(spelt) == 3 for spelt in spellings)
    assert [spelling(spelt) for spelt in spellings] == spellings


def test_no_two_countries_share_a_spelling() -> None:
    """What two countries are called is neither's."""
    spellings = [spelt for row in ROWS for spelt in (row[0].lower(), *row[2:])]
    assert len(spellings) == len(set(spellings))
    assert len(ROWS) == len(countries.NAMES) >= 250

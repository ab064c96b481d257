"""What an invitation's details say, as labelled facts in the order in which people decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from .addresses import website
from .content import Fact, Mail
from .model import Details, PreferredTime, Spend
from .text import cut, one_line
from .words import day, in_words, zone_words

LONG_TEXT = 1500
"""Characters of a customer's problem or a message that an alert shows; the rest is a click away."""

SHORT_TEXT = 160
"""Characters of the same where it stands among the facts."""

_SORTS = {
    **dict.fromkeys(("Lead readiness", "Engagement score", "Solution score"), "Rating"),
    **dict.fromkeys(
        ("Segment", "Company size", "Sub-industry", "Region", "AWS maturity", "Market segment"),
        "Company",
    ),
}
"""What rates or places an invitation, and stands in one line with others of its sort."""

_WINDOWS = {
    "MORNING": "in the morning",
    "AFTERNOON": "in the afternoon",
    "EVENING": "in the evening",
}


def need(details: Details) -> Iterator[tuple[str, str | None]]:
    """Yield who the customer is, what they need, and what it is worth."""
    yield "Customer", details.customer
    yield "Account", (details.account or "").rpartition("/")[2]
    yield "Project", details.project
    is_need = details.use_case or details.problem
    yield "What they need" if is_need else "About", cut(needed(details), SHORT_TEXT)
    yield "Expected spend", "; ".join(filter(None, map(_spend, details.spend)))


def needed(details: Details) -> str:
    text = details.use_case or details.problem or details.description or ""
    return one_line(text, 4 * LONG_TEXT)


def triage(details: Details) -> Iterator[tuple[str, str]]:
    """Yield what rates the invitation; what is of one sort takes one line together."""
    sorts: dict[str, list[str]] = {}
    for label, text in _rated(details):
        said = f"{label}: {text}" if label in _SORTS else text
        sorts.setdefault(_SORTS.get(label, label), []).append(said)
    yield from ((sort, "; ".join(texts)) for sort, texts in sorts.items())


def _rated(details: Details) -> Iterator[tuple[str, str]]:
    yield from details.triage
    if details.aws_maturity:
        yield "AWS maturity", details.aws_maturity
    if details.market_segment:
        yield "Market segment", details.market_segment


def circumstances(details: Details) -> Iterator[tuple[str, str | None]]:
    yield "Industry", details.industry
    yield "Country", details.country_name or details.country
    yield "Opportunity type", details.opportunity_type
    yield "Target date", day(details.target_date)


def background(details: Details, sender: str | None) -> Iterator[tuple[str, str | None]]:
    yield "Lead source", details.source
    yield "Contact's role", details.contact_title
    yield "Already engaged", ", ".join(name for name in details.members if name != sender)
    yield "Website", website(details.website or "")


def contacts(details: Details, now: datetime) -> Iterator[Fact]:
    """Yield whom to talk to at the sender, and when they prefer it."""
    for contact in details.contacts[:1]:
        about = ", ".join(filter(None, (contact.title, contact.phone)))
        if contact.email:
            mail = Mail(contact.email, contact.name or contact.email, about=about)
            yield Fact("Sender contact", mail)
        elif words := ", ".join(filter(None, (contact.name, about))):
            yield Fact("Sender contact", words)
    if details.preferred_time:
        yield from present(("Preferred time", _preferred(details.preferred_time, now)))


def present(*facts: tuple[str, str | datetime | None]) -> Iterator[Fact]:
    return (Fact(label, value) for label, value in facts if value)


def _spend(spend: Spend) -> str | None:
    if not spend.amount:
        return None
    is_number = re.fullmatch(r"[0-9]{1,31}(\.[0-9]*)?", spend.amount) is not None
    amount = f"{int(spend.amount.split('.')[0]):,}" if is_number else spend.amount
    period = {"Monthly": "a month"}.get(spend.frequency or "", spend.frequency)
    company = f"with {spend.company}" if spend.company else None
    return " ".join(filter(None, (spend.currency, amount, period, company)))


def _preferred(time: PreferredTime, now: datetime) -> str:
    window = _WINDOWS.get(time.window or "") or in_words(time.window or "")
    return ", ".join(filter(None, (window, time.timezone and zone_words(time.timezone, now))))

"""What botocore's model gains is noticed: each member and each value has its place in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from datetime import datetime
from typing import Any

import pytest
from botocore.model import ServiceModel

from notifier.adapters.partner_central import parse_details
from notifier.core.model import Details
from tests.contract.members import (
    IN_PLACE_OF,
    KEPT,
    LEFT_OUT,
    NOT_SENT,
    OPPORTUNITY,
    PLAN,
    SENT,
    SHOWN,
    SUMMARY,
    WORDS,
)
from tests.contract.model_walk import Read, Sample, answered, asked, model, squeezed, told

LISTS = (SHOWN, KEPT, LEFT_OUT.keys())
SERVICE = model()


def unlisted(service: ServiceModel) -> set[str]:
    """Return the members that are on no list, and those on a list that are not in the model."""
    listed = SHOWN | KEPT | LEFT_OUT.keys()
    return (answered(service).keys() ^ listed) | (asked(service) ^ (SENT | NOT_SENT.keys()))


def misplaced(service: ServiceModel, read: Read = parse_details) -> set[str]:
    """Return the members that do not come to where their list says."""
    # Of the statuses only one that nobody knows is shown: tests/contract/messages has it.
    known: dict[str, Any] = {path: "PENDING" for path in KEPT if path.endswith(".Status")}
    sample = Sample(service, known)
    bare = Sample(service, known | dict.fromkeys(IN_PLACE_OF.values()))
    said, without = told(service, sample, read), told(service, bare, read)
    return {
        path
        for path in answered(service).keys() - unlisted(service)
        if _places(without if path in IN_PLACE_OF else said, sample, path) != _wanted(path)
    }


def _wanted(path: str) -> tuple[bool, bool]:
    """Return whether people see a member, and whether programs get it."""
    return path in SHOWN, path in SHOWN or path in KEPT


def _places(said: list[tuple[str, str, str]], sample: Sample, path: str) -> tuple[bool, bool]:
    words, value = squeezed(sample.words(path)), sample.value(path)
    by_machine = f"{value:%Y-%m-%d}" if isinstance(value, datetime) else words
    of_its_call = said[:1] if path.startswith(SUMMARY) else said[1:]
    by_people = any(words in slack and words in mail for slack, mail, _ in of_its_call)
    return by_people, any(by_machine in machine for *_, machine in of_its_call)


def unworded(service: ServiceModel, enum: str | None = None) -> set[str]:
    """Return the values, of one enumeration or of all, that are not said in the words they have."""
    found: set[str] = set()
    for path, shape in answered(service).items():
        values = getattr(shape, "enum", None) or ()
        if path in SHOWN | KEPT and enum in (None, shape.name):
            found |= {f"{path} = {v}" for v in values if not _is_said(service, path, shape.name, v)}
    return found


def _is_said(service: ServiceModel, path: str, enum: str, value: str) -> bool:
    try:
        words = squeezed(WORDS[enum](value))
    except KeyError:
        return False
    given = Sample(service, {path: value})
    people = told(service, given) if path in SHOWN else [(words, words, "")]
    return any(words in slack and words in mail for slack, mail, _ in people)


def test_every_member_is_on_one_list() -> None:
    """What a new model brings is named here: show it, keep it, or say why not."""
    assert unlisted(SERVICE) == set()
    assert sum(map(len, LISTS)) == len(SHOWN | KEPT | LEFT_OUT.keys())
    assert all((*LEFT_OUT.values(), *NOT_SENT.values()))


def test_every_member_comes_to_where_its_list_says() -> None:
    """What is shown is in Slack, in the email and in the contract; what is left out, nowhere."""
    assert misplaced(SERVICE) == set()


def test_every_value_has_its_words() -> None:
    """None of the API's own constants is shown where people read."""
    assert unworded(SERVICE) == set()


@pytest.mark.parametrize(
    "name",
    [
        declared.name
        for declared in fields(Details)
        # The code of a country stands in for its name; what is not read is told by a note.
        if declared.default is not MISSING and declared.name not in ("country_name", "unread")
    ],
)
def test_a_member_that_is_shown_no_longer_is_missed(name: str) -> None:
    """Whichever of the details gets lost on its way, its members are named."""
    empty: Any = next(declared.default for declared in fields(Details) if declared.name == name)

    def forgetful(answer: Any, catalog: str) -> Details:
        changes: dict[str, Any] = {name: empty}
        return replace(parse_details(answer, catalog), **changes)

    assert misplaced(SERVICE, forgetful)


def _gains_a_member(shapes: dict[str, Any]) -> None:
    shapes["AccountCustomer"]["members"]["Segment"] = {"shape": "String"}


def _gains_a_type(shapes: dict[str, Any]) -> None:
    shapes["Payload"]["members"]["QuoteInvitation"] = {"shape": "PreferredContactWindow"}


def _gains_a_filter(shapes: dict[str, Any]) -> None:
    shapes["ListEngagementInvitationsRequest"]["members"]["Before"] = {"shape": "DateTime"}


def _loses_a_member(shapes: dict[str, Any]) -> None:
    del shapes["OpportunityInvitationPayload"]["members"]["OpportunityType"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_gains_a_member, {f"{PLAN}.Customer.Segment"}),
        (
            _gains_a_type,
            {
                "GetEngagementInvitation.Payload.QuoteInvitation.Window",
                "GetEngagementInvitation.Payload.QuoteInvitation.Timezone",
            },
        ),
        (_gains_a_filter, {"ListEngagementInvitations.Before"}),
        (_loses_a_member, {f"{OPPORTUNITY}.OpportunityType"}),
    ],
)
def test_a_changed_model_is_noticed_by_its_names(
    change: Callable[[dict[str, Any]], None], names: set[str]
) -> None:
    """A renewal fails with what is new, whether it is a member, a type or a filter."""
    assert unlisted(model(change)) == names


@pytest.mark.parametrize(
    ("enum", "names"),
    [
        ("ContactWindow", {f"{PLAN}.PreferredContact.Window = NIGHT"}),
        ("PaymentFrequency", {f"{OPPORTUNITY}.Project.ExpectedCustomerSpend[].Frequency = NIGHT"}),
        (
            "InvitationStatus",
            {f"{SUMMARY}.Status = NIGHT", "GetEngagementInvitation.Status = NIGHT"},
        ),
        (
            "EngagementInvitationPayloadType",
            {f"{SUMMARY}.PayloadType = NIGHT", "GetEngagementInvitation.PayloadType = NIGHT"},
        ),
        ("DayOfWeek", set()),
    ],
)
def test_a_new_value_is_noticed_unless_a_rule_makes_its_words(enum: str, names: set[str]) -> None:
    """A table of words names it; a rule has words for it already."""

    def gains_a_value(shapes: dict[str, Any]) -> None:
        shapes[enum]["enum"] = ["NIGHT"]

    assert unworded(model(gains_a_value), enum) == names

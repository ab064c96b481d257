"""The rule hears of all that an invitation may come to, as far as the service's model says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.loaders import Loader

from tests.infra.templates import Template, properties

EVENT_OF = {
    "PENDING": "Engagement Invitation Created",
    "ACCEPTED": "Engagement Invitation Accepted",
    "REJECTED": "Engagement Invitation Rejected",
    "EXPIRED": "Engagement Invitation Expired",
}
"""What an event is called after a status: the model lists statuses, and only mentions events."""


@pytest.fixture
def heard(template: Template) -> set[str]:
    return set(properties(template, "AWS::Events::Rule")["EventPattern"]["detail-type"])


def missed(model: dict[str, Any], heard: set[str]) -> set[str]:
    """Return what the model knows of, and the rule does not hear of."""
    statuses = model["shapes"]["InvitationStatus"]["enum"]
    mentioned = re.findall(r"<i>(Engagement Invitation \w+)</i>", model["documentation"])
    unnamed = {status for status in statuses if EVENT_OF.get(status) not in heard}
    return unnamed | (set(mentioned) - heard)


def test_every_status_and_every_event_of_the_model_starts_a_run(heard: set[str]) -> None:
    """What a new model brings is named here: its event may be worth a run."""
    model = Loader().load_service_model("partnercentral-selling", "service-2")
    assert EVENT_OF["PENDING"] in model["documentation"]
    assert missed(model, heard) == set()
    assert heard == set(EVENT_OF.values())


def test_what_a_new_model_brings_is_noticed(heard: set[str]) -> None:
    """A status and an event, by their names."""
    model = {
        "shapes": {"InvitationStatus": {"enum": [*EVENT_OF, "WITHDRAWN"]}},
        "documentation": "<p>such as <i>Engagement Invitation Extended</i></p>",
    }
    assert missed(model, heard) == {"WITHDRAWN", "Engagement Invitation Extended"}

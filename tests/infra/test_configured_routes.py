"""Routes: the forms in which they may be given, and one line for each mistake in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import industries
from infra.config import Config
from infra.refusal import ConfigError
from infra.routes import MOST, ConfiguredRoute
from notifier.core.recipients import recipient

DACH: dict[str, Any] = {"name": "dach", "when": {"country": ["DE", "AT", "CH"]}}
LEADS: dict[str, Any] = {"name": "leads", "when": {"payload_type": "LeadInvitation"}}
EVERYTHING: dict[str, Any] = {
    "name": "all-of-it",
    "when": {"sender": ["Acme, Inc.", " 123456789012 "], "title": "data lake"},
    "slack_channel": "C0123456789",
    "mention": "S0123",
    "emails": "a@example.com, b@example.com",
    "escalate_hours": "12",
    "escalate_to": ["lead@example.com"],
}
BY_EMAIL: dict[str, Any] = {"slack": False, "emails": "a@example.com"}
CONDITIONS = "payload_type, sender, title, country, industry"
TEXTS = "a text, or a list of at least one text, none of them blank"
COUNTRIES = "countries, by code or name, such as DE, DEU or Germany"
LIST = "a list of routes, as JSON or as @ and the name of a file"


def test_a_route_is_read_whole() -> None:
    """A list may be a text, as elsewhere; a company's name may contain a comma."""
    assert Config.from_context({"routes": [EVERYTHING]}).routes == (
        ConfiguredRoute(
            name="all-of-it",
            when={"sender": ("Acme, Inc.", "123456789012"), "title": ("data lake",)},
            slack_channel="C0123456789",
            mention="S0123",
            emails=("a@example.com", "b@example.com"),
            recipients=(recipient("A@example.com"), recipient("b@example.com")),
            escalate_hours=12,
            escalate_to=("lead@example.com",),
        ),
    )


def test_a_payload_type_is_spelled_as_the_api_does() -> None:
    """Letter case does not matter in a condition, and the function gets the model's spelling."""
    given = {"name": "plans", "when": {"payload_type": ["accountplanninginvitation"]}}
    (route,) = Config.from_context({"routes": [given]}).routes
    assert route.when == {"payload_type": ("AccountPlanningInvitation",)}


@pytest.mark.parametrize("called", ["GB", "uk", "GBR", "U.K.", "Great Britain", "United Kingdom"])
def test_a_country_is_named_by_its_code(called: str) -> None:
    """Whatever it is called, the function gets its code of two letters, once."""
    given = {"name": "uk", "when": {"country": [called, "GB", "Germany"]}}
    (route,) = Config.from_context({"routes": [given]}).routes
    assert route.when == {"country": ("GB", "DE")}


@pytest.mark.parametrize("blank", ["\u200b", "\u2800", "\u3164\u00a0", "\ufeff", "\x00", "\udcfc"])
@pytest.mark.parametrize("name", ["title", "sender", "country", "industry"])
def test_a_condition_that_shows_nothing_is_blank(name: str, blank: str) -> None:
    """No text of an invitation could meet it."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context(when(**{name: ["Germany", blank]}))
    assert str(refused.value).endswith(f"; allowed: {TEXTS}")


def test_a_condition_is_cleaned_as_an_invitations_texts_are() -> None:
    """What steers a terminal is in neither."""
    (found,) = Config.from_context(when(title="data\x00\u202elake ")).routes
    assert found.when == {"title": ("data lake",)}


@pytest.mark.parametrize("industry", industries.known())
def test_an_industry_of_the_model_is_worth_no_line(industry: str) -> None:
    """However it is written."""
    config = Config.from_context({"emails": "a@x.com"} | when(industry=industry.upper()))
    assert config.advice == ()


def test_an_industry_that_no_opportunity_has_is_worth_a_line() -> None:
    """It may be a lead's, so that it is no mistake."""
    config = Config.from_context(
        {"emails": "a@x.com"} | when(industry=["Retail", "Retial", "Fintech"])
    )
    first, second = config.advice
    assert first == (
        "context key routes, route dach: industry \"Retial\" can be a lead's or an account plan's "
        "words, but no opportunity has it; did you mean Retail?"
    )
    assert second.startswith('context key routes, route dach: industry "Fintech" can be ')
    assert second.partition("; allowed there: ")[2].startswith("Aerospace, Agriculture, ")


def test_a_list_its_text_and_its_file_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In cdk.json it is JSON; after `-c routes=` it is text, or `@` and a file from here."""
    text = json.dumps([DACH, LEADS], ensure_ascii=False)
    (tmp_path / "routes.json").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    given = [[DACH, LEADS], text, "@routes.json", f" @{tmp_path}/routes.json"]
    read = {Config.from_context({"routes": routes}).routes[0].name for routes in given}
    assert read == {"dach"}
    assert len({repr(Config.from_context({"routes": routes})) for routes in given}) == 1


@pytest.mark.parametrize("nothing", [None, [], "", "[]"])
def test_no_routes(nothing: object) -> None:
    """They can be absent in every form."""
    assert Config.from_context({"routes": nothing}) == Config()


def test_null_in_a_route_is_not_set() -> None:
    """As it is outside of routes."""
    assert Config.from_context({"routes": [DACH | {"mention": None, "emails": None}]}).routes == (
        ConfiguredRoute(name="dach", when={"country": ("DE", "AT", "CH")}),
    )


def test_half_an_escalation_may_stand_at_the_top() -> None:
    """A route adds the other half."""
    routes = [DACH | {"escalate_to": "U0123"}, LEADS]
    assert Config.from_context({"routes": routes, "escalate_hours": 8}).escalate_hours == 8


def route(**values: object) -> dict[str, Any]:
    return {"routes": [DACH | values]}


def when(**conditions: object) -> dict[str, Any]:
    return {"routes": [{"name": "dach", "when": conditions}]}


def mistake(context: dict[str, Any], line: str) -> tuple[dict[str, Any], str]:
    return context, line


@pytest.mark.parametrize(
    ("context", "line"),
    [
        mistake({"routes": {"dach": "C0123"}}, f' is {{"dach": "C0123"}}; allowed: {LIST}'),
        mistake(
            {"routes": "dach"},
            f' is "dach"; allowed: {LIST} (Expecting value: line 1 column 1 (char 0))',
        ),
        mistake(
            {"routes": "@no.json"}, f' is "@no.json"; allowed: {LIST} (No such file or directory)'
        ),
        mistake(
            {"routes": ["dach"]},
            ': route 1 is "dach"; allowed: an object such as '
            '{"name": "dach", "when": {"country": ["DE", "AT", "CH"]}}',
        ),
        mistake(
            {"routes": [DACH, {"when": {"title": "x"}}]},
            ": route 2: name is missing; allowed: 1 to 20 of the characters a-z, 0-9 and -, the "
            "first one a letter",
        ),
        mistake(
            route(name="DACH"),
            ': route 1: name is "DACH"; allowed: 1 to 20 of the characters a-z, 0-9 and -, the '
            "first one a letter",
        ),
        mistake(
            route(name="default"),
            ': route 1: name is "default"; allowed: another name: default is the route of what no '
            "other takes",
        ),
        mistake(
            {"routes": [LEADS, DACH, DACH]},
            ': route 3: name is "dach"; allowed: another name: route 2 has it',
        ),
        mistake(
            route(slack_chanel="C0123"),
            ': route dach: key "slack_chanel" is unknown; did you mean slack_channel?',
        ),
        mistake(
            route(colour="red"),
            ': route dach: key "colour" is unknown; allowed: name, when, slack_channel, mention, '
            "emails, escalate_hours, escalate_to",
        ),
        mistake(
            route(when=None),
            f": route dach: when is missing; allowed: an object with at least one of {CONDITIONS}",
        ),
        mistake(
            route(when={}),
            f": route dach: when is {{}}; allowed: an object with at least one of {CONDITIONS}",
        ),
        mistake(
            when(contry="DE"),
            ': route dach: condition "contry" is unknown; did you mean country?',
        ),
        mistake(
            when(land="DE"), f': route dach: condition "land" is unknown; allowed: {CONDITIONS}'
        ),
        mistake(when(country=49), f": route dach: country is 49; allowed: {TEXTS}"),
        mistake(when(country=["DE", 49]), f': route dach: country is ["DE", 49]; allowed: {TEXTS}'),
        mistake(when(country=[]), f": route dach: country is []; allowed: {TEXTS}"),
        mistake(when(title=" "), f': route dach: title is " "; allowed: {TEXTS}'),
        mistake(
            when(title="x" * 301),
            f': route dach: title is "{"x" * 119}...; allowed: texts of at most 300 characters, '
            "which is all that is compared",
        ),
        mistake(
            when(country="Germny"),
            f': route dach: country is "Germny"; allowed: {COUNTRIES}; "Germny" is none: did you '
            "mean Germany?",
        ),
        mistake(
            when(country=["DE", "EMEA"]),
            f': route dach: country is ["DE", "EMEA"]; allowed: {COUNTRIES}; "EMEA" is none',
        ),
        mistake(
            when(payload_type="a lead"),
            ': route dach: payload_type is "a lead"; allowed: OpportunityInvitation, '
            "LeadInvitation, AccountPlanningInvitation; did you mean LeadInvitation?",
        ),
        mistake(
            {"routes": [DACH, {"name": "swiss", "when": {"country": "ch", "title": "x"}}]},
            ': route swiss: when is {"country": ["CH"], "title": ["x"]}; allowed: what does not '
            "all go to route dach, which comes first",
        ),
        mistake(
            route(slack_channel="#sales"),
            ': route dach: slack_channel is "#sales"; allowed: a channel\'s id, such as '
            "C0123456789, not its name",
        ),
        mistake(
            BY_EMAIL | route(slack_channel="C0123", emails="d@example.com"),
            ': route dach: slack_channel is "C0123"; allowed: no value while slack is false',
        ),
        mistake(
            route(mention="@anna"),
            ': route dach: mention is "@anna"; allowed: the id of a person (U…) or of a user group '
            "(S…), or here",
        ),
        mistake(
            BY_EMAIL | route(mention="here", emails="d@example.com"),
            ': route dach: mention is "here"; allowed: no value while slack is false',
        ),
        mistake(
            route(emails=["sales"]),
            ': route dach: emails is ["sales"]; allowed: email addresses, separated by commas',
        ),
        mistake(
            BY_EMAIL | {"routes": [DACH]},
            ": route dach: emails is []; allowed: at least one email address while slack is "
            "false, or emails_hear_all",
        ),
        mistake(
            route(escalate_hours=721),
            ": route dach: escalate_hours is 721; allowed: a whole number from 1 to 720",
        ),
        mistake(
            route(escalate_hours=4, escalate_to="lead"),
            ': route dach: escalate_to is "lead"; allowed: one Slack id of a person (U…) or a '
            "channel (C…), or email addresses",
        ),
        mistake(
            route(escalate_hours=4, escalate_to=["U0123", "lead@example.com"]),
            ': route dach: escalate_to is ["U0123", "lead@example.com"]; allowed: one Slack id of '
            "a person (U…) or a channel (C…), or email addresses",
        ),
        mistake(
            route(escalate_hours=4),
            ": route dach: escalate_hours is 4; allowed: no value without escalate_to, here or at "
            "the top",
        ),
        mistake(
            route(escalate_to="U0123"),
            ': route dach: escalate_to is ["U0123"]; allowed: no value without escalate_hours, '
            "here or at the top",
        ),
        mistake(
            BY_EMAIL | route(escalate_hours=4, escalate_to="U0123", emails="d@example.com"),
            ': route dach: escalate_to is ["U0123"]; allowed: email addresses while slack is false',
        ),
        mistake(
            {"details": "none"} | when(industry="Retail"),
            ': route dach: when is {"industry": ["Retail"]}; allowed: neither country nor industry '
            "while details is none, for only the details say them",
        ),
        mistake(
            {"payload_types": "LeadInvitation"} | when(payload_type="OpportunityInvitation"),
            ': route dach: payload_type is ["OpportunityInvitation"]; allowed: types that are in '
            "payload_types: LeadInvitation",
        ),
        mistake(
            {"routes": [{"name": f"r{n}", "when": {"title": f"{n}"}} for n in range(MOST + 1)]},
            ' is [{"name": "r0", "when": {"title": "0"}}, {"name": "r1", "when": {"title": "1"}}, '
            '{"name": "r2", "when": {"title": "2"}},...; allowed: at most 20 routes, not 21',
        ),
        mistake(
            when(title=[f"{n:02} {'word' * 74}" for n in range(13)]),
            " takes 3,998 bytes in the function's environment; allowed: 3,378, for Lambda's limit "
            "is 4,096 bytes in all",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line(context: dict[str, Any], line: str) -> None:
    """The line names the route, by its name or its place, the key, the value, what is allowed."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context(context)
    assert str(refused.value) == f"context key routes{line}"


@pytest.mark.parametrize(
    ("context", "line"),
    [
        mistake(
            {"escalate_hours": 8},
            "escalate_hours is 8; allowed: no value without escalate_to, here or in a route",
        ),
        mistake(
            {"escalate_to": "U0123"},
            'escalate_to is ["U0123"]; allowed: no value without '
            "escalate_hours, here or in a route",
        ),
        mistake(
            BY_EMAIL | {"escalate_hours": 8, "escalate_to": "C0123"},
            'escalate_to is ["C0123"]; allowed: email addresses while slack is false',
        ),
        mistake(
            BY_EMAIL | {"mention": "here"},
            'mention is "here"; allowed: no value while slack is false',
        ),
        mistake(
            BY_EMAIL | {"emails_hear_all": True},
            "emails_hear_all is true; allowed: no value without emails and routes",
        ),
        mistake(
            {"emails_hear_all": "true"} | route(),
            "emails_hear_all is true; allowed: no value without emails and routes",
        ),
        mistake(
            {"digest_days": "Monday"},
            'digest_days is "Monday"; allowed: days of Mon, Tue, Wed, '
            "Thu, Fri, Sat, Sun, separated by commas",
        ),
        mistake({"digest_at": "9 am"}, 'digest_at is "9 am"; allowed: a time such as 09:00'),
    ],
)
def test_a_mistake_at_the_top_is_one_line(context: dict[str, Any], line: str) -> None:
    """As for the routes."""
    with pytest.raises(ConfigError) as refused:
        Config.from_context(context)
    assert str(refused.value) == f"context key {line}"


def test_the_time_of_a_digest_may_stand_alone() -> None:
    """It has a default itself."""
    assert Config.from_context({"digest_at": "08:00"}).digest_days == ()


@pytest.mark.parametrize(
    "pasted", ["https://hooks.slack.com/services/T000/B000/" + "x" * 24, "xoxb-1-2-" + "x" * 24]
)
def test_a_secret_that_is_pasted_into_a_route_is_not_repeated(pasted: str) -> None:
    """A webhook belongs into Slack's secret; it does not end up in a CI log."""
    for values in ({"slack_channel": pasted}, {"webhook_url": pasted}, {pasted: ""}):
        with pytest.raises(ConfigError) as refused:
            Config.from_context(route(**values))
        assert "xxx" not in str(refused.value)
        assert "T000" not in str(refused.value)


def test_a_file_that_is_no_json_is_one_line(tmp_path: Path) -> None:
    """The line says where in the file the mistake is."""
    for content, problem in ((b"", "Expecting value: line 1"), (b"[\xff]", "it is not UTF-8")):
        (tmp_path / "routes.json").write_bytes(content)
        with pytest.raises(ConfigError, match=problem) as refused:
            Config.from_context({"routes": f"@{tmp_path}/routes.json"})
        assert len(str(refused.value).splitlines()) == 1

"""What Lambda would refuse of a function's environment is refused at synth."""

from __future__ import annotations

import pytest

from infra.config import Config
from infra.environment import LIMIT, size, variables
from infra.refusal import ConfigError
from tests.infra.conftest import Synth
from tests.infra.templates import EVERYTHING, Template, properties

RANDOM = "-0123456789abc"
"""What CloudFormation appends to a stack's name and a logical id to make a name."""


FULL = [f"{n:02} {'x' * 277}" for n in range(11)]
"""Titles that leave less room than the longest one takes."""


def routes(length: int) -> dict[str, object]:
    return {"routes": [{"name": "a", "when": {"title": [*FULL, "x" * length]}}]}


def test_the_last_byte_counts() -> None:
    """As much as fits is accepted; one byte more is refused with how much that would be."""
    room = LIMIT - size(variables(Config.from_context(routes(1)))) + 1
    fits = Config.from_context(routes(room))
    assert size(variables(fits)) == LIMIT
    allowed = size(variables(fits)["ROUTES"])
    with pytest.raises(ConfigError) as refused:
        Config.from_context(routes(room + 1))
    assert str(refused.value) == (
        f"context key routes takes {allowed + 1:,} bytes in the function's environment; "
        f"allowed: {allowed:,}, for Lambda's limit is 4,096 bytes in all"
    )


def test_what_is_refused_is_the_longest_setting() -> None:
    """A long address leaves less room for all others."""
    url = "https://example.com/" + "x" * 1_900
    context = {"partner_central_url": url, "escalate_hours": 8}
    many = ",".join(f"{'x' * 50}{n}@example.com" for n in range(40))
    with pytest.raises(ConfigError, match=r"^context key escalate_to takes "):
        Config.from_context(context | {"escalate_to": many})


@pytest.mark.parametrize("context", [{}, EVERYTHING], ids=["default", "everything"])
def test_what_is_counted_is_what_is_deployed(synth: Synth, context: dict[str, object]) -> None:
    """The same variables, and none of them longer than it was counted."""
    template = synth(**context)
    deployed = properties(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    counted = variables(Config.from_context(context))
    assert set(deployed) == set(counted)
    for name, value in deployed.items():
        assert len(named(value)) <= len(counted[name]), name


def named(value: str | Template) -> str:
    """Return a value, or a name as long as the one that CloudFormation will make."""
    if isinstance(value, str):
        return value
    return f"InvitationNotifier-Sandbox-{value['Ref']}{RANDOM}"

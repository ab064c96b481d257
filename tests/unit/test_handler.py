"""The handler: whatever it is invoked with, it runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier import handler
from notifier.run.run import Summary
from notifier.settings import EVENT_SOURCE

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.just("source"), st.text(max_size=9)), inner, max_size=3),
    ),
)


class Context:
    """As much of Lambda's context as a run asks for."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


@pytest.fixture
def insisted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return, for each run, whether it was started by an event of Partner Central's."""
    seen: list[bool] = []

    def run(seconds_left: object, *, is_event: bool) -> tuple[Summary, dict[str, Any]]:
        del seconds_left
        seen.append(is_event)
        return Summary(), {}

    monkeypatch.setattr(handler, "_run", run)
    return seen


def invoke(event: object) -> None:
    handler.lambda_handler(event, Context())  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=JSON)
def test_whatever_it_is_invoked_with_is_a_tick(insisted: list[bool], event: object) -> None:
    """An object or not: only an event of Partner Central's is more than a tick."""
    insisted.clear()
    invoke(event)
    assert insisted == [False]


def test_an_event_insists(insisted: list[bool]) -> None:
    """It asks a run that is under way to be followed by another."""
    invoke({"source": EVENT_SOURCE})
    assert insisted == [True]

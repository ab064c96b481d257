"""One case: a call fails on the wire, and all is as if the same had failed in memory."""

from __future__ import annotations

from dataclasses import dataclass

from .calls import service_of
from .failures import Failure, failures_of
from .lines import difference
from .memory import MemoryStage
from .rig import Rig, WireStage
from .scenarios import SCENARIOS, Scenario

PATIENCE = 0.3
"""Seconds that a run waits for a service that hangs; short, as nothing else is slow here."""

MORE_PATIENCE = 5.0
"""The same if the machine is so busy that other calls seem to hang too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario, the kind of call that fails in it, and how."""

    scenario: Scenario
    call: str
    failure: Failure

    def __str__(self) -> str:
        return f"{self.scenario.name}: {self.call}, {self.failure.name}"


CASES = tuple(
    Case(scenario=scenario, call=call, failure=failure)
    for scenario in SCENARIOS.values()
    for call in scenario.calls
    for failure in failures_of(call)
)


def differences(rig: Rig, case: Case) -> list[str]:
    """Return what is wrong with a case, line by line.

    One that hangs is played again if a busy machine may be what is wrong.
    """
    found = _differences(rig, case, PATIENCE)
    is_slow = found and case.failure.what == "hangs"
    return _differences(rig, case, MORE_PATIENCE) if is_slow else found


def undisturbed(rig: Rig, scenario: Scenario) -> tuple[list[str], list[str]]:
    """Return the kinds of the calls of a scenario's run in which none fails, and what is wrong."""
    stage = WireStage(rig, scenario)
    wire = stage.play()
    return stage.kinds, difference(MemoryStage(scenario).play(), wire)


def _differences(rig: Rig, case: Case, patience: float) -> list[str]:
    failure = case.failure
    waits = {service_of(case.call): patience} if failure.what == "hangs" else {}
    faults = failure.faults(case.call, rig.function.kill, patience)
    stage = WireStage(rig, case.scenario, faults, waits)
    wire = stage.play()
    if stage.hits != failure.times:
        return [f"{stage.hits} attempts failed, not {failure.times}", *wire]
    memory = MemoryStage(case.scenario, stage.struck(case.call), failure.means)
    try:
        return difference(memory.play(), wire)
    except AssertionError as error:
        return [str(error)]

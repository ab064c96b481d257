"""What pytest calls in a child: a recorder while nothing is broken, a guard over each mutant."""

from __future__ import annotations

import json
import os
import signal
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from cProfile import Profile
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

PATIENCE = 10.0
"""Seconds that any test has, beside ten times what it takes: a mutant may loop for ever."""

FEW = 3
"""How many of the tests that noticed the latest mutants have their files read first."""

Told = dict[str, Any]

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


class Recorder:
    """Finds out how long tests take, which functions each one calls, and what is imported.

    What runs while tests are collected, or in a fixture that tests share, is called by all of them.
    """

    def __init__(self, told: Path) -> None:
        self._told = told
        self._durations: defaultdict[str, float] = defaultdict(float)
        self._by_all: set[str] = set()
        self._by_test: defaultdict[str, set[str]] = defaultdict(set)
        self._test = self._by_all
        self._profile = Profile(builtins=False)
        self._profile.enable()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        _end_if_failed(self._told, report)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._note(self._by_all)
        self._test = self._by_test[nodeid]

    def pytest_runtest_logfinish(self) -> None:
        self._note(self._test)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        self._note(self._test)
        try:
            return (yield)
        finally:
            self._note(self._test if fixturedef.scope == "function" else self._by_all)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._durations[report.nodeid] += report.duration
        _end_if_failed(self._told, report)

    def pytest_sessionfinish(self) -> None:
        _tell(self._told, durations=self._durations, callers=self._callers(), **_imported())

    def _note(self, called: set[str]) -> None:
        """Add to `called` what has been called since the last time."""
        self._profile.disable()
        called.update(_names(entry.code for entry in self._profile.getstats()))
        self._profile.clear()
        self._profile.enable()

    def _callers(self) -> dict[str, list[str]]:
        """Return the tests that call each function, by its file and name."""
        callers: defaultdict[str, list[str]] = defaultdict(list)
        for test, called in self._by_test.items():
            for name in self._by_all | called:
                callers[name].append(test)
        return callers


class Guard:
    """Runs the tests that may notice, each once: those first that noticed the latest mutants."""

    def __init__(
        self,
        told: Path,
        durations: dict[str, float],
        callers: Iterable[str],
        first: Sequence[str],
    ) -> None:
        self._told = told
        self._durations = durations
        self._needless = set(durations).difference(callers)
        self._first = {name: rank for rank, name in enumerate(first)}
        _limit(6 * PATIENCE)

    def likely(self) -> list[str]:
        """Return the files of a few tests: reading all of them takes longer than most tests do."""
        names = [name for name in self._first if name not in self._needless]
        return [*dict.fromkeys(name.partition("::")[0] for name in names[:FEW])]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        _end_if_failed(self._told, report)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid not in self._needless]
        items.sort(key=self._rank)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _limit(PATIENCE + 10 * self._durations.get(nodeid, 0))
        self._needless.add(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        _end_if_failed(self._told, report)

    def _rank(self, item: pytest.Item) -> tuple[int, float]:
        """Order tests: what noticed mutants of this file, then the quick ones, file by file."""
        seconds = round(self._durations.get(item.nodeid, 0), 1)
        return self._first.get(item.nodeid, len(self._first)), seconds


def _limit(seconds: float) -> None:
    """End this process with a signal in so many seconds, unless there is another limit by then."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _end_if_failed(told: Path, report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.failed:
        _tell(told, failed=report.nodeid)
        os._exit(1)


def _tell(told: Path, **content: Any) -> None:
    told.write_text(json.dumps(content))


def _names(called: Iterable[CodeType | str]) -> Iterator[str]:
    """Yield the outermost functions of our own code among what was called, each with its file."""
    ours = f"{Path.cwd()}/"
    for code in called:
        if isinstance(code, CodeType) and code.co_filename.startswith(ours):
            function = code.co_qualname.partition(".<locals>")[0]
            yield f"{code.co_filename.removeprefix(ours)}:{function}"


def _imported() -> dict[str, list[str]]:
    """Return which libraries are imported here, and which modules must not be."""
    modules = dict(sys.modules)
    files = {name: getattr(module, "__file__", None) or "" for name, module in modules.items()}
    return {
        "libraries": [name for name, file in files.items() if file.startswith(_LIBRARIES)],
        "absent": [name for name, module in modules.items() if module is None],
    }

"""The judge: a process that has imported the libraries, and forks a child for each mutant.

In the child an import hook puts the mutant in its module's place, and pytest runs the tests that
call what is broken, until the first one fails. Nothing is written to the working tree.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import NoReturn

import pytest
from hypothesis import Phase, settings

from .places import Mutant
from .watch import Guard, Recorder, Told

MEMORY = 4 << 30
"""Bytes that a mutant may take: one that loops may also fill what it can."""

_ANYWHERE = Path()


class Verdict(Enum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


_VERDICTS = {
    0: Verdict.SURVIVED,
    pytest.ExitCode.NO_TESTS_COLLECTED: Verdict.SURVIVED,  # none is left that calls what is broken
    -signal.SIGALRM: Verdict.TIMED_OUT,
}
"""What a child's exit code means; with any other one its mutant was noticed."""


class JudgeError(Exception):
    """There can be no verdict: one line that says why."""


class Judge:
    """Runs tests on mutants, `jobs` of them at once."""

    def __init__(self, tests: Sequence[str], jobs: int, scratch: Path) -> None:
        self._tests = tests
        self._jobs = jobs
        self._scratch = scratch
        self._durations: dict[str, float] = {}
        self._callers: dict[str, list[str]] = {}
        self._first: defaultdict[Path, list[str]] = defaultdict(list)

    def prepare(self) -> None:
        """Import here, once, what every child would import; see that the tests pass as it is."""
        _, told = self._ended(*os.waitpid(self._fork(None, "--collect-only"), 0))
        _import_libraries(told.get("libraries", ()), told.get("absent", ()))
        gc.collect()
        gc.freeze()  # A child that looked for garbage would copy all that it shares.
        self.check()

    def check(self) -> None:
        """See that the tests pass with nothing broken; else no verdict says anything."""
        verdict, told = self._ended(*os.waitpid(self._fork(None), 0))
        if verdict is not Verdict.SURVIVED:
            raise JudgeError(f"{told.get('failed', self._tests)} fails with nothing broken")
        self._durations, self._callers = told["durations"], told["callers"]

    def verdicts(self, mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, Verdict]]:
        """Yield each mutant and what became of it, in the order in which they end."""
        running: dict[int, Mutant] = {}
        try:
            for mutant in mutants:
                running[self._fork(mutant)] = mutant
                if len(running) == self._jobs:
                    yield self._next(running)
            while running:
                yield self._next(running)
        finally:
            for child in running:
                _kill(child)

    def _next(self, running: dict[int, Mutant]) -> tuple[Mutant, Verdict]:
        child, status = os.waitpid(-1, 0)
        mutant = running.pop(child)
        verdict, told = self._ended(child, status)
        if failed := told.get("failed"):
            for place in (mutant.path, _ANYWHERE):
                self._first[place] = [failed, *(n for n in self._first[place] if n != failed)]
        return mutant, verdict

    def _ended(self, child: int, status: int) -> tuple[Verdict, Told]:
        """Return what became of a child's mutant, and what it told; remove what it left."""
        _kill(child)
        folder = self._scratch / str(child)
        told = folder / "told.json"
        content = json.loads(told.read_text()) if told.exists() else {}
        shutil.rmtree(folder, ignore_errors=True)
        return _VERDICTS.get(os.waitstatus_to_exitcode(status), Verdict.KILLED), content

    def _fork(self, mutant: Mutant | None, *options: str) -> int:
        child = os.fork()
        if child == 0:
            try:
                self._run(mutant, options)
            finally:
                os._exit(1)
        return child

    def _run(self, mutant: Mutant | None, options: Sequence[str]) -> NoReturn:
        """Run the tests in this child, and end it."""
        os.setpgid(0, 0)
        folder = self._scratch / str(os.getpid())
        folder.mkdir()
        tempfile.tempdir = str(folder)
        for stream in range(3):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(self._scratch / "bytecode")
        told = folder / "told.json"
        # Plain asserts need not be rewritten, and nobody reads what they say.
        options = (*options, "--assert=plain", f"--basetemp={folder / 'pytest'}")
        if mutant is None:
            os._exit(pytest.main([*self._tests, *options], plugins=[Recorder(told)]))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sys.meta_path.insert(0, _Hook(mutant))
        first = dict.fromkeys([*self._first[mutant.path], *self._first[_ANYWHERE]])
        guard = Guard(told, self._durations, self._callers_of(mutant), [*first])
        for tests in (guard.likely(), self._tests):
            code = pytest.main([*tests, *options], plugins=[guard]) if tests else 0
            if _VERDICTS.get(code) is not Verdict.SURVIVED:
                break
        os._exit(code)

    def _callers_of(self, mutant: Mutant) -> Iterable[str]:
        """Return the tests that call what is broken: all, if it runs on import."""
        name = f"{mutant.path}:{mutant.function}"
        return self._callers.get(name, ()) if mutant.function else self._durations


class _Hook(SourceFileLoader):
    """Finds one module, and loads a mutant in its place, however often it is imported."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path.absolute()))
        self._code = mutant.code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _fullname: str) -> CodeType:
        return self._code


def _import_libraries(libraries: Iterable[str], absent: Iterable[str]) -> None:
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in libraries:
            with contextlib.suppress(Exception):  # Some are there under a name of their own making.
                importlib.import_module(name)
    # The same examples for each mutant, none kept, and no search for the simplest.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutants", database=None, deadline=None, derandomize=True, phases=phases
    )
    settings.load_profile("mutants")


def _kill(child: int) -> None:
    """End a child, if it runs, and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)

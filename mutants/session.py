"""One call of `python -m mutants`: what is asked for, and what comes of it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench.table import table

from .accepted import Key, accepted, key, stale
from .judge import Judge, JudgeError, Verdict
from .places import Mutant, mutants
from .scope import SCOPES, Scope, changed_since, copy_tree

_COLUMNS = (*(verdict.value for verdict in Verdict), "accepted", "caught")


class Session:
    """Counts verdicts, and prints survivors as they come."""

    def __init__(self, *, is_sample: bool) -> None:
        self._is_sample = is_sample
        self._accepted = accepted()
        self._counts: defaultdict[Path, Counter[str]] = defaultdict(Counter)
        self._survived: set[Key] = set()
        self.failed = False

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        self._counts[mutant.path][verdict.value] += 1
        if verdict is not Verdict.SURVIVED:
            return
        self._survived.add(key(mutant))
        if key(mutant) in self._accepted:
            self._counts[mutant.path]["accepted"] += 1
            return
        self.failed = True
        place = f"{mutant.path}:{mutant.line} {mutant.operator}"
        print(f"{place} in {mutant.where or 'the module'}\n{mutant.diff}\n", flush=True)

    def text(self) -> str:
        rows = [_row(str(path), counts) for path, counts in self._counts.items()]
        rows.append(_row("in all", sum(self._counts.values(), Counter())))
        entries = () if self._is_sample else stale(self._counts.keys(), self._survived)
        lines = [f"stale: {path}, {where}\n{diff}\n" for path, where, diff in entries]
        return "\n".join([*lines, table(("", *_COLUMNS), *rows)])


def main(description: str | None) -> int:
    options = _options(description or "")
    started = time.monotonic()
    session = Session(is_sample=options.every > 1)
    try:
        for mutant, verdict in _verdicts(_wanted(options), options.jobs, options.every):
            session.add(mutant, verdict)
    except JudgeError as error:
        sys.exit(str(error))
    print(f"{session.text()}\n{time.monotonic() - started:.0f} s, {options.jobs} process(es)")
    return 1 if session.failed else 0


def _verdicts(wanted: set[Path] | None, jobs: int, every: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Judge a copy of the tree, so that what is edited meanwhile stays out of it."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        tree = Path(scratch, "tree")
        copy_tree(tree)
        os.chdir(tree)
        sys.path[:0] = [str(tree / "lambdas"), str(tree)]
        for scope in SCOPES:
            files = [path for path in scope.files() if wanted is None or path in wanted]
            if files:
                judge = Judge(scope.judge, jobs, Path(scratch))
                judge.prepare()
                yield from judge.verdicts(islice(_all(files, scope), every // 2, None, every))
                judge.check()


def _all(files: list[Path], scope: Scope) -> Iterator[Mutant]:
    for path in files:
        found = list(mutants(path, scope.operators))
        for number, mutant in enumerate(found):
            if number % 100 == 0:
                print(f"{path}: {number} of {len(found)}", file=sys.stderr, flush=True)
            yield mutant


def _row(name: str, counts: Counter[str]) -> tuple[str, ...]:
    total = sum(counts[verdict.value] for verdict in Verdict)
    caught = 1 - counts[Verdict.SURVIVED.value] / total if total else 1
    return name, *(str(counts[column]) for column in _COLUMNS[:-1]), f"{caught:.1%}"


def _wanted(options: argparse.Namespace) -> set[Path] | None:
    """Return the files to judge, among others; None for all."""
    judged = {path for scope in SCOPES for path in scope.files()}
    if unknown := set(options.file) - judged:
        raise JudgeError(f"{', '.join(map(str, unknown))}: not among what is judged")
    if options.all:
        return None
    return set(options.file) or changed_since(options.base)


def _options(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m mutants", description=description.partition("\n")[0]
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="judge every file")
    which.add_argument("--base", default="HEAD", metavar="REV", help="what differs from a revision")
    which.add_argument(
        "--file", action="append", type=Path, default=[], help="this one; may be repeated"
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="every Nth mutant alone: a sample"
    )
    jobs = os.cpu_count() or 1
    parser.add_argument(
        "--jobs", type=int, default=jobs, metavar="N", help=f"processes (default: {jobs})"
    )
    return parser.parse_args()

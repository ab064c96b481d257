"""The layer rule: arrows point inward, and adapters never import each other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from simulator.runtime import PURE

PACKAGE = Path(__file__).parents[2] / "lambdas" / "notifier"
MODULES = sorted(PACKAGE.rglob("*.py"))

OWN = "notifier"
ALLOWED = {
    "core": {"core"},
    "adapters": {"core", "adapters", "settings", "metric_names"},  # but no other one: see below
    "settings": {"core"},
    "metric_names": set[str](),
    "run": {"core", "run"},
    "bootstrap": {"core", "adapters", "settings", "run"},
    "telemetry": {"metric_names", "run"},
    "handler": {"bootstrap", "adapters", "telemetry", "metric_names", "settings", "run"},
    "__init__": set[str](),
}

CLIENT_PARTS = {"listing", "pacer"}
"""What `adapters.aws` may use: neither a pace nor the form of an answer is an adapter."""


def within(module: Path) -> tuple[str, ...]:
    """Return a module's name within the package, part by part; the first is its layer."""
    return module.relative_to(PACKAGE).with_suffix("").parts


def imports(module: Path) -> list[tuple[str, ...]]:
    """Return the dotted names that a module imports, relative ones made absolute."""
    here = (OWN, *within(module))
    found: list[tuple[str, ...]] = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found += [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level] if node.level else ()
            stem = (*base, *(node.module.split(".") if node.module else ()))
            found += [(*stem, alias.name) for alias in node.names]
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inward(module: Path) -> None:
    """A module imports only from its own layer or one further in."""
    inward = ALLOWED[within(module)[0]]
    assert not [name for name in imports(module) if name[0] == OWN and name[1] not in inward]


@pytest.mark.parametrize("module", sorted((PACKAGE / "core").glob("*.py")), ids=lambda p: p.name)
def test_core_uses_the_standard_library_alone(module: Path) -> None:
    """The core imports nothing from outside Python, and nothing that does I/O."""
    names = {name[0] for name in imports(module)} - {OWN}
    assert names <= sys.stdlib_module_names
    assert not names & {"os", "socket", "urllib", "logging", "time", "subprocess", "pathlib"}


@pytest.mark.parametrize(
    "module", sorted((PACKAGE / "adapters").rglob("*.py")), ids=lambda p: p.stem
)
def test_adapters_do_not_import_each_other(module: Path) -> None:
    """An adapter imports its own parts alone; those that AWS's clients are made of are shared."""
    own = within(module)[1]
    others = {name[2] for name in imports(module) if name[:2] == (OWN, "adapters")} - {own}
    assert others <= CLIENT_PARTS if own == "aws" else not others


def test_what_is_loaded_once_holds_no_state() -> None:
    """The simulator's environments share these modules, so a cold start must not show in them."""
    shared = [m for m in MODULES if ".".join((OWN, *within(m), "")).startswith(PURE)]
    assert shared
    assert not [m for m in shared if any(map(keeps_state, ast.walk(ast.parse(m.read_text()))))]


def keeps_state(node: ast.AST) -> bool:
    """Return whether a function changes what its module holds, or keeps what it has computed."""
    name = getattr(node, "attr", None) or getattr(node, "id", None)
    return isinstance(node, ast.Global) or name in {"cache", "lru_cache"}


def test_only_adapters_know_the_libraries() -> None:
    """boto3, botocore and slack_sdk are imported by adapters alone."""
    knowing = {
        within(module)[0]
        for module in MODULES
        for name in imports(module)
        if name[0] in {"boto3", "botocore", "slack_sdk"}
    }
    assert knowing == {"adapters"}


def test_nothing_that_ships_knows_what_does_not() -> None:
    """The function imports nothing of the command line, the stack, or the stand-ins."""
    root = PACKAGE.parents[1]
    beside = {folder.name for folder in root.iterdir() if folder.is_dir()} - {"lambdas"}
    assert "cli" in beside
    assert not [name for module in MODULES for name in imports(module) if name[0] in beside]

"""The layer rule: arrows point inward, and adapters never import each other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lambdas" / "notifier"
MODULES = sorted(PACKAGE.rglob("*.py"))

OWN = "notifier"
ALLOWED = {
    "core": {"core"},
    "adapters": {"core", "adapters"},  # but no other adapter: see below
    "settings": set[str](),
    "pacer": set[str](),
    "budget": set[str](),
    "metric_names": set[str](),
    "report": {"core"},
    "enrich": {"core"},
    "gap": {"core"},
    "deliver": {"core", "budget", "enrich", "report"},
    "run": {"core", "budget", "deliver", "enrich", "gap", "report"},
    "clients": {"adapters", "settings", "pacer", "metric_names"},
    "bootstrap": {"core", "adapters", "settings", "pacer", "budget", "clients", "run"},
    "telemetry": {"metric_names", "run", "report"},
    "handler": {"bootstrap", "clients", "deliver", "telemetry", "metric_names", "settings", "run"},
    "__init__": set[str](),
}


def imports(module: Path) -> list[tuple[str, ...]]:
    """Return the dotted names that a module imports, relative ones made absolute."""
    here = (OWN, *module.relative_to(PACKAGE).with_suffix("").parts)
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
    layer = module.relative_to(PACKAGE).with_suffix("").parts[0]
    outward = [name for name in imports(module) if name[0] == OWN and name[1] not in ALLOWED[layer]]
    assert not outward


@pytest.mark.parametrize("module", sorted((PACKAGE / "core").glob("*.py")), ids=lambda p: p.name)
def test_core_uses_the_standard_library_alone(module: Path) -> None:
    """The core imports nothing from outside Python, and nothing that does I/O."""
    names = {name[0] for name in imports(module)} - {OWN}
    assert names <= sys.stdlib_module_names
    assert not names & {"os", "socket", "urllib", "logging", "time", "subprocess", "pathlib"}


@pytest.mark.parametrize(
    "module", sorted((PACKAGE / "adapters").glob("*.py")), ids=lambda p: p.name
)
def test_adapters_do_not_import_each_other(module: Path) -> None:
    """An adapter imports no other adapter; its own parts carry its name before theirs."""
    own = module.stem.partition("_")[0]
    others = [
        name
        for name in imports(module)
        if name[:2] == (OWN, "adapters") and len(name) > 2 and not name[2].startswith(f"{own}_")
    ]
    assert not others


def test_only_adapters_and_clients_know_the_libraries() -> None:
    """boto3, botocore and slack_sdk are imported by adapters and the clients alone."""
    knowing = {
        module.relative_to(PACKAGE).parts[0]
        for module in MODULES
        for name in imports(module)
        if name[0] in {"boto3", "botocore", "slack_sdk"}
    }
    assert knowing == {"adapters", "clients.py"}

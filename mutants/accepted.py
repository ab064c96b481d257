"""The survivors that are accepted: changes that change nothing, each with the reason."""

from __future__ import annotations

import tomllib
from collections.abc import Set as AbstractSet
from pathlib import Path

from .places import Mutant

LIST = Path(__file__).with_name("accepted.toml")

Key = tuple[Path, str, str]


def key(mutant: Mutant) -> Key:
    """Return by what a mutant is known when its lines have moved."""
    return mutant.path, mutant.where, mutant.diff


def accepted() -> dict[Key, str]:
    """Return the reason for each accepted mutant; raise KeyError for an entry without one."""
    return {
        (Path(entry["file"]), entry["where"], _stripped(diff)): entry["why"]
        for entry in tomllib.loads(LIST.read_text()).get("accepted", ())
        for diff in entry["mutants"]
    }


def stale(judged: AbstractSet[Path], survived: AbstractSet[Key]) -> list[Key]:
    """Return what is accepted in judged files without having survived."""
    return [known for known in accepted() if known[0] in judged and known not in survived]


def _stripped(diff: str) -> str:
    return "\n".join(line.strip() for line in diff.strip().splitlines())

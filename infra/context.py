"""CDK context without the CDK CLI, so that `python app.py` writes the same template."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from . import config, lossless
from .refusal import ConfigError, shown

PROJECT = "cdk.json"
LOOKED_UP = "cdk.context.json"
USER = ".cdk.json"


def files(root: Path) -> tuple[Path, Path]:
    """Return the CDK CLI's own settings files, by descending precedence."""
    return root / PROJECT, Path.home() / USER


def from_files(root: Path) -> dict[str, Any]:
    """Return the context from all files that the CDK CLI reads.

    The project's file takes precedence, then what was looked up, then the user's file.
    https://docs.aws.amazon.com/cdk/v2/guide/context.html
    """
    project, user = files(root)
    looked_up = _content(root / LOOKED_UP)
    return _context(user) | looked_up | _context(project)


def from_arguments(arguments: Sequence[str]) -> dict[str, str]:
    """Return the context in `-c key=value` arguments, as the CDK CLI understands them."""
    parser = argparse.ArgumentParser(prog="app.py", description="Write the stack's template.")
    add_to(parser)
    return pairs(parser.parse_args(arguments).context)


def add_to(parser: argparse.ArgumentParser) -> None:
    """Make a parser accept `-c key=value`."""
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")


def pairs(given: Iterable[str]) -> dict[str, str]:
    """Return the context in the values of `-c`; raise ConfigError for one that would be lost."""
    found: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"-c {shown(pair)} has no value; allowed: -c key=value")
        if found.setdefault(key, value) != value:
            raise ConfigError(
                f"-c {key} is given twice; allowed: once, with several values separated by commas"
            )
    return found


def settings(path: Path) -> dict[str, Any]:
    """Return a settings file's content besides the context."""
    return {key: value for key, value in _content(path).items() if key != "context"}


def _context(path: Path) -> dict[str, Any]:
    content = _content(path)
    _refuse_misplaced(path, content)
    found = content.get("context", {})
    if not isinstance(found, dict):
        raise ConfigError(f"{path.name} cannot be read: context must be an object")
    return found


def _refuse_misplaced(path: Path, content: Iterable[str]) -> None:
    """Raise ConfigError for a key of ours where the CDK CLI looks for none."""
    for key in content:
        meant = config.meant(key)
        if meant is not None:
            raise ConfigError(
                f"{path.name} has {shown(key)} beside context, where nothing reads it; "
                f"allowed: {meant} inside context"
            )


def _content(path: Path) -> dict[str, Any]:
    """Return a file's content: nothing if there is no file."""
    try:
        content = lossless.parsed(path.read_text("utf-8-sig"))  # The CDK CLI takes the mark too.
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        refusal = ConfigError(f"{path.name} cannot be read: {error}")
    else:
        if isinstance(content, dict):
            return content
        refusal = ConfigError(f"{path.name} cannot be read: it must be an object")
    raise refusal

"""CDK context without the CDK CLI, so that `python app.py` writes the same template."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .refusal import ConfigError

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
    """Return the context in the values of `-c`."""
    split = (pair.partition("=") for pair in given)
    return {key: value for key, _, value in split}


def settings(path: Path) -> dict[str, Any]:
    """Return a settings file's content besides the context."""
    return {key: value for key, value in _content(path).items() if key != "context"}


def _context(path: Path) -> dict[str, Any]:
    content = _content(path).get("context", {})
    if not isinstance(content, dict):
        raise ConfigError(f"{path.name} cannot be read: context must be an object")
    return content


def _content(path: Path) -> dict[str, Any]:
    """Return a file's content: nothing if there is no file."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        refusal = ConfigError(f"{path.name} cannot be read: {error}")
    else:
        if isinstance(content, dict):
            return content
        refusal = ConfigError(f"{path.name} cannot be read: it must be an object")
    raise refusal

"""CDK context without the CDK CLI, so that `python app.py` makes the template that `cdk` makes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .config import ConfigError


def from_file(path: Path) -> dict[str, Any]:
    """Return the context in `cdk.json`, which otherwise only the CDK CLI reads."""
    try:
        return dict(json.loads(path.read_text("utf-8")).get("context", {}))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        refusal = ConfigError(f"{path.name} cannot be read: {error}")
    raise refusal


def from_arguments(arguments: Sequence[str]) -> dict[str, str]:
    """Return what `-c key=value` says, as the CDK CLI understands it."""
    parser = argparse.ArgumentParser(prog="app.py", description="Write the stack's template.")
    return _pairs(_taking_context(parser).parse_args(arguments))


def among(arguments: Sequence[str]) -> dict[str, str]:
    """Return what `-c key=value` says among arguments that are the CDK CLI's own."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    return _pairs(_taking_context(parser).parse_known_args(arguments)[0])


def _taking_context(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")
    return parser


def _pairs(parsed: argparse.Namespace) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in parsed.context)
    return {key: value for key, _, value in pairs}

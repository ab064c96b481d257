"""The CDK CLI's options and files that decide which account is used and what is deployed there.

All arguments are passed on unchanged. Those that would make CDK deploy something other than what
was checked are understood here, or refused; `infra.checked` catches the rest.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import context
from infra.config import REGION

from .account import QUALIFIER, QUALIFIER_KEY, NotReadyError

REFUSED = {
    "app": "make deploy always deploys this project's app: omit it",
    "ca-bundle-path": "set AWS_CA_BUNDLE instead, which the checks use too",
    "proxy": "set HTTPS_PROXY instead, which the checks use too",
    "ec2creds": "name a profile instead, with --profile or AWS_PROFILE",
    "outputs-file": "read build/outputs.json instead, which make deploy writes",
}
"""Options that would make the CDK CLI deviate from what was checked, and what to use instead."""

PREFIX = "CDK_"
"""The CDK CLI also takes each option from the environment (yargs' `env`), such as CDK_PROFILE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for; `kept` means that a failure is not rolled back."""

    context: dict[str, Any]
    profile: str | None = None
    approved: bool = False
    kept: bool = False
    executed: bool = True

    @property
    def qualifier(self) -> str:
        """Return the qualifier of the CDK resources that are used."""
        return self.context.get(QUALIFIER_KEY) or QUALIFIER


def read(arguments: Sequence[str], environ: Mapping[str, str], root: Path) -> Options:
    """Read what the CDK CLI will read; raise NotReadyError for what the checks cannot follow."""
    spelt = [_as_documented(argument) for argument in arguments]
    _refuse_joined(spelt)
    parsed = _parsed(spelt)
    _refuse_others(parsed, environ)
    files = [context.settings(path) for path in context.files(root)]

    def given(name: str) -> str | None:
        """Return an option from the first place that has it, in the CDK CLI's order."""
        places = [getattr(parsed, name), environ.get(PREFIX + name.upper())]
        places += [file.get(name) for file in files]
        return next((str(place) for place in places if place not in (None, "")), None)

    return Options(
        context=context.from_files(root) | context.pairs(parsed.context),
        profile=given("profile"),
        approved=parsed.yes,
        kept=parsed.kept or given("rollback") in ("false", "False"),
        executed=parsed.executed and given("method") != "prepare-change-set",
    )


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Raise NotReadyError for unusual forms that yargs may accept, such as `--yes=true`."""
    try:
        return _parser().parse_known_args(arguments)[0]
    except argparse.ArgumentError as error:
        raise NotReadyError(
            f"option {error.argument_name} is not understood ({error.message}); "
            "allowed: the form in `cdk deploy --help`"
        ) from None


def _parser() -> argparse.ArgumentParser:
    """Return a parser of the options that matter here, spelt as in `cdk deploy --help`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    context.add_to(parser)
    parser.add_argument("--profile")
    parser.add_argument("--region")
    parser.add_argument("--app", "-a")
    parser.add_argument("--proxy")
    parser.add_argument("--ca-bundle-path")
    parser.add_argument("--outputs-file", "-O")
    parser.add_argument("--ec2creds", "-i", action="store_const", const="true")
    parser.add_argument("--yes", "-y", action="store_true")
    parser.add_argument("--no-execute", dest="executed", action="store_false")
    parser.add_argument("--method", "-m")
    parser.add_argument("--rollback")
    parser.add_argument("--no-rollback", "-R", "--express", dest="kept", action="store_true")
    return parser


def _as_documented(argument: str) -> str:
    """Return `--caBundlePath`, which yargs also accepts, as `--ca-bundle-path`."""
    name, equals, value = argument.partition("=")
    if not name.startswith("--"):
        return argument
    return re.sub(r"(?<=[a-z])([A-Z])", lambda m: f"-{m[1].lower()}", name) + equals + value


def _refuse_joined(arguments: Sequence[str]) -> None:
    """Refuse `-ckey=value` and `-vc`, which yargs and argparse read differently."""
    for argument in arguments:
        if re.match(r"-[a-zA-Z]*[aci]", argument) and not re.match(r"-[aci](=|$)", argument):
            raise NotReadyError(f"option {argument} is not understood; allowed: -c key=value")


def _refuse_others(parsed: argparse.Namespace, environ: Mapping[str, str]) -> None:
    for name, instead in REFUSED.items():
        member = name.replace("-", "_")
        if getattr(parsed, member) is not None:
            raise NotReadyError(f"option --{name} cannot be used here; {instead}")
        if environ.get(variable := PREFIX + member.upper()):
            raise NotReadyError(f"variable {variable} cannot be used here; {instead}")
    if environ.get(f"{PREFIX}CONTEXT"):
        raise NotReadyError("variable CDK_CONTEXT cannot be used here; use -c key=value")
    if (region := parsed.region or environ.get(f"{PREFIX}REGION") or REGION) != REGION:
        raise NotReadyError(
            f"option --region is {region}; allowed: {REGION}, where Partner Central is"
        )

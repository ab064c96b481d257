"""What of the CDK CLI's own options and files concerns us: whose account, and what goes there.

All that is given is handed on as it is. What would make CDK deploy something else than was checked
is understood here, or refused; `infra.checked` is what catches the rest.
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
    "app": "make deploy deploys this project's own app: leave it out",
    "ca-bundle-path": "set AWS_CA_BUNDLE instead, which the checks read too",
    "proxy": "set HTTPS_PROXY instead, which the checks read too",
    "ec2creds": "name a profile instead, with --profile or AWS_PROFILE",
    "outputs-file": "read build/outputs.json instead, which make deploy writes",
}
"""Options by which the CDK CLI would do another thing than was checked, and what to use."""

PREFIX = "CDK_"
"""The CDK CLI takes each of its options from the environment too (yargs' `env`): CDK_PROFILE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for; `agreed` to what is asked, and `kept` if a failure is not rolled back."""

    context: dict[str, Any]
    profile: str | None = None
    agreed: bool = False
    kept: bool = False
    executed: bool = True

    @property
    def qualifier(self) -> str:
        """Return which of the account's CDK resources are used."""
        return self.context.get(QUALIFIER_KEY) or QUALIFIER


def read(arguments: Sequence[str], environ: Mapping[str, str], root: Path) -> Options:
    """Read what the CDK CLI will read; raise NotReadyError for what make deploy cannot follow."""
    spelt = [_as_documented(argument) for argument in arguments]
    _refuse_joined(spelt)
    parsed = _parsed(spelt)
    _refuse_others(parsed, environ)
    files = [context.settings(path) for path in context.files(root)]

    def given(name: str) -> str | None:
        """Return an option from where the CDK CLI looks for it, the first place that has it."""
        places = [getattr(parsed, name), environ.get(PREFIX + name.upper())]
        places += [file.get(name) for file in files]
        return next((str(place) for place in places if place not in (None, "")), None)

    return Options(
        context=context.from_files(root) | context.pairs(parsed.context),
        profile=given("profile"),
        agreed=parsed.yes,
        kept=parsed.kept or given("rollback") in ("false", "False"),
        executed=parsed.executed and given("method") != "prepare-change-set",
    )


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Raise NotReadyError for what yargs may take, and nobody writes: `--yes=true`, say."""
    try:
        return _parser().parse_known_args(arguments)[0]
    except argparse.ArgumentError as error:
        raise NotReadyError(
            f"option {error.argument_name} is not understood ({error.message}); "
            "allowed: as `cdk deploy --help` lists it"
        ) from None


def _parser() -> argparse.ArgumentParser:
    """Return a parser of the options that concern us, spelt as `cdk deploy --help` lists them."""
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
    """Return `--caBundlePath`, which yargs takes as well, as `--ca-bundle-path`."""
    name, equals, value = argument.partition("=")
    if not name.startswith("--"):
        return argument
    return re.sub(r"(?<=[a-z])([A-Z])", lambda m: f"-{m[1].lower()}", name) + equals + value


def _refuse_joined(arguments: Sequence[str]) -> None:
    """Refuse `-ckey=value` and `-vc`, which yargs and argparse read as different things."""
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
        raise NotReadyError("variable CDK_CONTEXT cannot be used here; write -c key=value")
    if (region := parsed.region or environ.get(f"{PREFIX}REGION") or REGION) != REGION:
        raise NotReadyError(
            f"option --region is {region}; allowed: {REGION}, where Partner Central is"
        )

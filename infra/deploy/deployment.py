"""The way of a deployment: configuration, credentials, bootstrap, CDK, and what is left to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import boto3

from infra import context
from infra.config import REGION, Config

from .account import Caller, caller, look_for_bootstrap
from .afterwards import left_to_do, to_look

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ROOT / "build" / "outputs.json"

Cdk = Callable[[Sequence[str]], int]


def bootstrap(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Prepare the account for CDK; return the CDK CLI's exit code."""
    found = caller(session)
    return cdk(["bootstrap", f"aws://{found.account}/{REGION}", *arguments])


def deploy(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Deploy, and say what is left; return the CDK CLI's exit code.

    Raises ConfigError or NotReadyError before anything is touched.
    """
    config = _config(arguments)
    found = caller(session)
    print(_intent(config, found))
    if (doubt := look_for_bootstrap(session, found.account)) is not None:
        print(doubt)
    OUTPUTS.unlink(missing_ok=True)
    code = cdk(["deploy", "--outputs-file", str(OUTPUTS), *arguments])
    if code == 0 and OUTPUTS.exists():
        (outputs,) = json.loads(OUTPUTS.read_text("utf-8")).values()
        _tell(session, outputs)
    return code


def _config(arguments: Sequence[str]) -> Config:
    """Read the configuration as the app will; what is not context is the CDK CLI's own."""
    return Config.from_context(context.from_file(ROOT / "cdk.json") | context.among(arguments))


def _intent(config: Config, found: Caller) -> str:
    line = f"{config.stack_name} into account {found.account}, {REGION}"
    elsewhere = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    aside = "" if elsewhere == REGION else f" (not {elsewhere}: Partner Central is in {REGION})"
    return f"{line}{aside}, as {found.arn}"


def _tell(session: boto3.Session, outputs: Mapping[str, str]) -> None:
    steps = left_to_do(session, outputs)
    print("\nDeployed." + (" Left to do:" if steps else " Nothing is left to do."))
    for number, step in enumerate(steps, start=1):
        print(f"\n{number}. {step}")
    for line in to_look(outputs):
        print(f"\n{line}")

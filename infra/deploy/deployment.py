"""The way of a deployment: configuration, credentials, bootstrap, CDK, and what is left to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import boto3

from infra import checked
from infra.config import REGION, Config

from . import options
from .account import Caller, caller, look_for_bootstrap
from .afterwards import left_to_do, to_look
from .failed import clear_away
from .key import look_at_key
from .run_now import run_now

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ROOT / "build" / "outputs.json"

NO_APP = ("--app", "")
"""Keeps CDK from synthesizing what bootstrapping has no use for, and may not be configured yet."""

Cdk = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs the CDK CLI with arguments and with variables besides the environment's own."""


def session_for(arguments: Sequence[str]) -> boto3.Session:
    """Return a session with the credentials that the CDK CLI will use."""
    return boto3.Session(profile_name=options.read(arguments, os.environ, ROOT).profile)


def bootstrap(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Prepare the account for CDK; return the CDK CLI's exit code."""
    found = caller(session)
    return cdk(["bootstrap", f"aws://{found.account}/{REGION}", *NO_APP, *arguments], {})


def deploy(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Deploy, say what is left, and run once; return the CDK CLI's exit code.

    It is 1 if the run failed. Raises ConfigError or NotReadyError before anything is touched.
    """
    asked = options.read(arguments, os.environ, ROOT)
    config = Config.from_context(asked.context)
    found = caller(session)
    print(_intent(config, found))
    for doubt in _doubts(session, asked, config, found):
        print(doubt)
    OUTPUTS.unlink(missing_ok=True)
    code = cdk(
        ["deploy", "--outputs-file", str(OUTPUTS), *arguments],
        checked.environment(config, found.account),
    )
    if code == 0 and asked.executed and OUTPUTS.exists():
        (outputs,) = json.loads(OUTPUTS.read_text("utf-8")).values()
        return _tell(session, config, outputs)
    return code


def _doubts(
    session: boto3.Session, asked: options.Options, config: Config, found: Caller
) -> Iterator[str]:
    """Look at what a deployment may fail at; yield what nobody can tell, a line each.

    Raises NotReadyError for what it would surely fail at.
    """
    stack = config.stack_name
    yield from filter(None, [look_for_bootstrap(session, found.account, asked.qualifier)])
    if config.kms_key_arn:
        looked = look_at_key(session, config.kms_key_arn, account=found.account, stack=stack)
        yield from filter(None, [looked])
    if asked.executed and not asked.kept:  # What is kept of a failure, CDK goes on with.
        yield from filter(None, [clear_away(session, stack, agreed=asked.agreed)])


def _intent(config: Config, found: Caller) -> str:
    line = f"{config.stack_name} into account {found.account}, {REGION}"
    elsewhere = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    aside = "" if elsewhere == REGION else f" (not {elsewhere}: Partner Central is in {REGION})"
    return f"{line}{aside}, as {found.arn}"


def _tell(session: boto3.Session, config: Config, outputs: Mapping[str, str]) -> int:
    """Say what is left, and what a run sees; return 1 if the run failed."""
    steps = left_to_do(session, config, outputs)
    print("\nDeployed." + (" Left to do:" if steps else " Nothing is left to do."))
    for number, step in enumerate(steps, start=1):
        print(f"\n{number}. {step}")
    print("\nRunning it once ...", flush=True)
    outcome = run_now(session, outputs["FunctionName"])
    print(outcome.line)
    for line in to_look(outputs):
        print(f"\n{line}")
    return int(outcome.failed)

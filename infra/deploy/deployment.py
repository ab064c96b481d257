"""A deployment, step by step: configuration, credentials, checks, CDK, and what remains to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import checked
from infra.config import REGION, Config
from infra.subscriptions import LANDED

from . import options, subscribers, upgrade
from .account import Caller, NotReadyError, caller, check_bootstrap, error_code
from .failed import ask, remove_failed
from .key import check_key
from .next_steps import remaining_steps, ways_to_watch
from .run_now import run_now
from .subscribers import Audience

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ROOT / "build" / "outputs.json"

NO_APP = ("--app", "")
"""Keeps CDK from synthesizing the app, which bootstrapping does not need."""

Cdk = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs the CDK CLI with arguments and additional variables."""


def session_for(arguments: Sequence[str]) -> boto3.Session:
    """Return a session with the credentials that the CDK CLI will use."""
    return boto3.Session(profile_name=options.read(arguments, os.environ, ROOT).profile)


def bootstrap(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Bootstrap the account for CDK; return the CDK CLI's exit code."""
    found = caller(session)
    return cdk(["bootstrap", f"aws://{found.account}/{REGION}", *NO_APP, *arguments], {})


def deploy(arguments: Sequence[str], session: boto3.Session, cdk: Cdk) -> int:
    """Deploy, list what remains to be done, and run once; return the exit code.

    It is the CDK CLI's, or 1 if the run failed. Raise ConfigError or NotReadyError before anything
    is changed.
    """
    asked = options.read(arguments, os.environ, ROOT)
    config = Config.from_context(asked.context)
    found = caller(session)
    print(_announcement(config, found))
    for warning in _checks(session, asked, config, found):
        print(warning)
    OUTPUTS.unlink(missing_ok=True)
    variables = checked.environment(config, found.account)

    def update(**more: str) -> int:
        return cdk(["deploy", "--outputs-file", str(OUTPUTS), *arguments], variables | more)

    code = _updated(session, asked, config, update)
    if code == 0 and asked.executed and OUTPUTS.exists():
        (outputs,) = json.loads(OUTPUTS.read_text("utf-8")).values()
        return _finish(session, config, outputs, approved=asked.approved)
    return code


def _updated(
    session: boto3.Session,
    asked: options.Options,
    config: Config,
    update: Callable[..., int],
) -> int:
    """Update the stack, in two steps if an older version's filters have to change in between."""
    landed = upgrade.landed(session, config.stack_name)
    if landed:
        print("First of two updates: everything but the email subscriptions.", flush=True)
        code = update(**{LANDED: json.dumps(landed)})
        if code or not asked.executed:
            return code
    left: list[str] = []
    if asked.executed:
        audience = _alerts(session, config)
        left += upgrade.renew(session, audience, config.stack_name, landed) if audience else ()
    if landed and left:
        print(
            "The second update has to wait, and until then all works as before: these could not "
            "be given their new filters. Run this again once they are confirmed, or have gone:\n"
            + "\n".join(left)
        )
        return 0
    return update()


def _alerts(session: boto3.Session, config: Config) -> Audience | None:
    """Return who is subscribed to the alerts so far, if there is a stack."""
    topic = subscribers.outputs_of(session, config.stack_name).get("TopicArn")
    found = subscribers.audiences(session, config, {"TopicArn": topic} if topic else {})
    return next(found, None)


def subscribe(arguments: Sequence[str], session: boto3.Session, _: Cdk) -> int:
    """Make the subscriptions that are missing, after asking; return 1 if some still are."""
    asked = options.read(arguments, os.environ, ROOT)
    config = Config.from_context(asked.context)
    outputs = subscribers.outputs_of(session, config.stack_name)
    if not outputs:
        raise NotReadyError(f"there is no stack {config.stack_name} in {REGION}: make deploy")
    found = _complete(session, config, outputs, approved=asked.approved)
    for audience in found:
        if extra := audience.extra():
            print(f"Subscribed to {audience.use}, and in no list: {', '.join(extra)}.")
    remaining = list(subscribers.steps(found))
    print("\n\n".join(remaining) or "Every address is subscribed, and has confirmed.")
    return int(any(audience.listed is None or audience.missing() for audience in found))


def _complete(
    session: boto3.Session, config: Config, outputs: Mapping[str, str], *, approved: bool
) -> list[Audience]:
    """Make the subscriptions that are missing, after asking; return who is subscribed then."""
    found = list(subscribers.audiences(session, config, outputs))
    missing = [f"{a} to {audience.use}" for audience in found for a in audience.missing()]
    if not missing or not (approved or ask(f"Subscribe {', '.join(missing)} again?")):
        return found
    for audience in found:
        try:
            subscribers.subscribe(session, audience)
        except (ClientError, BotoCoreError) as error:
            print(f"cannot subscribe anybody to {audience.use} ({error_code(error)})")
    return list(subscribers.audiences(session, config, outputs))


def _checks(
    session: boto3.Session, asked: options.Options, config: Config, found: Caller
) -> Iterator[str]:
    """Raise NotReadyError for what would make the deployment fail.

    Yield one line for each thing that could not be checked.
    """
    stack = config.stack_name
    yield from filter(None, [check_bootstrap(session, found.account, asked.qualifier)])
    if config.kms_key_arn:
        unchecked = check_key(session, config.kms_key_arn, account=found.account, stack=stack)
        yield from filter(None, [unchecked])
    if asked.executed and not asked.kept:  # CDK continues a failure that is kept.
        yield from filter(None, [remove_failed(session, stack, approved=asked.approved)])


def _announcement(config: Config, found: Caller) -> str:
    line = f"Deploying {config.stack_name} to account {found.account} in {REGION}"
    elsewhere = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    aside = "" if elsewhere == REGION else f" (not {elsewhere}: Partner Central is in {REGION})"
    return f"{line}{aside} as {found.arn}"


def _finish(
    session: boto3.Session, config: Config, outputs: Mapping[str, str], *, approved: bool
) -> int:
    """List what remains to be done, then run the function once; return 1 if the run failed."""
    found = _complete(session, config, outputs, approved=approved)
    steps = remaining_steps(session, config, outputs, found)
    print("\nDeployed. " + ("What remains to be done:" if steps else "Nothing remains to be done."))
    for number, step in enumerate(steps, start=1):
        print(f"\n{number}. {step}")
    print("\nRunning the function once ...", flush=True)
    outcome = run_now(session, outputs["FunctionName"])
    print(outcome.line)
    for line in ways_to_watch(outputs):
        print(f"\n{line}")
    return int(outcome.failed)

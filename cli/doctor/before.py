"""What must hold before anything is deployed: configuration, credentials, clock, bootstrap."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cli.account import ROOT, Account
from infra.config import REGION, Config
from infra.deploy.account import (
    QUALIFIER,
    QUALIFIER_KEY,
    Caller,
    NotReadyError,
    caller,
    check_bootstrap,
)
from infra.deploy.key import check_key

from .finding import Finding, not_ready, unchecked, well, wrong

SKEW = timedelta(minutes=1)
"""AWS refuses what is signed five minutes off; what is shown as due would be wrong before.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""


def configuration(config: Config) -> Iterator[Finding]:
    """Say that the configuration is valid, and what of it should be reconsidered."""
    yield well("configuration", f"valid, for the catalog {config.catalog}")
    for line in config.advice:
        says, _, remedy = line.partition(": ")
        yield wrong("configuration", says, remedy)


def synthesis(arguments: list[str]) -> Iterator[Finding]:
    """Synthesize the stack, as `make synth` does; cdk-nag's findings are faults too."""
    with tempfile.TemporaryDirectory() as outdir:
        paths = os.pathsep.join((str(ROOT / "lambdas"), str(ROOT)))
        ended = subprocess.run(  # noqa: S603  (this project's own app)
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=ROOT,
            env={**os.environ, "CDK_OUTDIR": outdir, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.returncode == 0:
        yield well("synthesis", "the stack can be synthesized, and cdk-nag finds nothing")
        return
    lines = ended.stderr.strip().splitlines() or ["no reason given"]
    remedy = "run `make synth` with the same ARGS, and mend what it says"
    yield wrong("synthesis", lines[-1], remedy, fatal=True)


class Clock:
    """Hears what time it is at AWS, from the answers to this session's calls."""

    def __init__(self, account: Account) -> None:
        self.skew: timedelta | None = None
        events: Any = account.session.events
        events.register("after-call.sts", self._heard)

    def _heard(self, http_response: Any, **_: Any) -> None:
        try:
            there = parsedate_to_datetime(http_response.headers["Date"])
        except (KeyError, ValueError, TypeError):
            return
        self.skew = datetime.now(UTC) - there.replace(tzinfo=UTC)  # HTTP's dates are all GMT.

    def checked(self) -> Iterator[Finding]:
        if self.skew is None:
            yield unchecked("clock", "AWS did not say what time it is")
        elif abs(self.skew) > SKEW:
            seconds = int(abs(self.skew).total_seconds())
            way = "ahead of" if self.skew > timedelta(0) else "behind"
            yield wrong(
                "clock",
                f"this machine's clock is {seconds} s {way} AWS's",
                "set the clock by the network (NTP): AWS refuses requests 5 minutes off",
            )
        else:
            yield well("clock", "agrees with AWS's")


def credentials(account: Account) -> tuple[Caller | None, Finding]:
    """Say whose the credentials are; None if they are nobody's."""
    try:
        found = caller(account.session)
    except NotReadyError as error:
        return None, not_ready("credentials", error)
    return found, well("credentials", f"account {found.account}, as {found.arn}")


def region() -> Iterator[Finding]:
    """Say which region is used, whatever the environment names."""
    elsewhere = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    aside = "" if elsewhere == REGION else f", not {elsewhere}: Partner Central is nowhere else"
    yield well("region", REGION + aside)


def bootstrap(account: Account, found: Caller, *, deployed: bool) -> Iterator[Finding]:
    """Say whether CDK's own resources are there; a deployed stack runs without them."""
    qualifier = str(account.context.get(QUALIFIER_KEY) or QUALIFIER)
    try:
        doubt = check_bootstrap(account.session, found.account, qualifier)
    except NotReadyError as error:
        yield not_ready("bootstrap", error, fatal=not deployed)
        return
    if doubt:
        yield unchecked("bootstrap", doubt.removesuffix("; continuing"))
    else:
        yield well("bootstrap", "CDK can deploy to the account")


def key(account: Account, found: Caller) -> Iterator[Finding]:
    """Say whether a key of the customer's own lets the stack use it."""
    config = account.config
    if config.kms_key_arn is None:
        return
    try:
        doubt = check_key(
            account.session, config.kms_key_arn, account=found.account, stack=config.stack_name
        )
    except NotReadyError as error:
        yield not_ready("key", error)
        return
    yield unchecked("key", doubt) if doubt else well("key", "its policy has what the stack needs")

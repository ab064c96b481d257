"""How long a cold start takes us, against the SDK with the same two clients alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from os import devnull
from pathlib import Path

from notifier.settings import Settings

from .import_times import by_group
from .pairs import Comparison, interleaved
from .table import table

TARGET = 1.15
ROOT = Path(__file__).parent.parent

_FRAME = """
import time
started, began = time.perf_counter(), time.process_time()
{}
print(time.perf_counter() - started, time.process_time() - began)
"""

OURS = _FRAME.format("""
import notifier.handler
import os
from notifier import bootstrap, clients
from notifier.settings import Settings
bootstrap.notifier(Settings.from_env(os.environ), os.environ, lambda: 120.0)
clients.client("dynamodb"), clients.partner_central(None, None)
""")
"""The handler comes first, as Lambda imports it.

The clients are asked for too, which costs nothing once they are built: nothing is put off.
"""

BARE = _FRAME.format("""
import boto3
boto3.client("dynamodb", region_name="us-east-1")
boto3.client("partnercentral-selling", region_name="us-east-1")
""")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds that one fresh process took, by the clock on the wall and of the processor."""

    wall: float
    cpu: float


def report(pairs: int) -> str:
    """Measure `pairs` pairs of fresh processes and tell of them."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = _environment(bytecode)
        ours, bare = interleaved(
            pairs, partial(_start, OURS, environment), partial(_start, BARE, environment)
        )
        parts = _parts(environment)
    wall = Comparison(ours=[s.wall for s in ours], floor=[s.wall for s in bare])
    cpu = Comparison(ours=[s.cpu for s in ours], floor=[s.cpu for s in bare])
    return "\n".join(
        (
            f"1. START-UP: {pairs} pairs of fresh processes, two clients built in each",
            wall.table("handler, clients", "bare boto3, clients", note=f"target {TARGET:.2f}"),
            f"  by processor time, which other work disturbs less: ratio {cpu.ratio:.2f}",
            "  where the handler's time goes, in one more process that traces imports:",
            parts,
        )
    )


def _start(program: str, environment: dict[str, str]) -> Start:
    wall, cpu = map(float, _run(program, environment).stdout.split())
    return Start(wall, cpu)


def _parts(environment: dict[str, str]) -> str:
    traced = _run(OURS, environment, "-X", "importtime")
    total = float(traced.stdout.split()[0])
    times = by_group(traced.stderr)
    times["clients built"] = total - sum(times.values())
    return table(
        *(
            [f"  {name}", f"{1000 * seconds:.1f} ms", f"{seconds / total:.0%}"]
            for name, seconds in sorted(times.items(), key=lambda item: -item[1])
        )
    )


def _run(
    program: str, environment: dict[str, str], *flags: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *flags, "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def _environment(bytecode: str) -> dict[str, str]:
    """Return the same environment for both sides: made-up credentials, and no one's own files.

    The pair that warms up leaves its bytecode in a folder of its own, so that nobody compiles
    while being measured, wherever bytecode is not written otherwise.
    """
    settings = Settings(
        catalog="AWS",
        table_name="invitations",
        topic_arn="arn:aws:sns:us-east-1:123456789012:alerts",
        emails_expected=True,
    )
    return settings.to_env() | {
        "PYTHONPATH": f"{ROOT / 'lambdas'}",
        "PYTHONPYCACHEPREFIX": bytecode,
        "AWS_ACCESS_KEY_ID": "AKIAMADEUP",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": devnull,
        "AWS_SHARED_CREDENTIALS_FILE": devnull,
    }

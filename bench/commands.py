"""How long each command of the command line takes until its first call leaves.

A listening socket stands for AWS: the measurement ends when it is connected to, and the command
with it. The floor is `aws --version`, or boto3's import where there is no AWS CLI.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial

from .pairs import Comparison, interleaved
from .table import table

TARGET = 1.0
"""Seconds."""

COMMANDS = {
    "preview": ("preview",),
    "doctor": ("doctor",),
    "status": ("status",),
    "replay": ("replay", "engi-0123456789abc", "--channel", "slack", "--yes"),
    "sandbox": ("sandbox", "--yes"),
}

PATIENCE = 30.0
"""Seconds after which a command is taken to call nobody."""


def report(pairs: int, commands: Sequence[str] = tuple(COMMANDS)) -> str:
    """Measure `pairs` pairs of each command and the floor, and report them."""
    name, floor = _floor()
    head = f"6. THE COMMAND LINE: {pairs} pairs each, from the start until a first call leaves"
    rows = [_row(command, pairs, floor) for command in commands]
    return "\n".join((head, table(["", "median", f"of {name}", f"target {TARGET:.1f} s"], *rows)))


def _row(name: str, pairs: int, floor: Sequence[str]) -> list[str]:
    try:
        found = interleaved(pairs, partial(_until_call, COMMANDS[name]), partial(_run, floor))
    except TimeoutError:
        return [name, "no call", "", ""]
    comparison = Comparison(ours=found[0], floor=found[1])
    median = sorted(found[0])[len(found[0]) // 2]
    is_met = "met" if median < TARGET else "not met"
    return [name, f"{1000 * median:.0f} ms", f"{comparison.ratio:.2f}", is_met]


def _floor() -> tuple[str, Sequence[str]]:
    if aws := shutil.which("aws"):
        return "aws --version", (aws, "--version")
    return "import boto3", (sys.executable, "-c", "import boto3")


def _run(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def _until_call(arguments: Sequence[str]) -> float:
    """Return the seconds until a command connects; raise TimeoutError if it never does."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.TemporaryDirectory() as home,
    ):
        server.settimeout(0.5)
        began = time.perf_counter()
        command = subprocess.Popen(
            (sys.executable, "-m", "cli", *arguments),
            env=_environment(server.getsockname()[1], home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    if command.poll() is not None or time.perf_counter() - began > PATIENCE:
                        raise
                else:
                    connection.close()
                    return time.perf_counter() - began
        finally:
            command.kill()
            command.wait()


def _environment(port: int, home: str) -> Mapping[str, str]:
    """Return what a user would have set, and every service of AWS at one address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "AKIASIMULATOR",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
        "HOME": home,
        "NO_PROXY": "127.0.0.1",
    }

"""How long the package that ships takes to start cold, against the bare SDK with the same clients.

Both run in fresh processes under the Lambda Runtime Interface Emulator, from the same package and
with the same variables. As in Lambda, nothing is kept of what an earlier process compiled. The
start is what Lambda bills and calls init: from the process's start until its handler is imported
and it asks for an event. The first answer shows that nothing was merely put off: it comes after a
whole run over an empty inbox, and the bare function makes as many calls of the same kinds.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emulator.environment import ExecutionEnvironment
from simulator.runtime import HANDLER
from toolchain.package import package, size_zipped

from .box import Box
from .import_times import by_group
from .pairs import Comparison, interleaved
from .table import table

TARGET = 1.25

_OURS = f"{HANDLER}.lambda_handler"

BARE = """
import os
import boto3

table = boto3.client("dynamodb", region_name="us-east-1")
selling = boto3.client("partnercentral-selling", region_name="us-east-1")
name = os.environ["TABLE_NAME"]
own = {"S": "bare"}
write = {
    "TableName": name,
    "Key": {"catalog": own, "sk": own},
    "UpdateExpression": "SET held = :own",
    "ExpressionAttributeValues": {":own": own},
}
read = {
    "TableName": name,
    "ConsistentRead": True,
    "KeyConditionExpression": "catalog = :own",
    "ExpressionAttributeValues": {":own": own},
}

def lambda_handler(event, context):
    table.update_item(**write)
    selling.list_engagement_invitations(Catalog="AWS", ParticipantType="RECEIVER")
    table.query(**read)
    table.update_item(**write)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Seconds of one fresh process: until it was ready, until it answered, and computed by then.

    What was computed includes the emulator's own share, which is the same for both.
    """

    init: float
    answer: float
    cpu: float
    log: str


def report(box: Box, pairs: int) -> str:
    """Measure `pairs` pairs of fresh processes beside a new account, and report them."""
    box.reset()
    shipped, variables = package(), box.environment()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text(BARE, encoding="utf-8")
        ours, bare = interleaved(
            pairs,
            partial(_start, [shipped], _OURS, variables),
            partial(_start, [Path(folder), shipped], "bare.lambda_handler", variables),
        )
    traced = _start([shipped], _OURS, variables, "-X", "importtime")
    return "\n".join(
        (
            f"1. COLD START: {pairs} pairs of fresh processes, under Lambda's runtime emulator",
            f"  the package: {size_zipped(shipped) / 1e6:.2f} MB zipped",
            "  start, until an event is asked for:",
            _compared(ours, bare, lambda start: start.init, f"target {TARGET:.2f}"),
            "  start and first answer, of a run over an empty inbox and of as many calls:",
            _compared(ours, bare, lambda start: start.answer),
            "  the same by processor time, which other work disturbs less:",
            _compared(ours, bare, lambda start: start.cpu),
            "  where the start's time goes, in one more process that traces imports:",
            _parts(traced),
        )
    )


def _start(
    folders: Sequence[Path], handler: str, variables: Mapping[str, str], *flags: str
) -> Start:
    before = _computed()
    with ExecutionEnvironment(folders, handler, variables, flags=flags) as environment:
        started = time.perf_counter()
        answer = environment.invoke({})
        seconds = time.perf_counter() - started
    if answer.error or answer.timed_out:
        raise RuntimeError(f"not a start to be measured: {answer.body}")
    cpu = _computed() - before
    return Start(init=answer.init_seconds, answer=seconds, cpu=cpu, log=answer.log)


def _computed() -> float:
    """Return the processor time of all processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _compared(
    ours: Sequence[Start], bare: Sequence[Start], of: Callable[[Start], float], note: str = ""
) -> str:
    comparison = Comparison(ours=list(map(of, ours)), floor=list(map(of, bare)))
    return comparison.table("the package", "bare boto3, same clients", note=note)


def _parts(traced: Start) -> str:
    times = by_group(traced.log)
    times["clients built, processes begun"] = traced.init - sum(times.values())
    return table(
        *(
            [f"  {name}", f"{1000 * seconds:.1f} ms", f"{seconds / traced.init:.0%}"]
            for name, seconds in sorted(times.items(), key=lambda item: -item[1])
        )
    )

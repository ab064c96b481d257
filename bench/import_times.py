"""Reads the output of `python -X importtime`: how much of a start each package's import takes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

_SDK = "boto3, botocore and what they need, imported"
_GROUPS = {
    "notifier": "our modules imported",
    "aws_lambda_powertools": "Powertools and what it needs, imported",
    "typing_extensions": "Powertools and what it needs, imported",
    **dict.fromkeys(
        ("boto3", "s3transfer", "botocore", "urllib3", "dateutil", "six", "jmespath"), _SDK
    ),
}
_OTHERS = "standard library imported"
_RUNTIME = "the interpreter's and the runtime's own imports"

_RUNTIME_READY = "| awslambdaric.bootstrap\n"
"""The last of what Lambda's runtime imports for itself."""

_INIT_DONE = "INIT RTDONE"
"""What the emulator says when the handler has been imported; a run may import more."""

_BUILDER = "notifier.handler"
"""Its own time is left out: it builds the clients while it is imported."""

_LINE = re.compile(r"import time:\s*(?P<microseconds>\d+) \|\s*\d+ \|\s*(?P<module>\S+)")


def by_group(log: str) -> dict[str, float]:
    """Return the seconds that each group's own modules took to import, until init was done."""
    times: dict[str, float] = defaultdict(float)
    runtime, ready, handler = log.partition(_INIT_DONE)[0].rpartition(_RUNTIME_READY)
    for _, seconds in _own(runtime + ready):
        times[_RUNTIME] += seconds
    for module, seconds in _own(handler):
        if module != _BUILDER:
            times[_GROUPS.get(module.partition(".")[0], _OTHERS)] += seconds
    return dict(times)


def _own(log: str) -> Iterator[tuple[str, float]]:
    for found in _LINE.finditer(log):
        yield found["module"], int(found["microseconds"]) / 1e6

"""Reads what `python -X importtime` prints: how much of a start each package's import takes."""

from __future__ import annotations

import re
from collections import defaultdict

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

_INTERPRETER = "| site\n"
"""The last module that Python imports for itself, before the program's first line."""

_BUILDER = "notifier.handler"
"""Its own time is left out: it builds the clients while it is imported."""

_LINE = re.compile(r"import time:\s*(?P<microseconds>\d+) \|\s*\d+ \|\s*(?P<module>\S+)")


def by_group(trace: str) -> dict[str, float]:
    """Return the seconds that each group's own modules took to import."""
    times: dict[str, float] = defaultdict(float)
    for found in _LINE.finditer(trace.partition(_INTERPRETER)[2]):
        if found["module"] != _BUILDER:
            package = found["module"].partition(".")[0]
            times[_GROUPS.get(package, _OTHERS)] += int(found["microseconds"]) / 1e6
    return dict(times)

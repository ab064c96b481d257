"""How long a run takes in which nothing is due, against its list calls alone."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import boto3

from notifier.adapters.aws import READS_PER_SECOND
from notifier.adapters.pacer import Pacer
from notifier.adapters.partner_central import PAGE_SIZE

from .box import Box
from .function import Function, rest
from .pairs import Comparison, interleaved

_REQUEST = {
    "Catalog": "AWS",
    "ParticipantType": "RECEIVER",
    "Status": ["PENDING"],
    "Sort": {"SortBy": "InvitationDate", "SortOrder": "ASCENDING"},
}

_NOTE = f"""\
  both at {READS_PER_SECOND} reads a second; the ledger's one Query is answered from memory,
  for what moto takes to compute it is no time of the notifier's"""


def report(box: Box, function: Function, *, pending: int, pairs: int) -> str:
    """Measure `pairs` pairs of a quiet run and its list calls, and report them."""
    with mock.patch.dict(os.environ, box.environment()):
        listing = bare_listing()
    runs, listings = interleaved(
        pairs, partial(_timed, function.run, pending), partial(_timed, listing, pending)
    )
    pages = math.ceil(pending / PAGE_SIZE)
    title = f"2. QUIET RUN: {pairs} pairs, {pending:,} invitations pending and told of"
    figures = Comparison(ours=runs, floor=listings).table(
        "whole run", f"its {pages} list calls alone"
    )
    return f"{title}\n{figures}\n{_NOTE}"


def _timed(work: Callable[[], None], pending: int) -> float:
    rest(pending)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare_listing() -> Callable[[], None]:
    """Return what lists every page through a bare client, paced as the function paces it."""
    client: Any = boto3.client("partnercentral-selling")
    pacer = Pacer(READS_PER_SECOND)
    client.meta.events.register("before-send", lambda **_: pacer.wait())
    paginator = client.get_paginator("list_engagement_invitations")

    def list_all() -> None:
        for _ in paginator.paginate(**_REQUEST, PaginationConfig={"PageSize": PAGE_SIZE}):
            pass

    return list_all

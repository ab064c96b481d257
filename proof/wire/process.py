"""What a process of the matrix does: play cases in a box of its own."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from multiprocessing.util import Finalize

from simulator.account import PartnerAccount

from .cases import CASES, differences
from .rig import Rig


def played(number: int) -> list[str]:
    """Play a case; return what is wrong with it."""
    return differences(_rig(), CASES[number])


@functools.cache
def _rig() -> Rig:
    """Return this process's rig, made when first asked for and closed with the process."""
    opened = ExitStack()
    Finalize(None, opened.close, exitpriority=10)  # Not atexit: a pool's processes skip that.
    account = opened.enter_context(PartnerAccount())
    return opened.enter_context(Rig(account))

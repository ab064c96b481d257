"""Processes that were started together, found by their session, as Linux keeps it.

The emulator gives the function's process a group of its own, so that a group does not hold both.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

_PATIENCE = 10.0
"""Seconds that an emulator has to end by itself, which ends the function's process too."""


def end(leader: subprocess.Popen[bytes]) -> None:
    """End the session's leader, and whatever it leaves behind."""
    leader.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        leader.wait(_PATIENCE)
    for process in members(leader.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    leader.wait()


def members(session: int) -> list[int]:
    """Return the processes of a session, its leader among them."""
    stats = Path("/proc").glob("[0-9]*/stat")
    return [int(stat.parent.name) for stat in stats if _session(stat) == session]


def _session(stat: Path) -> int | None:
    try:
        # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name in brackets
        # come state, parent, group, session.
        return int(stat.read_text("utf-8", errors="replace").rpartition(")")[2].split()[3])
    except (OSError, IndexError):  # it has ended meanwhile
        return None

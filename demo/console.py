"""What a person watching the demo reads: one aligned row per scene, as it happens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

_STYLES = {"bold": "1", "dim": "2", "warn": "33"}
_WHEN = 18
_COUNT = 7
_INDENT = " " * (_WHEN + 2 * _COUNT)


class Console:
    """Writes to `out`; with colour and a progress line only if `out` is a terminal."""

    def __init__(self, out: TextIO, zone: ZoneInfo) -> None:
        self._out = out
        self._zone = zone
        self._live = out.isatty()
        self._coloured = self._live and "NO_COLOR" not in os.environ

    def line(self, text: str = "", style: str | None = None) -> None:
        """Write one whole line, replacing the progress line if there is one."""
        self._write(("\r\x1b[K" if self._live else "") + self._styled(text, style) + "\n")

    def progress(self, at: datetime, words: str) -> None:
        """Show what is going on, until the next line is written."""
        if self._live:
            row = f"{self._when(at):{len(_INDENT)}}{words}"
            self._write(f"\r\x1b[K{self._styled(row, 'dim')}")

    def heading(self) -> None:
        """Write the names of the columns."""
        city = self._zone.key.rpartition("/")[2].replace("_", " ")
        cells = f"{f'{city} time':{_WHEN}}{'Slack':>{_COUNT - 2}}  {'Email':>{_COUNT - 2}}  "
        self.line(f"{cells}What happens", "dim")

    def between(self, words: str) -> None:
        """Write what happened between two scenes."""
        self.line(f"{_INDENT}{words}", "dim")

    def scene(self, at: datetime, title: str, *, posts: int, mails: int) -> None:
        """Write one scene's row: when it plays, its messages on each channel, and its title."""
        counts = "".join(f"{count or '-':>{_COUNT - 2}}  " for count in (posts, mails))
        self.line(f"{self._when(at)}{counts}{title}", "bold")

    def said(self, headlines: Sequence[str]) -> None:
        """Write the headlines of the messages sent, below a scene's row."""
        for headline in headlines:
            self.line(f"{_INDENT}  {headline}")

    def warning(self, text: str) -> None:
        """Write what went wrong, below a scene's row."""
        self.line(f"{_INDENT}! {text}", "warn")

    def _when(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%a %d %b  %H:%M}".ljust(_WHEN)

    def _styled(self, text: str, style: str | None) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if style and self._coloured else text

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

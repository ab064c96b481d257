"""What was asked for on the command line, as `make deploy` understands it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings as `key=value`, and the profile and region if they were named."""

    context: Sequence[str] = ()
    profile: str | None = None
    region: str | None = None

    def arguments(self) -> list[str]:
        """Return the arguments that `make deploy` would be given."""
        return list(self._arguments())

    def _arguments(self) -> Iterator[str]:
        for pair in self.context:
            yield from ("-c", pair)
        if self.profile is not None:
            yield from ("--profile", self.profile)
        if self.region is not None:
            yield from ("--region", self.region)


class StopError(Exception):
    """A foreseeable end: one line that says what is wrong and what to do; `code` is the exit's."""

    code = 1


class UsageError(StopError):
    """What was asked for cannot be done that way."""

    code = 2

"""What was asked for on the command line, as `make deploy` understands it."""

from __future__ import annotations

import re
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


def invitation_id(pasted: str) -> str:
    """Return the id in what somebody pasted: an id or an ARN, alone or in a link or a sentence."""
    from notifier.adapters.partner_central import short_id

    found = re.search(r"engi-[0-9A-Za-z-]*[0-9A-Za-z]", pasted)
    return found[0] if found else short_id(pasted.strip())


class StopError(Exception):
    """A foreseeable end: one line that says what is wrong and what to do; `code` is the exit's."""

    code = 1


class UsageError(StopError):
    """What was asked for cannot be done that way."""

    code = 2

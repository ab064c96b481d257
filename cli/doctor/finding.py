"""What a check found, and what all of them mean together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.deploy.account import NotReadyError, error_code
from notifier.core.ports import NotifierError


class Mark(Enum):
    """What a check says: well, wrong, or not checked."""

    WELL = "✓"
    WRONG = "✗"
    UNCHECKED = "\N{EN DASH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's result; `remedy` is one line for what is wrong.

    `fatal` means that no alert reaches anybody until it is mended; with a `channel` what is said
    decides whether one reaches anybody there.
    """

    name: str
    mark: Mark
    says: str
    remedy: str = ""
    fatal: bool = False
    channel: str | None = None


Check = Callable[[], Iterable[Finding]]


def well(name: str, says: str, *, channel: str | None = None) -> Finding:
    return Finding(name=name, mark=Mark.WELL, says=says, channel=channel)


def unchecked(name: str, says: str) -> Finding:
    return Finding(name=name, mark=Mark.UNCHECKED, says=says)


def wrong(
    name: str, says: str, remedy: str, *, fatal: bool = False, channel: str | None = None
) -> Finding:
    return Finding(
        name=name, mark=Mark.WRONG, says=says, remedy=remedy, fatal=fatal, channel=channel
    )


def not_ready(name: str, error: NotReadyError, *, fatal: bool = True) -> Finding:
    """Return what a deployment's own check says; its remedy follows the last semicolon."""
    says, _, remedy = str(error).rpartition("; ")
    return wrong(name, says or remedy, remedy, fatal=fatal)


def guarded(name: str, check: Check) -> Iterator[Finding]:
    """Yield what a check finds; what may not be asked, or cannot be, is not checked."""
    try:
        yield from check()
    except ClientError as error:
        yield unchecked(name, f"{error.operation_name} is refused ({error_code(error)})")
    except (BotoCoreError, NotifierError, ResponseParserError) as error:
        yield unchecked(name, " ".join(str(error).split()))


def verdict(findings: Sequence[Finding]) -> tuple[str, bool]:
    """Return one sentence, and whether all is well."""
    faults = [finding for finding in findings if finding.mark is Mark.WRONG]
    if not faults:
        open_ = sum(finding.mark is Mark.UNCHECKED for finding in findings)
        aside = f", as far as could be checked ({open_} not checked)" if open_ else ""
        return f"It works{aside}.", True
    channels = {finding.channel for finding in findings if finding.channel}
    dead = {finding.channel for finding in faults if finding.channel}
    fatal = [finding for finding in faults if finding.fatal]
    if not fatal and dead and dead == channels:
        fatal = [finding for finding in faults if finding.channel]
    shown = fatal or faults
    words = "; ".join(f"{finding.name}: {finding.says}" for finding in shown)
    return (f"It does not work because {words}." if fatal else f"It works, but {words}."), False

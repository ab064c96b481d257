"""Check everything that the notifier needs, and say how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from cli import account, output
from cli.asked import Asked, StopError

if TYPE_CHECKING:
    from cli.account import Account

    from .finding import Finding

STYLES = {"WELL": "green", "WRONG": "red", "UNCHECKED": "dim"}


def run(asked: Asked, *, offline: bool, as_json: bool) -> int:
    from .finding import verdict

    findings: list[Finding] = []
    with output.progress("Checking ...") as words:
        for finding in _findings(asked, offline=offline):
            words(f"Checking ... {finding.name}")
            findings.append(finding)
            if not as_json:
                _show(finding)
    sentence, is_well = verdict(findings)
    if as_json:
        output.print_json(_json(findings, sentence, is_well=is_well))
    else:
        output.line(f"\n{sentence}", style="bold")
    return 0 if is_well else StopError.code


def _findings(asked: Asked, *, offline: bool) -> Iterator[Finding]:
    from infra.refusal import ConfigError

    from . import before
    from .finding import wrong

    try:
        found = account.read_only(asked)
    except ConfigError as error:
        says, _, allowed = str(error).partition("; ")
        remedy = f"set it to {allowed.removeprefix('allowed: ')}" if allowed else "mend it"
        yield wrong("configuration", says, remedy, fatal=True)
        return
    yield from before.configuration(found.config)
    if offline:
        yield from before.synthesis([f"-c{pair}" for pair in asked.context])
    else:
        yield from _online(found)


def _online(found: Account) -> Iterator[Finding]:
    from . import after, before, partner_central
    from .finding import guarded

    clock = before.Clock(found)
    caller, finding = before.credentials(found)
    yield finding
    yield from before.region()
    yield from clock.checked()
    if caller is None:
        return
    described, finding = after.stack(found)
    is_deployed = described is not None
    yield from guarded("bootstrap", partial(before.bootstrap, found, caller, deployed=is_deployed))
    yield from guarded("key", partial(before.key, found, caller))
    yield from guarded("listing", partial(partner_central.partner_central, found))
    yield finding
    if described is not None:
        yield from _deployed(found, described)


def _deployed(found: Account, described: Any) -> Iterator[Finding]:
    from cli.deployed import settings

    from . import after, listeners, slack
    from .finding import guarded, unchecked, wrong

    try:
        deployed = settings(found)
    except Exception as error:
        explained = account.explained(error)
        if explained is None and not isinstance(error, StopError):
            raise
        words = explained[0] if explained else str(error)
        if "ResourceNotFound" in words:
            yield wrong("function", "the function is gone", "run `make deploy`", fatal=True)
        else:
            yield unchecked("function", words)
        return
    yield from guarded("drift", partial(after.drift, found, deployed, described))
    outputs = after.outputs(described)
    yield from guarded("email", partial(listeners.listeners, found, deployed, outputs))
    yield from guarded("secret", partial(slack.slack, found, deployed))
    yield from guarded("last run", partial(after.runs, found, deployed))
    yield from guarded("deliveries", partial(after.deliveries, found, deployed))
    yield from guarded("alarms", partial(after.alarms, found))


def _show(finding: Finding) -> None:
    mark = finding.mark
    output.line(f"{mark.value} {finding.name}: {finding.says}", style=STYLES[mark.name])
    if finding.remedy:
        output.line(f"    {finding.remedy}")


def _json(findings: list[Finding], sentence: str, *, is_well: bool) -> dict[str, Any]:
    return {
        "well": is_well,
        "verdict": sentence,
        "checks": [
            {"name": f.name, "mark": f.mark.name.lower(), "says": f.says, "remedy": f.remedy}
            for f in findings
        ],
    }

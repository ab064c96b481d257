"""`make demo`: the notifier runs through a story on this machine, and draws what people saw."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import time_machine

from simulator.account import PartnerAccount

from . import story
from .console import Console
from .page import render
from .theatre import BETWEEN, READER, Stage, StoryError

PAGE = Path("build", "demo.html")

_SERVICES = {
    "partnercentral": "Partner Central",
    "dynamodb": "DynamoDB",
    "sns": "SNS",
    "secretsmanager": "Secrets Manager",
    "slack": "Slack",
}


def main(play: Callable[[Stage], None] = story.play) -> int:
    """Play the story and draw the page; return 1, with one line on stderr, if it is not kept to."""
    console = Console(sys.stdout, story.BERLIN)
    began = time.monotonic()
    with PartnerAccount() as account, time_machine.travel(story.START, tick=True) as clock:
        account.aws.subscribe_email(READER)
        account.aws.put_secret({"webhook_url": account.slack.webhook_url})
        _introduce(console)
        stage = Stage(account, clock, console)
        try:
            play(stage)
        except StoryError as error:
            console.line()
            sys.stderr.write(f"The demo is not as the story says: {error}\n")
            return 1
        _draw(stage)
        _sum_up(console, account, stage, seconds=time.monotonic() - began)
    return 0


def _introduce(console: Console) -> None:
    hours = round(BETWEEN.total_seconds() / 3600)
    console.line("Two weeks of a sales team in Berlin, in about half a minute.", "bold")
    console.line("The function runs unmodified; Partner Central, Slack and AWS are simulated.")
    console.line(f"Between scenes the schedule runs every {hours} hours (deployed: 5 minutes).")
    console.line()
    console.heading()


def _draw(stage: Stage) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    page = render(
        stage.ticks,
        zone=story.BERLIN,
        heading="Two weeks of a sales team in Berlin: no invitation expires unseen",
        catalog="AWS",
    )
    PAGE.write_text(page, encoding="utf-8")


def _sum_up(console: Console, account: PartnerAccount, stage: Stage, *, seconds: float) -> None:
    calls = account.wire.count()
    services = {
        name: sum(count for (service, _), count in calls.items() if service == key)
        for key, name in _SERVICES.items()
    }
    rows = {
        "Runs": f"{stage.runs}, of which {stage.failed} failed while Slack was down",
        "Invitations": str(stage.invited),
        "Messages": f"{len(account.slack.posts)} in Slack, "
        f"{len(account.aws.inbox(READER))} by email",
        "Calls": ", ".join(f"{name} {count}" for name, count in services.items()),
        "Page": str(PAGE),
        "Took": f"{seconds:.0f} s",
    }
    console.line()
    for name, value in rows.items():
        console.line(f"{name:13}{value}")


if __name__ == "__main__":
    sys.exit(main())

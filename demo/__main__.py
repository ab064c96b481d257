"""`make demo`: play a story with the notifier on this machine, and draw what people saw."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import time_machine

from infra.subscriptions import filter_policy
from simulator.account import PartnerAccount

from . import story
from .console import Console
from .page import render
from .theatre import BETWEEN, READER, StoryError, Theatre

PAGE = Path("build", "demo.html")

_SERVICES = {
    "partnercentral": "Partner Central",
    "dynamodb": "DynamoDB",
    "sns": "SNS",
    "secretsmanager": "Secrets Manager",
    "slack": "Slack",
}


def main(play: Callable[[Theatre], None] = story.play) -> int:
    """Play the story and draw the page; return 1, with a line on stderr, if it goes otherwise."""
    console = Console(sys.stdout, story.BERLIN)
    began = time.monotonic()
    with PartnerAccount() as account, time_machine.travel(story.START, tick=True) as clock:
        account.aws.subscribe_email(READER, filter_policy=filter_policy(READER))
        account.aws.put_secret(
            {"bot_token": account.slack.bot_token, "channel": account.slack.channel}
        )
        _introduce(console)
        theatre = Theatre(account, clock, console)
        try:
            play(theatre)
        except StoryError as error:
            console.line()
            sys.stderr.write(f"The demo is not as the story says: {error}\n")
            return 1
        _draw(theatre)
        _sum_up(console, account, theatre, seconds=time.monotonic() - began)
    return 0


def _introduce(console: Console) -> None:
    hours = round(BETWEEN.total_seconds() / 3600)
    console.line("Two weeks with a sales team in Berlin, in about half a minute.", "bold")
    console.line("The function runs unmodified; Partner Central, Slack and AWS are simulated.")
    console.line(f"Between scenes the schedule runs every {hours} hours (deployed: 5 minutes).")
    console.line()
    console.heading()


def _draw(theatre: Theatre) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    page = render(
        theatre.ticks,
        zone=story.BERLIN,
        heading="Two weeks with a sales team in Berlin: no invitation expires unseen",
        catalog="AWS",
    )
    PAGE.write_text(page, encoding="utf-8")


def _sum_up(console: Console, account: PartnerAccount, theatre: Theatre, *, seconds: float) -> None:
    calls = account.wire.count()
    services = {
        name: sum(count for (service, _), count in calls.items() if service == key)
        for key, name in _SERVICES.items()
    }
    rows = {
        "Runs": f"{theatre.runs}, of which {theatre.failed} failed while Slack was down",
        "Invitations": str(theatre.invited),
        "Messages": f"{len(account.slack.posts)} in Slack, "
        f"{len(account.aws.inbox(READER))} by email",
        "Cards": f"{len(account.slack.updates)} updates",
        "Calls": ", ".join(f"{name} {count}" for name, count in services.items()),
        "Page": str(PAGE),
        "Took": f"{seconds:.0f} s",
    }
    console.line()
    for name, value in rows.items():
        console.line(f"{name:13}{value}")


if __name__ == "__main__":
    sys.exit(main())

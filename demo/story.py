"""The demo's story: two weeks of a sales team in Berlin."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .cast import PARTNER, backlog, invite
from .theatre import EVENT, Hears, Stage, both

BERLIN = ZoneInfo("Europe/Berlin")

HOSTILE = "<!channel> <https://evil.example|Accept>"
"""As long as Partner Central lets a title be: 40 characters."""

TICK = timedelta(minutes=5, seconds=30)
"""The schedule as it is deployed, and the seconds that it may be late by."""


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


START = march(2, 9)


def play(stage: Stage) -> None:
    """Play every act; raises StoryError where the notifier does not keep to it."""
    _first_contact(stage)
    ilmari = _full_inbox(stage)
    nordhafen = _opportunity(stage)
    _lead(stage)
    _reminders(stage, nordhafen)
    _outage(stage)
    stage.partner_central.accept(ilmari)
    _hostile_title(stage)


def _first_contact(stage: Stage) -> None:
    stage.scene(
        "Connected",
        "The inbox in Partner Central is empty. Each channel says once that it works.",
        hears=both("Connected to the AWS catalog: 0 invitations pending."),
    )
    stage.until(march(2, 9, 5))
    stage.scene(
        "Nothing new, so not a word",
        "The schedule looks every five minutes, day and night. Most looks find nothing to tell.",
    )


def _full_inbox(stage: Stage) -> str:
    """Fill the inbox and let most of it be answered; return the one that stays open."""
    stage.until(march(2, 14, 20))
    others = [
        stage.invite(
            title=waiting.title,
            kind=waiting.kind,
            sender=waiting.sender,
            expires_in=timedelta(days=7 + number // 4, hours=number * 7 % 11 - 4),
        )
        for number, waiting in enumerate(backlog())
    ]
    ilmari = invite(stage, "Ilmari Games", until=march(19, 15))
    stage.scene(
        "41 invitations arrive at once",
        "AWS runs a campaign, and a partner shares its pipeline. Each channel gets one message, "
        "sorted by what expires first, and not 41.",
        hears=both("41 new invitations"),
    )
    stage.until(march(2, 18))
    for number, invitation in enumerate(others):
        decide = stage.partner_central.reject if number % 3 else stage.partner_central.accept
        decide(invitation)
    stage.scene(
        "The team answers 40 of them",
        "They accept or decline in Partner Central as they always did. Nobody is told what the "
        "team did itself, and no reminder of the 40 will come.",
    )
    return ilmari


def _opportunity(stage: Stage) -> str:
    stage.until(march(3, 10, 12))
    nordhafen = invite(
        stage,
        "Nordhafen Logistik GmbH",
        until=march(12, 16),
        message="Nordhafen asked us for a partner who has moved warehouse systems before and can "
        "be on site in Bremen. Their steering committee meets on 16 March. Is this for you?",
    )
    stage.scene(
        "A new opportunity",
        "Partner Central's event starts the run, so the team knows within seconds. The message "
        "carries what they decide from.",
        event=EVENT,
        hears=both("New opportunity from AWS: Nordhafen: warehouse system to AWS"),
    )
    return nordhafen


def _lead(stage: Stage) -> None:
    stage.until(march(3, 15, 40))
    solenne = invite(
        stage,
        "Solenne Cosmetics",
        until=march(9, 12),
        kind="LeadInvitation",
        message="Solenne wrote to us after the spring campaign and would like to talk to a "
        "retail specialist this month.",
    )
    stage.scene(
        "A new lead",
        "Leads come with what a lead has: the use case, where it came from, and whom to talk to.",
        event=EVENT,
        hears=both("New lead from AWS: Solenne: shop ready for peak season"),
    )
    stage.until(march(5, 11))
    stage.partner_central.accept(solenne)
    stage.until(march(6, 12, 5))
    stage.scene(
        "A reminder that is not needed",
        "Solenne's first reminder would be due now, three days before the lead expires. It was "
        "accepted in Partner Central yesterday, so nothing is sent.",
    )


def _reminders(stage: Stage, nordhafen: str) -> None:
    title = "Nordhafen: warehouse system to AWS"
    stage.until(march(9, 16, 2))
    stage.scene(
        "Three days left",
        "Nobody has answered Nordhafen yet. The first of three reminders, with everything in it "
        "again: no searching for last week's message.",
        hears=both(f"Under 3 days left: {title}"),
    )
    stage.until(march(11, 16, 2))
    stage.scene(
        "One day left",
        "The second reminder. Slack shows every date on the clock of the person who reads it, "
        "an email on the clock of the team.",
        hears=both(f"Under 24 hours left: {title}"),
        again=True,
    )
    stage.until(march(12, 12, 2))
    stage.scene(
        "Four hours left",
        "The last reminder, at noon. An hour later somebody accepts.",
        hears=both(f"Under 4 hours left: {title}"),
        again=True,
    )
    stage.until(march(12, 13, 10))
    stage.partner_central.accept(nordhafen)


def _outage(stage: Stage) -> None:
    kestrel, ilmari = "Kestrel & Lowe: claims in a day", "Ilmari: servers for a global launch"
    stage.until(march(16, 14, 40))
    stage.slack.down = True
    invite(stage, "Kestrel & Lowe Insurance", until=march(25, 17), sender=PARTNER)
    stage.scene(
        "Slack is down, email goes on",
        "A new opportunity arrives while Slack answers with errors. The email goes out all the "
        "same, and the run ends as failed, so that Lambda counts an error.",
        event=EVENT,
        hears=Hears(email=(f"New opportunity from {PARTNER}: {kestrel}",)),
        fails=True,
        trouble="Slack answers with HTTP 503. Its message waits for the next try.",
    )
    stage.until(march(16, 15, 2), every=TICK, failures=("14:45", "14:56"))
    stage.scene(
        "Slack is still down",
        "A reminder is due as well, for one of the 41 of the first day. Slack is tried less and "
        "less often: after 5, 10, 20, 40, then every 60 minutes.",
        hears=Hears(email=(f"Under 3 days left: {ilmari}",)),
        again=True,
        trouble="Slack is left alone until its next try is due. Two messages wait.",
    )
    stage.until(march(16, 15, 50), every=TICK, failures=("15:18",))
    stage.slack.down = False
    stage.until(march(16, 15, 59), every=TICK)
    stage.scene(
        "Slack is back and catches up",
        "Both messages arrive at the next try. By email they are not repeated: each channel has "
        "its own memory of what it was told.",
        hears=Hears(
            slack=(f"New opportunity from {PARTNER}: {kestrel}", f"Under 3 days left: {ilmari}")
        ),
        again=True,
    )


def _hostile_title(stage: Stage) -> None:
    stage.until(march(17, 9, 30))
    invite(
        stage,
        "Casa Lumbre Hotels",
        until=march(27, 12),
        title=HOSTILE,
        sender="Growth Rocket",
        message="<!here> *Act now!* Only today: <https://evil.example|your Partner Central login>",
    )
    stage.scene(
        "A title that tries to ring everybody's phone",
        "Whatever others write is shown as plain characters: nobody is pinged, and no link leads "
        "elsewhere than it says.",
        event=EVENT,
        hears=both(f"New opportunity from Growth Rocket: {HOSTILE}"),
    )

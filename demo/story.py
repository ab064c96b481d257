"""The demo's story: two weeks of a sales team in Berlin."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .cast import PARTNER, backlog, invite
from .theatre import EVENT, Headlines, Theatre, both

BERLIN = ZoneInfo("Europe/Berlin")

HOSTILE = "<!channel> <https://evil.example|Accept>"
"""As long a title as Partner Central allows: 40 characters."""

TICK = timedelta(minutes=5, seconds=30)
"""The schedule as deployed, plus the seconds by which it may be late."""


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


START = march(2, 9)


def play(theatre: Theatre) -> None:
    """Play every act; raise StoryError as soon as the notifier departs from it."""
    _first_contact(theatre)
    ilmari = _full_inbox(theatre)
    nordhafen = _opportunity(theatre)
    _lead(theatre)
    _reminders(theatre, nordhafen)
    _outage(theatre)
    theatre.partner_central.accept(ilmari)
    _hostile_title(theatre)


def _first_contact(theatre: Theatre) -> None:
    theatre.scene(
        "Connected",
        "The inbox in Partner Central is empty. Each channel says once that it is connected.",
        receives=both("Connected to the AWS catalog: 0 invitations pending."),
    )
    theatre.until(march(2, 9, 5))
    theatre.scene(
        "Nothing new, so not a word",
        "The schedule starts a run every five minutes, day and night. Most runs find nothing due, "
        "and send nothing.",
    )


def _full_inbox(theatre: Theatre) -> str:
    """Fill the inbox, have most of it answered, and return the invitation that stays open."""
    theatre.until(march(2, 14, 20))
    others = [
        theatre.invite(
            title=waiting.title,
            kind=waiting.kind,
            sender=waiting.sender,
            expires_in=timedelta(days=7 + number // 4, hours=number * 7 % 11 - 4),
        )
        for number, waiting in enumerate(backlog())
    ]
    ilmari = invite(theatre, "Ilmari Games", until=march(19, 15))
    theatre.scene(
        "41 invitations arrive at once",
        "AWS runs a campaign, and a partner shares its pipeline. Each channel receives one digest, "
        "sorted by expiry, not 41 messages.",
        receives=both("41 new invitations"),
    )
    theatre.until(march(2, 18))
    for number, invitation in enumerate(others):
        decide = theatre.partner_central.reject if number % 3 else theatre.partner_central.accept
        decide(invitation)
    theatre.scene(
        "The team answers 40 of them",
        "They accept or decline in Partner Central, as always. Nobody is told what the team did "
        "itself, and none of the 40 will cause a reminder.",
    )
    return ilmari


def _opportunity(theatre: Theatre) -> str:
    theatre.until(march(3, 10, 12))
    nordhafen = invite(
        theatre,
        "Nordhafen Logistik GmbH",
        until=march(12, 16),
        message="Nordhafen asked us for a partner who has moved warehouse systems before and can "
        "be on site in Bremen. Their steering committee meets on 16 March. Is this for you?",
    )
    theatre.scene(
        "A new opportunity",
        "Partner Central's event starts the run, so the team knows within seconds. The message "
        "contains what they need in order to decide.",
        event=EVENT,
        receives=both("New opportunity: Nordhafen: warehouse system to AWS"),
    )
    return nordhafen


def _lead(theatre: Theatre) -> None:
    theatre.until(march(3, 15, 40))
    solenne = invite(
        theatre,
        "Solenne Cosmetics",
        until=march(9, 12),
        kind="LeadInvitation",
        message="Solenne wrote to us after the spring campaign and would like to talk to a "
        "retail specialist this month.",
    )
    theatre.scene(
        "A new lead",
        "A lead shows what there is to know of it: the use case, its source, and whom to talk to.",
        event=EVENT,
        receives=both("New lead: Solenne: shop ready for peak season"),
    )
    theatre.until(march(5, 11))
    theatre.partner_central.accept(solenne)
    theatre.until(march(6, 12, 5))
    theatre.scene(
        "A reminder that is not needed",
        "Solenne's first reminder would be due now, three days before the lead expires. Somebody "
        "accepted it in Partner Central yesterday, so nothing is sent.",
    )


def _reminders(theatre: Theatre, nordhafen: str) -> None:
    title = "Nordhafen: warehouse system to AWS"
    theatre.until(march(9, 16, 2))
    theatre.scene(
        "Three days left",
        "Nobody has answered Nordhafen yet. This is the first of three reminders, and it repeats "
        "the facts: no need to search for last week's message.",
        receives=both(f"Under 3 days left: {title}"),
    )
    theatre.until(march(11, 16, 2))
    theatre.scene(
        "One day left",
        "The second reminder. Slack shows dates in each reader's own time zone, emails in the "
        "team's.",
        receives=both(f"Under 24 hours left: {title}"),
        again=True,
    )
    theatre.until(march(12, 12, 2))
    theatre.scene(
        "Four hours left",
        "The last reminder, at noon. An hour later somebody accepts.",
        receives=both(f"Under 4 hours left: {title}"),
        again=True,
    )
    theatre.until(march(12, 13, 10))
    theatre.partner_central.accept(nordhafen)


def _outage(theatre: Theatre) -> None:
    kestrel, ilmari = "Kestrel & Lowe: claims in a day", "Ilmari: servers for a global launch"
    theatre.until(march(16, 14, 40))
    theatre.slack.down = True
    invite(theatre, "Kestrel & Lowe Insurance", until=march(25, 17), sender=PARTNER)
    theatre.scene(
        "Slack is down, email goes on",
        "A new opportunity arrives while Slack answers with errors. The email is sent all the "
        "same, and the run ends as failed, so that Lambda counts an error.",
        event=EVENT,
        receives=Headlines(email=(f"New opportunity from {PARTNER}: {kestrel}",)),
        fails=True,
        trouble="Slack answers with HTTP 503. Its message waits for the next attempt.",
    )
    theatre.until(march(16, 15, 2), every=TICK, failures=("14:45", "14:56"))
    theatre.scene(
        "Slack is still down",
        "A reminder is also due, for one of the 41 invitations of the first day. Slack is retried "
        "less and less often: after 5, 10, 20, 40, then every 60 minutes.",
        receives=Headlines(email=(f"Under 3 days left: {ilmari}",)),
        again=True,
        trouble="Slack is left alone until its next attempt is due. Two messages wait.",
    )
    theatre.until(march(16, 15, 50), every=TICK, failures=("15:18",))
    theatre.slack.down = False
    theatre.until(march(16, 15, 59), every=TICK)
    theatre.scene(
        "Slack is back and catches up",
        "Both messages arrive at the next attempt. The emails are not repeated: what was told is "
        "recorded for each channel separately.",
        receives=Headlines(
            slack=(f"New opportunity from {PARTNER}: {kestrel}", f"Under 3 days left: {ilmari}")
        ),
        again=True,
    )


def _hostile_title(theatre: Theatre) -> None:
    theatre.until(march(17, 9, 30))
    invite(
        theatre,
        "Casa Lumbre Hotels",
        until=march(27, 12),
        title=HOSTILE,
        sender="Growth Rocket",
        message="<!here> *Act now!* Only today: <https://evil.example|your Partner Central login>",
    )
    theatre.scene(
        "A title that tries to ring everybody's phone",
        "Whatever others write is shown as plain text: nobody is pinged, and no link leads "
        "anywhere but where it says.",
        event=EVENT,
        receives=both(f"New opportunity from Growth Rocket: {HOSTILE}"),
    )

"""The demo's story: two weeks of a sales team in Berlin."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .cast import PARTNER, backlog, invite
from .theatre import BROADCAST, IN_LEADS, THREAD, Headlines, Theatre, both, event

BERLIN = ZoneInfo("Europe/Berlin")

HOSTILE = "<!channel> <https://evil.example|Accept>"
"""As long a title as Partner Central allows: 40 characters."""

TICK = timedelta(minutes=5, seconds=30)
"""The schedule as deployed, plus the seconds by which it may be late."""


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=BERLIN)


START = march(2, 9)

NORDHAFEN = "Nordhafen: warehouse system to AWS"
TASMAN = "Tasman Ridge: turbine forecasts"
BRIGHTWATER = "Brightwater: account plan for 2027"


def play(theatre: Theatre) -> None:
    """Play every act; raise StoryError as soon as the notifier departs from it."""
    _first_contact(theatre)
    _full_inbox(theatre)
    nordhafen = _opportunity(theatre)
    _lead(theatre)
    _monday(theatre)
    _first_reminder(theatre)
    _moved(theatre)
    _last_reminders(theatre, nordhafen)
    _weekend(theatre)
    _outage(theatre)
    _hostile_title(theatre)


def _first_contact(theatre: Theatre) -> None:
    theatre.scene(
        "Connected",
        "The inbox in Partner Central is empty. Each channel says once that it is connected: the "
        "team's own, the one for leads, and the email inbox.",
        receives=Headlines(
            email=("Connected to the AWS catalog: 0 invitations pending.",),
            slack=(
                IN_LEADS + "Connected to the AWS catalog, route leads.",
                "Connected to the AWS catalog: 0 invitations pending.",
            ),
        ),
    )
    theatre.until(march(2, 9, 5))
    theatre.scene(
        "Nothing new, so not a word",
        "The schedule starts a run every five minutes, day and night. Most runs find nothing due, "
        "and send nothing.",
    )


def _full_inbox(theatre: Theatre) -> None:
    """Fill the inbox, and have all of it answered but one invitation."""
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
    invite(theatre, "Ilmari Games", until=march(19, 15))
    theatre.scene(
        "41 invitations arrive at once",
        "AWS runs a campaign, and a partner shares its pipeline. Each channel receives one digest, "
        "sorted by expiry, not 41 messages: nine leads go to those who follow leads up.",
        receives=Headlines(
            email=("32 new invitations", "9 new invitations"),
            slack=(IN_LEADS + "9 new invitations", "32 new invitations"),
        ),
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
        event=event("Created"),
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
        event=event("Created"),
        receives=both("New lead: Solenne: shop ready for peak season", place=IN_LEADS),
    )
    brightwater = _account_plan(theatre)
    theatre.until(march(5, 11))
    theatre.partner_central.accept(solenne)
    theatre.scene(
        "Somebody accepts the lead",
        "Partner Central's event starts a run, and seconds later the card in Slack is one quiet "
        "line. Nobody is notified of what a colleague has just done.",
        event=event("Accepted"),
        receives=Headlines(cards=("Accepted: Solenne: shop ready for peak season",)),
    )
    theatre.until(march(6, 12, 2))
    theatre.scene(
        "Nobody has planned yet",
        "An account plan is reminded of as everything else is, in the thread of its card.",
        receives=both(f"Under 3 days left: {BRIGHTWATER}", place=THREAD),
        again=True,
    )
    theatre.until(march(6, 12, 5))
    theatre.scene(
        "A reminder that is not needed",
        "Solenne's first reminder would be due now, three days before the lead expires. It was "
        "accepted yesterday, so nothing is sent.",
    )
    theatre.until(march(6, 14, 20))
    theatre.partner_central.accept(brightwater)
    theatre.scene(
        "The account plan is accepted",
        "Somebody agrees to plan together. No more reminders, and the card says so.",
        event=event("Accepted"),
        receives=Headlines(cards=(f"Accepted: {BRIGHTWATER}",)),
    )


def _account_plan(theatre: Theatre) -> str:
    theatre.until(march(4, 9, 30))
    brightwater = invite(
        theatre,
        "Brightwater Health",
        until=march(9, 12),
        kind="AccountPlanningInvitation",
        title=BRIGHTWATER,
        message="Brightwater renews its agreement in the autumn. Before that we would like to "
        "agree with you on who proposes what, and to whom.",
    )
    theatre.scene(
        "An account plan",
        "AWS would like to plan a customer's year together. The message says whose account it is, "
        "whom to call, and at what time of day, in that person's zone.",
        event=event("Created"),
        receives=both(f"New account plan: {BRIGHTWATER}"),
    )
    return brightwater


def _monday(theatre: Theatre) -> None:
    theatre.until(march(9, 9))
    theatre.scene(
        "The Monday digest",
        "What came last week, what became of it, and what is still open. Leads have a digest of "
        "their own in their channel; the others cover everything.",
        receives=Headlines(
            email=("Since Mon 02 Mar: 44 new invitations, 42 answered",),
            slack=(
                IN_LEADS + "Since Mon 02 Mar: 10 new invitations, 10 answered",
                "Since Mon 02 Mar: 44 new invitations, 42 answered",
            ),
        ),
    )


def _first_reminder(theatre: Theatre) -> None:
    theatre.until(march(9, 16, 2))
    theatre.scene(
        "Three days left",
        "Nobody has answered Nordhafen yet. In Slack the first reminder stands in the card's "
        "thread, with the whole story above it; the email repeats the facts.",
        receives=both(f"Under 3 days left: {NORDHAFEN}", place=THREAD),
    )


def _moved(theatre: Theatre) -> None:
    theatre.until(march(10, 11))
    tasman = invite(theatre, "Tasman Ridge Energy", until=march(13, 16))
    theatre.scene(
        "Another one, with little time",
        "The team works from Monday to Friday, nine to five, and has told the notifier so. Next "
        "to the date stands the working time left.",
        event=event("Created"),
        receives=both(f"New opportunity: {TASMAN}"),
    )
    theatre.until(march(10, 14, 30))
    theatre.partner_central.move_expiry(tasman, march(16, 10))
    theatre.scene(
        "The expiry date moves",
        "AWS gives the team until Monday at ten. The card shows the new date from the next run "
        "on, and the reminders follow it.",
        receives=Headlines(cards=(f"New opportunity: {TASMAN}",)),
    )


def _last_reminders(theatre: Theatre, nordhafen: str) -> None:
    theatre.until(march(11, 16, 2))
    theatre.scene(
        "One day left",
        "Nordhafen's second reminder. Slack shows dates in each reader's own time zone, emails in "
        "the team's.",
        receives=both(f"Under 24 hours left: {NORDHAFEN}", place=THREAD),
        again=True,
    )
    theatre.until(march(12, 12, 2))
    theatre.scene(
        "Four hours left",
        "The last reminder is the only one that Slack also shows in the channel.",
        receives=both(f"Under 4 hours left: {NORDHAFEN}", place=BROADCAST),
        again=True,
    )
    theatre.until(march(12, 13, 10))
    theatre.partner_central.accept(nordhafen)
    theatre.scene(
        "Accepted in time",
        "Somebody accepts Nordhafen. Its card says so, and how long the team took.",
        event=event("Accepted"),
        receives=Headlines(cards=(f"Accepted: {NORDHAFEN}",)),
    )


def _weekend(theatre: Theatre) -> None:
    theatre.until(march(13, 10, 2))
    theatre.scene(
        "Three days, but one working day",
        "Tasman Ridge expires on Monday at ten. Three days are left by the calendar; in the "
        "team's working hours it is little more than one.",
        receives=both(f"Under 3 days left: {TASMAN}", place=THREAD),
        again=True,
    )
    theatre.until(march(13, 17))
    theatre.scene(
        "Friday, five o'clock, instead of Sunday",
        "The next reminders would come on Sunday at ten and on Monday at six, when nobody is at "
        "work. They are brought forward, as one, to the last working minute before.",
        receives=both(f"2 days 17 hours left: {TASMAN}", place=BROADCAST),
    )
    theatre.until(march(16, 9))
    theatre.scene(
        "The second Monday",
        "Figures stand beside those of the week before. No lead came and none is open, so the "
        "channel for leads stays silent.",
        receives=both("Since Mon 09 Mar: 1 new invitation, 1 answered"),
    )
    theatre.until(march(16, 10, 2))
    theatre.scene(
        "Nobody answered",
        "Tasman Ridge has expired. That is said in the thread and in the channel, with a link "
        "that writes to the sender and asks for a new invitation.",
        event=event("Expired"),
        receives=both(
            f"Expired unanswered: {TASMAN}",
            place=BROADCAST,
            cards=(f"Expired unanswered: {TASMAN}",),
        ),
    )


def _outage(theatre: Theatre) -> None:
    kestrel, ilmari = "Kestrel & Lowe: claims in a day", "Ilmari: servers for a global launch"
    theatre.until(march(16, 14, 40))
    theatre.slack.down = True
    invite(theatre, "Kestrel & Lowe Insurance", until=march(25, 17), sender=PARTNER)
    theatre.scene(
        "Slack is down, email goes on",
        "A new opportunity arrives while Slack answers with errors. The email is sent all the "
        "same, and the run ends as failed, so that Lambda counts an error.",
        event=event("Created"),
        receives=Headlines(email=(f"New opportunity: {kestrel}",)),
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
        receives=Headlines(slack=(f"New opportunity: {kestrel}", f"Under 3 days left: {ilmari}")),
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
        event=event("Created"),
        receives=both(f"New opportunity: {HOSTILE}"),
    )

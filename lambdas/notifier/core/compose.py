"""Say everything that a message says, once: a channel only dresses it, and adds no sentence.

What people read stands here, headlines, calls to action and remarks; the labels of an invitation's
details are in `facts`, how time is said in `words`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from .content import Content, Deadline, Fact, Group, Line, Mail, Settled, Sign
from .facts import (
    LONG_TEXT,
    SHORT_TEXT,
    background,
    circumstances,
    contacts,
    need,
    needed,
    present,
    triage,
)
from .message import Message
from .model import (
    ACCOUNT_PLAN,
    ANSWERED,
    DEFAULT_ROUTE,
    LEAD,
    OPPORTUNITY,
    UNKNOWN,
    Alert,
    Details,
    Invitation,
    Kind,
    NotConnected,
)
from .policy import ALARMS, ESCALATION, SNS, medium
from .standing import Standing
from .text import cut, is_plain, one_line
from .words import counted, in_words, span, spoken, status_in_words, time_left

_NOUNS = {OPPORTUNITY: "opportunity", LEAD: "lead", ACCOUNT_PLAN: "account plan"}
_COUNTED = {
    Kind.NEW: "new",
    Kind.EXPIRING: "expiring soon",
    Kind.ESCALATED: "still unanswered",
    Kind.MOVED: "with another date",
    Kind.REOPENED: "open again",
    Kind.CLOSED_EXPIRED: "expired unanswered",
    Kind.CLOSED_OTHER: "over",
    Kind.CLOSED_ACCEPTED: "accepted",
    Kind.CLOSED_REJECTED: "declined",
}
_WHERE = {"sns": "by email", "slack": "in Slack"}


_DAY = timedelta(days=1)
_URGENCIES = ((_DAY, "Under 24 hours left"), (3 * _DAY, "Under 3 days left"))

_COUNTS = {
    "received": "Received",
    "accepted": "Accepted",
    "declined": "Declined",
    "expired": "Expired unanswered",
    "unknown": "Ended otherwise",
    "late": "Alerts over an hour late",
}
_TIMES = {
    "median": "Median time to answer (observed)",
    "slowest": "Slowest answer (observed)",
}
"""Of a standing digest's figures, by their names."""

_FIRST = "received"
_RARE = ("unknown", "late")
"""Figures that are left out where they are zero."""

_BEFORE = {0: "in the hours before", 1: "the day before", 7: "the week before"}
"""What the time of the digest before is called, by its days."""

_SIGN_OF = {
    Kind.NEW: Sign.NEW,
    Kind.EXPIRING: Sign.EXPIRING,
    Kind.ESCALATED: Sign.EXPIRING,
    Kind.MOVED: Sign.EXPIRING,
    Kind.REOPENED: Sign.NEW,
    Kind.CLOSED_ACCEPTED: Sign.ACCEPTED,
    Kind.CLOSED_REJECTED: Sign.DECLINED,
    Kind.CLOSED_EXPIRED: Sign.EXPIRED,
    Kind.CLOSED_OTHER: Sign.EXPIRED,
}


def compose(message: Message) -> Content:
    """Return what a message says; in plain form, nothing from outside that could be at fault."""
    greeting = None if message.welcome is None else _greeting(message, message.welcome)
    if message.not_connected is not None:
        return _warning(message, message.not_connected)
    if message.standing is not None:
        return _standing(message, message.standing)
    if not message.alerts:
        return Content(
            sign=Sign.CONNECTED,
            headline=_marked(message, greeting or ""),
            text=_promise(message),
            call=_call(message),
        )
    alert = message.single
    if alert is not None:
        return _about_one(message, alert, greeting)
    return Content(
        sign=Sign.DIGEST,
        greeting=greeting,
        headline=_marked(message, _digest_headline(message)),
        groups=tuple(_groups(message, message.alerts)),
        of_many_kinds=message.of_many_kinds,
        call=_call(message),
        note=_diverted(message),
        mention=_mention(message),
    )


def line(alert: Alert, *, plain: bool = False, of_many_kinds: bool = True) -> Line:
    """Return an alert's line in a digest; `of_many_kinds`, it says which are new."""
    invitation = alert.invitation
    return Line(
        sign=_SIGN_OF[alert.kind],
        title=_plain_name(invitation) if plain else _name(invitation),
        about=_about(alert, plain=plain, say_new=of_many_kinds),
        deadline=_deadline(alert, words="by"),
    )


def _about_one(message: Message, alert: Alert, greeting: str | None) -> Content:
    plain, details = message.plain, message.details
    return Content(
        sign=_SIGN_OF[alert.kind],
        greeting=greeting,
        headline=_marked(message, _headline(alert, message.now, plain=plain)),
        deadline=_deadline(alert),
        facts=tuple(_plain_facts(alert) if plain else _facts(message, alert, details)),
        passages=() if plain else tuple(_passages(alert, details)),
        call=_call(message),
        note=" ".join(filter(None, _notes(message, alert, details))) or None,
        mention=_mention(message),
        ask=_ask(alert, details) if details and not plain else None,
        settled=_settled(alert) if message.settled else None,
    )


def _marked(message: Message, headline: str) -> str:
    """Say which catalog it is, unless it is the real one."""
    return headline if message.catalog == "AWS" else f"[{message.catalog}] {headline}"


def _greeting(message: Message, pending: int) -> str:
    of_route = "" if message.home == DEFAULT_ROUTE else f", route {message.home}"
    count = f": {counted(pending, 'invitation')} pending" if _greets_all(message) else ""
    return f"Connected to the {message.catalog} catalog{of_route}{count}."


def _greets_all(message: Message) -> bool:
    """Say whether what is pending, of every route, concerns those who are greeted."""
    return message.home == DEFAULT_ROUTE and medium(message.channel) != ESCALATION


def _promise(message: Message) -> str:
    if medium(message.channel) == ESCALATION:
        return "Invitations that nobody answers will appear here before they expire."
    return "Alerts about engagement invitations will appear here."


def _warning(message: Message, about: NotConnected) -> Content:
    """Say what to do about another channel, which reaches nobody."""
    where = _WHERE.get(about.channel, f"on {about.channel}")
    headline = f"Nobody receives these alerts {where}"
    kept = " Anything due there is kept until then."
    if about.channel == ALARMS:
        headline, kept = "Nobody hears this notifier's alarms", ""
    elif about.routes:
        many = "s" if len(about.routes) > 1 else ""
        headline = f"No email address of route{many} {', '.join(about.routes)} is confirmed"
        if about.diverted:
            kept = " Until then what is due goes to whoever hears the default route."
    return Content(
        sign=Sign.WARNING,
        headline=_marked(message, headline),
        text=f"{about.remedy[:1].upper()}{about.remedy[1:]}.{kept}",
        call=_call(message),
    )


def _notes(message: Message, alert: Alert, details: Details | None) -> Iterator[str | None]:
    yield _diverted(message)
    yield _contradiction(alert, details)
    yield _note(message, alert)


def _contradiction(alert: Alert, details: Details | None) -> str | None:
    """Say that the details call answered what the listing calls pending, in run after run."""
    if details is None or alert.kind.is_closure or details.invitation.is_answerable:
        return None
    said = details.invitation.status or ""
    status = said if _is_name(said) else "otherwise"
    return (
        f"Partner Central lists it as pending, but its details say {status}: "
        "look there before you act."
    )


def _diverted(message: Message) -> str | None:
    """Say why a message comes here, if it belongs elsewhere."""
    if not message.diverted:
        return None
    if message.alerts[0].kind is Kind.ESCALATED:
        return "Sent here because nothing reaches whoever it escalates to."
    if message.channel == SNS:
        return f"Sent here because no email address of route {message.route} is confirmed."
    return f"Sent here because the Slack channel of route {message.route} takes no messages."


def _mention(message: Message) -> str | None:
    return next((alert.mention for alert in message.alerts if alert.mention), None)


def _call(message: Message) -> str:
    alerts = message.standing.open if message.standing else message.alerts
    can_answer = any(not alert.kind.is_closure for alert in alerts)
    return "Accept or decline in Partner Central" if can_answer else "Open Partner Central"


def _headline(alert: Alert, now: datetime, *, plain: bool) -> str:
    """Return what matters first: on a phone, only the first sixty characters are seen."""
    invitation = alert.invitation
    shown = invitation.id if plain else _name(invitation)
    if alert.kind is Kind.NEW:
        return f"New {_noun(invitation)}: {shown}"
    return f"{_change(alert, now)}: {shown}"


def _change(alert: Alert, now: datetime) -> str:
    """Return what has become of an invitation that readers know."""
    expires_at = alert.invitation.expires_at
    if alert.kind is Kind.REOPENED:
        return "Open again"
    if alert.kind is Kind.MOVED:
        is_past = expires_at is not None and expires_at <= now
        return "Still pending past its last known date" if is_past else "More time"
    if alert.kind.is_closure:
        return _ending(alert)
    left = _left(alert, now)
    first = "Unanswered" if alert.kind is Kind.ESCALATED else _moved_up(alert)
    return f"{first}, {left[:1].lower()}{left[1:]}" if first else left


def _moved_up(alert: Alert) -> str | None:
    was, expires_at = alert.was_until, alert.invitation.expires_at
    return "Moved up" if was and expires_at and expires_at < was else None


def _left(alert: Alert, now: datetime) -> str:
    """Return a reminder's time left: its stage, or more, if it was brought forward."""
    expires_at, stage = alert.invitation.expires_at, alert.stage or timedelta(0)
    if expires_at is not None and expires_at - now > stage:
        return (time_left(expires_at, now) or "").capitalize()
    return f"Under {span(alert.stage_hours or 0)} left"


def _ending(alert: Alert) -> str:
    if alert.kind is Kind.CLOSED_ACCEPTED:
        return "Accepted"
    if alert.kind is Kind.CLOSED_REJECTED:
        return "Declined"
    if alert.kind is Kind.CLOSED_OTHER:
        return status_in_words(alert.invitation.status)
    return "Expired" if alert.invitation.status == UNKNOWN else "Expired unanswered"


def _digest_headline(message: Message) -> str:
    """Count all of a digest's alerts by kind, in each of its parts."""
    alerts = message.all_alerts or message.alerts
    counts = Counter(alert.kind for alert in alerts)
    part = f" (part {message.part} of {message.parts})" if message.parts > 1 else ""
    total = len(alerts)
    if len(counts) == 1:
        word = _COUNTED[alerts[0].kind]
        if alerts[0].kind is Kind.NEW:
            return f"{counted(total, 'new invitation')}{part}"
        return f"{counted(total, 'invitation')} {word}{part}"
    kinds = ", ".join(f"{counts[kind]:,} {word}" for kind, word in _COUNTED.items() if counts[kind])
    return f"{counted(total, 'invitation')}: {kinds}{part}"


def _groups(message: Message, alerts: Sequence[Alert]) -> Iterator[Group]:
    """Yield a digest's lines by urgency, as they are sorted already: by expiry."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(_urgency(alert, message.now), []).append(alert)
    listed = message.standing.listed if message.standing else None
    for title, members in found.items():
        lines = tuple(
            line(alert, plain=message.plain, of_many_kinds=message.of_many_kinds)
            for alert in members
            if listed is None or alert.invitation.id in listed
        )
        left = len(members) - len(lines)
        more = f"and {left:,} more in Partner Central" if lines else "in Partner Central"
        yield Group(title=f"{title} ({len(members):,})", lines=lines, more=more if left else None)


def _standing(message: Message, standing: Standing) -> Content:
    """Say how things stand: the figures, what is open, and by title what was lost."""
    return Content(
        sign=Sign.DIGEST,
        headline=_marked(message, _standing_headline(standing)),
        facts=tuple(_figures(standing)),
        groups=(*_groups(message, standing.open), *_groups(message, standing.lost)),
        call=_call(message),
    )


def _standing_headline(standing: Standing) -> str:
    """Return what came, what was answered, and what was missed."""
    now = standing.figures
    said = (
        counted(now.received, "new invitation") if now.received else "no new invitations",
        f"{now.answered:,} answered" if now.answered else "",
        f"{now.expired:,} expired" if now.expired else "",
        "" if now.answered or now.expired else f"{len(standing.open):,} open",
    )
    since = standing.period.since.astimezone(standing.zone)
    return f"Since {since:%a %d %b}: {', '.join(filter(None, said))}"


def _figures(standing: Standing) -> Iterator[Fact]:
    """Yield each figure, and beside it the one of the digest before."""
    yield Fact("Open now", f"{len(standing.open):,}")
    for name, label in _COUNTS.items():
        if name not in _RARE or getattr(standing.figures, name):
            yield Fact(label, _beside(standing, name, "{:,}".format))
    for name, label in _TIMES.items():
        if getattr(standing.figures, name) is not None:
            yield Fact(label, _beside(standing, name, spoken))


def _beside(standing: Standing, name: str, say: Callable[[Any], str]) -> str:
    """Return a figure and that of the digest before; the first of all says what time that was."""
    said, then = say(getattr(standing.figures, name)), getattr(standing.before, name, None)
    before = standing.period.before
    if then is None or before is None:
        return said
    days = round((standing.period.since - before) / _DAY)
    when = f" {_BEFORE.get(days, f'in the {days} days before')}" if name == _FIRST else ""
    return f"{said} ({say(then)}{when})"


def _urgency(alert: Alert, now: datetime) -> str:
    if alert.kind.is_closure:
        return _ending(alert)
    expires_at = alert.invitation.expires_at
    if expires_at is None:
        return "No expiry date"
    return next((title for limit, title in _URGENCIES if expires_at - now < limit), "Later")


def _deadline(alert: Alert, working: str | None = None, *, words: str = "respond by") -> Deadline:
    expires_at = alert.invitation.expires_at
    if alert.kind in ANSWERED:
        return Deadline(_ending(alert).lower(), alert.ended_at)
    if expires_at is None:
        return Deadline("no expiry date given", None)
    if alert.kind is Kind.CLOSED_EXPIRED:
        return Deadline("expired", expires_at)
    if alert.kind is Kind.CLOSED_OTHER:
        return Deadline("ended", alert.ended_at)
    return Deadline(words, expires_at, working)


def _working(message: Message, alert: Alert) -> str | None:
    """Return the working time left in words, if working hours are known."""
    hours, expires_at = message.working_hours, alert.invitation.expires_at
    if hours is None or expires_at is None:
        return None
    left = hours.between(message.now, expires_at)
    if left >= hours.a_day:
        return f"{counted(left // hours.a_day, 'working day')} left"
    if left >= timedelta(hours=1):
        return f"{counted(left // timedelta(hours=1), 'working hour')} left"
    if left >= timedelta(minutes=1):
        return f"{counted(left // timedelta(minutes=1), 'working minute')} left"
    return "no working time left"


def _facts(message: Message, alert: Alert, details: Details | None) -> Iterator[Fact]:
    """Yield the short facts in the order in which a salesperson decides.

    A reminder says what tells the invitation from others; the first alert says all.
    """
    invitation, is_new = alert.invitation, alert.kind is Kind.NEW
    if details is not None:
        yield from present(*need(details))
        if is_new:
            yield from present(*triage(details), *circumstances(details))
        yield from contacts(details, message.now)
    if is_new and details is not None:
        yield from present(("Your role", ", ".join(details.responsibilities)))
    deadline = _deadline(alert, _working(message, alert))
    if deadline.moment is not None:
        yield Fact(deadline.words.capitalize(), deadline)
    yield from _oddities(alert)
    yield from present(("Sender", invitation.sender_name))
    if is_new and details is not None:
        yield from present(*background(details, invitation.sender_name))
    yield from present(("Invited", invitation.invited_at))


def _plain_facts(alert: Alert) -> Iterator[Fact]:
    deadline = _deadline(alert)
    yield from present(("Invitation", _plain_name(alert.invitation)))
    if deadline.moment is not None:
        yield Fact(deadline.words.capitalize(), deadline)
    yield from _oddities(alert)


def _oddities(alert: Alert) -> Iterator[Fact]:
    """Yield what is not as readers were told, or as they know it."""
    yield from present(("It was", alert.was_until))
    if not alert.kind.is_closure and alert.invitation.is_odd:
        yield Fact("Status", status_in_words(alert.invitation.status))


def _passages(alert: Alert, details: Details | None) -> Iterator[Fact]:
    """Yield the longer texts of a first alert."""
    if details is None or alert.kind is not Kind.NEW:
        return
    texts = (
        ("Business problem", details.problem),
        ("Message from the sender", details.message),
        ("About the engagement", details.description),
    )
    for label, text in texts:
        words = one_line(text or "", 4 * LONG_TEXT)
        is_said = words == needed(details) and len(words) <= SHORT_TEXT
        if words and not is_said:
            yield Fact(label, cut(words, LONG_TEXT))


def _note(message: Message, alert: Alert) -> str | None:
    """Return what a reader should know of the message itself."""
    if alert.kind.is_closure:
        return _note_on_end(alert)
    if alert.undated:
        return "Partner Central no longer says when it expires; this is the last known date."
    if message.plain:
        return None
    if message.details_off or (message.details is not None and message.details.unread):
        return "The details are in Partner Central."
    if message.details is None:
        return "Details are temporarily unavailable; see Partner Central."
    return None


def _note_on_end(alert: Alert) -> str | None:
    if alert.kind is Kind.CLOSED_OTHER:
        return "For what this means, see Partner Central."
    if alert.kind is Kind.CLOSED_EXPIRED and alert.invitation.status == UNKNOWN:
        return "Partner Central could not say what became of it; its expiry date has passed."
    if alert.kind is Kind.CLOSED_EXPIRED and not alert.was_told:
        return "We could not notify anyone while this was open."
    return None


def _ask(alert: Alert, details: Details) -> Mail | None:
    """Return whom to ask for a new invitation, once this one has expired."""
    contact = next((c for c in details.contacts if c.email), None)
    if alert.kind is not Kind.CLOSED_EXPIRED or contact is None or contact.email is None:
        return None
    title = _name(alert.invitation)
    return Mail(
        contact.email,
        f"Ask {contact.name or contact.email} for a new invitation",
        subject=f"Expired engagement invitation: {title}",
        body=f'Hello,\n\nyour invitation "{title}" ({alert.invitation.id}) expired before we '
        "answered it. Could you send us a new one?\n\nThank you",
    )


def _settled(alert: Alert) -> Settled:
    ended_at, first = alert.ended_at, alert.card.posted_at if alert.card else None
    took = ended_at - first if ended_at and first else timedelta(0)
    return Settled(
        about=" ·".join(filter(None, (_name(alert.invitation), _from(alert.invitation)))),
        outcome=_ending(alert).lower(),
        ended_at=ended_at,
        pace=f"{spoken(took)} after the first alert" if took > timedelta(0) else None,
    )


def _about(alert: Alert, *, plain: bool, say_new: bool) -> str:
    new = "new " if say_new and alert.kind is Kind.NEW else ""
    about = f"{new}{_noun(alert.invitation)}"
    about = about[:1].upper() + about[1:]
    return about if plain else about + _from(alert.invitation)


def _name(invitation: Invitation) -> str:
    return one_line(invitation.title, 200) if invitation.title else f"Untitled {invitation.id}"


def _plain_name(invitation: Invitation) -> str:
    """Return the title where nobody could find fault with it, else the id."""
    title = invitation.title or ""
    return title if title and is_plain(title) else invitation.id


def _noun(invitation: Invitation) -> str:
    """Return what it is; of a type that came up after this was written, the type's own words."""
    named = invitation.payload_type or ""
    return _NOUNS.get(named) or (in_words(named) if _is_name(named) else "invitation")


def _is_name(text: str) -> bool:
    """Say whether a text is one of the API's names, and no sentence."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,63}", text) is not None


def _from(invitation: Invitation) -> str:
    return f" from {one_line(invitation.sender_name, 60)}" if invitation.sender_name else ""

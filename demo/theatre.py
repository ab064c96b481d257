"""Where the demo's story is played: the unmodified function, its world, and a clock that jumps.

Every run is checked: the channels must receive what the story says, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from notifier.core.recipients import recipient
from notifier.core.routes import Route
from simulator.account import PartnerAccount
from simulator.runtime import Invocation, LambdaRuntime
from simulator.slack import CHANNEL
from simulator.slack import Post as Accepted
from simulator.sns_rules import Published

from .console import Console
from .page import Mail, Post, Tick
from .page.mrkdwn import decoded

READER = "sales@fernwerk.example"

BETWEEN = timedelta(hours=4)
"""How often the schedule runs between scenes here; as deployed, it is every five minutes."""

WORKING_HOURS = "Mon-Fri 09:00-17:00"

LEADS = Route(name="leads", when={"payload_type": ("LeadInvitation",)}, slack_channel="C0LEADS")

CHANNELS = {CHANNEL: "invitations", "C0LEADS": "leads"}
"""What people call the channels in Slack, by id."""


def event(happened: str) -> dict[str, Any]:
    """Return Partner Central's event that says what happened to an invitation: `Created`, say."""
    return {
        "source": "aws.partnercentral-selling",
        "detail-type": f"Engagement Invitation {happened}",
        "detail": {"catalog": "AWS"},
    }


class StoryError(Exception):
    """What was received is not what the story says; one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headlines:
    """The headlines that each channel receives in one run, in order.

    `cards` are what Slack's cards say that were updated.
    """

    email: tuple[str, ...] = ()
    slack: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()


SILENCE = Headlines()

IN_LEADS = "in #leads: "
THREAD = "in the thread: "
BROADCAST = "in the thread and the channel: "


def both(*headlines: str, place: str = "", cards: tuple[str, ...] = ()) -> Headlines:
    """Return what both media receive; in Slack, `place` says where if not in the first channel."""
    slack = tuple(place + headline for headline in headlines)
    return Headlines(email=headlines, slack=slack, cards=cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run, and what was received during it."""

    invocation: Invocation
    posts: Sequence[Accepted]
    updates: Sequence[Accepted]
    mails: Sequence[Published]

    @property
    def received(self) -> Headlines:
        return Headlines(
            email=tuple(mail.subject or "" for mail in self.mails),
            slack=tuple(_place(post) + decoded(post.payload["text"]) for post in self.posts),
            cards=tuple(decoded(update.payload["text"]) for update in self.updates),
        )

    @property
    def tick_posts(self) -> tuple[Post, ...]:
        return tuple(
            Post(ts=sent.ts, body=sent.raw, channel=CHANNELS[sent.channel])
            for sent in (*self.posts, *self.updates)
        )


def _place(post: Accepted) -> str:
    channel = "" if post.channel == CHANNEL else IN_LEADS
    if post.thread_ts is None:
        return channel
    return channel + (BROADCAST if post.payload.get("reply_broadcast") else THREAD)


class Theatre:
    """Plays scenes: `until` lets time pass, `scene` puts one run on the page.

    `ticks` are the page's steps, `now` is the story's time. `runs` and `failed` count
    invocations, `invited` invitations.
    """

    def __init__(
        self, account: PartnerAccount, clock: time_machine.Traveller, console: Console
    ) -> None:
        self.partner_central = account.partner_central
        self.slack = account.slack
        self.ticks: list[Tick] = []
        self.now = datetime.now(UTC)
        self.runs = self.failed = self.invited = 0
        self._aws = account.aws
        self._clock = clock
        self._console = console
        # The story's days pass in seconds; quotas are measured in real ones.
        account.partner_central.quota = account.slack.rate = None
        account.slack.open("C0LEADS")
        environment = account.environment(
            timezone="Europe/Berlin",
            working_hours=WORKING_HOURS,
            routes=(LEADS,),
            recipients=(recipient(READER),),
            emails_hear_all=True,
            digest_days=("Mon",),
            digest_at="09:00",
        )
        self._runtime = LambdaRuntime(environment, paced=False)
        self._posts = self._updates = self._mails = 0
        self._between = 0
        self._retried: list[str] = []

    def invite(self, **invitation: Any) -> str:
        """Send the account an invitation, as `Inbox.invite` takes it, and return its id."""
        self.invited += 1
        return self.partner_central.invite(**invitation)

    def until(
        self, moment: datetime, *, every: timedelta = BETWEEN, failures: Sequence[str] = ()
    ) -> None:
        """Let the schedule run until just before `moment`, in silence, and turn the clock to it.

        `failures` are the times of day (story's zone) of the runs that must fail meanwhile.
        """
        failed = []
        while self.now + every < moment:
            self._turn_to(self.now + every)
            self._console.progress(self.now, "the schedule runs ...")
            run = self._run({})
            self._check(run, SILENCE, "between scenes")
            self._between += 1
            if run.invocation.error is not None:
                failed.append(f"{self.now.astimezone(moment.tzinfo):%H:%M}")
        if failed != list(failures):
            raise StoryError(f"runs failed at {failed}; the story says at {list(failures)}")
        self._retried += failed
        self._turn_to(moment)

    def scene(
        self,
        title: str,
        note: str,
        *,
        receives: Headlines = SILENCE,
        event: Mapping[str, Any] | None = None,
        fails: bool = False,
        trouble: str | None = None,
        again: bool = False,
    ) -> None:
        """Run once, now; raise StoryError unless the channels receive exactly `receives`."""
        self._console.progress(self.now, title)
        run = self._run(event or {})
        self._check(run, receives, title)
        if (run.invocation.error is not None) is not fails:
            verb = "failed" if run.invocation.error else "went well"
            raise StoryError(f"{title}: the run {verb} and the story says otherwise")
        meanwhile = self._meanwhile()
        self._show(run, title, meanwhile, receives)
        self.ticks.append(
            Tick(
                at=self.now,
                title=title,
                note=note,
                posts=run.tick_posts,
                mails=tuple(Mail(subject=m.subject or "", text=m.email) for m in run.mails),
                trouble=trouble,
                summary=_chips(run, "event" if event else "schedule"),
                meanwhile=meanwhile,
                again=again,
            )
        )

    def _run(self, event: Mapping[str, Any]) -> _Run:
        invocation = self._runtime.invoke(event)
        self.runs += 1
        self.failed += invocation.error is not None
        mails = self._aws.inbox(READER)[self._mails :]
        posts, updates = self.slack.posts[self._posts :], self.slack.updates[self._updates :]
        self._mails += len(mails)
        self._posts += len(posts)
        self._updates += len(updates)
        return _Run(invocation=invocation, posts=posts, updates=updates, mails=mails)

    def _turn_to(self, moment: datetime) -> None:
        self._clock.move_to(moment)
        self.now = moment

    def _check(self, run: _Run, receives: Headlines, where: str) -> None:
        for channel in ("email", "slack", "cards"):
            found, meant = getattr(run.received, channel), getattr(receives, channel)
            agree = len(found) == len(meant) and all(map(str.__contains__, found, meant))
            if not agree:
                moment = f"{self.now.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
                raise StoryError(
                    f"{where} ({moment}): {channel} received {list(found)}; "
                    f"the story says {list(meant)}"
                )

    def _meanwhile(self) -> str:
        """Return what happened since the last scene, and start counting again."""
        runs, retried = self._between, self._retried
        self._between, self._retried = 0, []
        if not runs:
            return ""
        counted = "1 run" if runs == 1 else f"{runs} runs"
        if retried:
            return f"{counted}, of which {len(retried)} tried Slack again"
        return f"{counted} with nothing to tell"

    def _show(self, run: _Run, title: str, meanwhile: str, receives: Headlines) -> None:
        if meanwhile:
            self._console.between(meanwhile)
        self._console.scene(self.now, title, posts=len(run.posts), mails=len(run.mails))
        self._console.said(receives.email or receives.slack)
        self._console.said([f"card updated: {card}" for card in receives.cards])
        failed = int(run.invocation.metrics.get("FailedSlack", 0))
        if run.invocation.error is not None:
            self._console.warning(f"run failed: {run.invocation.error}")
        if failed:
            self._console.warning(f"metric FailedSlack: {failed}")


def _chips(run: _Run, started_by: str) -> dict[str, object]:
    """Return what the page shows of a run's summary line and metrics."""
    invocation, summary = run.invocation, run.invocation.summary
    told = {name: channel["told"] for name, channel in summary["channels"].items()}
    told["slack"] += told["slack.leads"]
    failed = int(invocation.metrics.get("FailedSlack", 0))
    found = {
        "told_in_Slack": told["slack"],
        "told_by_email" if run.mails else "told_to_programs": told["sns"],
        "cards_updated": len(run.updates),
        "closed": summary["closed"],
        "run": "failed" if invocation.error is not None else None,
        "metric_FailedSlack": failed,
    }
    shown = {name: value for name, value in found.items() if value}
    return {"started_by": started_by, "pending": summary["listed"]} | shown

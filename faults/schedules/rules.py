"""The rules that random schedules are drawn from: each makes something due, then runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from faults.messages import CHANNELS
from faults.schedules import standing
from faults.schedules import troubles as of
from faults.schedules.play import Play
from faults.schedules.runs import LEADS_PLACE
from faults.schedules.troubles import DAY, MINUTE, PERIOD, SECOND, Due, News, Trouble
from faults.schedules.world import DENIED, Interruption
from faults.start import READER
from simulator.wire import Fault

is_routed = precondition(lambda self: self.world.is_routed)
stands = precondition(lambda self: self.world.stands)
has_invitations = precondition(lambda self: self.world.invitations)
channels = st.sampled_from(CHANNELS)
PLACES = st.sampled_from(["hidden", "gone"])
ENDS = ["ACCEPTED", "REJECTED", "EXPIRED"]


class Schedule(Play):
    """One random schedule."""

    @initialize(
        way=st.sampled_from(["webhook", "bot"]),
        lag=st.sampled_from([timedelta(), 10 * MINUTE]),
        connected=st.sampled_from([CHANNELS, CHANNELS, CHANNELS, CHANNELS, ("sns",), ("slack",)]),
        inbox=of.INBOXES,
        is_routed=st.booleans(),
        stands=st.booleans(),
    )
    def deploy(
        self,
        *,
        way: str,
        lag: timedelta,
        connected: tuple[str, ...],
        inbox: News,
        is_routed: bool,
        stands: bool,
    ) -> None:
        self.world.is_routed, self.world.stands = is_routed, stands
        self.way = way
        self.judge.is_bot = way == "bot"
        self.judge.lag = self.world.account.partner_central.expiry_lag = lag
        self.world.account.aws.subscribe_email(READER, confirmed=False)
        for channel in connected:
            self.connect(channel)
        self.prepare(inbox)

    # What partners and people do.

    @rule(news=of.NEWS, pause=of.PAUSES, trouble=of.PERHAPS)
    def invitations_come(self, news: News, pause: timedelta, trouble: Trouble | None) -> None:
        self.run_with(news, trouble)
        self.run(pause)

    @has_invitations
    @rule(crossing=of.CROSSINGS, again=of.CROSSINGS, trouble=of.PERHAPS)
    def stages_begin(self, crossing: Due, again: Due, trouble: Trouble | None) -> None:
        self.run_with(crossing, trouble)
        self.run_with(again)

    @has_invitations
    @rule(number=of.NUMBERS, span=of.MOVES, due=of.DUE, trouble=of.PERHAPS)
    def an_expiry_moves(
        self, number: int, span: timedelta, due: Due, trouble: Trouble | None
    ) -> None:
        """Move it just after something was told: a second's jitter falls into the same stage."""
        self.run_with(due)
        self.world.move_expiry(self.invitation(number), span)
        self.run_in(trouble, PERIOD)

    @has_invitations
    @rule(number=of.NUMBERS, status=st.sampled_from(ENDS), due=of.DUE, trouble=of.PERHAPS)
    def one_is_decided(self, number: int, status: str, due: Due, trouble: Trouble | None) -> None:
        pause = self.prepare(due)
        invitation = self.invitation(number)
        if self.is_pending(invitation):
            self.world.decide(invitation, status)
        self.run_in(trouble, pause)

    @has_invitations
    @rule(number=of.NUMBERS, place=PLACES, due=of.DUE, is_silent=of.RARELY)
    def one_leaves_and_returns(self, *, number: int, place: str, due: Due, is_silent: bool) -> None:
        """Take it off the list for a run; in some, its status cannot be had."""
        if is_silent:
            self._deny_details(None)
        self.world.put(self.invitation(number), place)
        self.run_with(due)
        self.mend("details")
        self.world.put(self.invitation(number), "listed")
        self.run(PERIOD)

    @has_invitations
    @rule(number=of.NUMBERS, place=PLACES, crossing=of.CROSSINGS, trouble=of.PERHAPS)
    def one_leaves(self, number: int, place: str, crossing: Due, trouble: Trouble | None) -> None:
        pause = self.prepare(crossing)
        self.world.put(self.invitation(number), place)
        self.run_in(trouble, pause)

    @has_invitations
    @rule(number=of.NUMBERS, life=of.LIVES, status=st.sampled_from(["EXPIRED", "ACCEPTED"]))
    def one_is_closed_and_comes_back(
        self, number: int, life: timedelta | None, status: str
    ) -> None:
        invitation = self.invitation(number)
        if self.is_pending(invitation):
            self.world.decide(invitation, status)
            self.run(PERIOD)
        if life is not None:
            self.world.revive(invitation, life)
        self.run(PERIOD)

    @has_invitations
    @rule(number=of.NUMBERS, due=of.DUE, again=of.DUE)
    def a_card_is_deleted(self, number: int, due: Due, again: Due) -> None:
        self.run_with(due)
        self.delete_card(self.carded(number))
        self.run_with(again)
        self.run(PERIOD)

    @has_invitations
    @rule(number=of.NUMBERS, change=of.CHANGES, word=of.UPDATE_WORDS, times=of.OFTEN)
    def a_card_cannot_be_updated(
        self, number: int, change: str | timedelta, word: str, times: int | None
    ) -> None:
        """Let an update fail, for good or for now, when the card has to say something else."""
        invitation = self.carded(number)
        self.refuse_updates(word, times)
        if isinstance(change, timedelta):
            self.world.move_expiry(invitation, change)
        elif self.is_pending(invitation):
            self.world.decide(invitation, change)
        self.run(PERIOD)
        self.mend("updates")
        self.run(PERIOD)

    # What fails and recovers.

    @rule(channel=channels, is_pending=st.booleans(), due=of.DUE, again=of.DUE)
    def a_channel_is_disconnected(
        self, *, channel: str, is_pending: bool, due: Due, again: Due
    ) -> None:
        """Disconnect it, and connect it again when it has something to be told."""
        if channel in self.connected:
            self.disconnect(channel, is_pending=is_pending)
        self.run_with(due)
        self.connect(channel)
        self.run_with(again)

    @rule(trouble=of.TROUBLES, due=of.NEWS, lasts=of.RARELY)
    def a_channel_fails(self, *, trouble: Trouble, due: News, lasts: bool) -> None:
        self.break_channel(trouble)
        self.run_with(due)
        if not lasts:
            self.mend(trouble.channel)
            self.run(PERIOD)

    @is_routed
    @rule(what=of.PLACE_TROUBLES, due=of.LEADS, pauses=of.HOURS, again=of.DUE, lasts=of.RARELY)
    def a_place_is_lost(
        self, *, what: str, due: News, pauses: list[timedelta], again: Due, lasts: bool
    ) -> None:
        """Let the default place take what comes to a stage there meanwhile, and go on with it."""
        self.break_place(what)
        self.run_with(due)
        for pause in pauses:
            self.run(pause)
        if not lasts:
            self.mend_place()
        self.run_with(again)

    @is_routed
    @rule(what=of.DOUBTS, due=of.LEADS, pauses=of.HOURS, again=of.DUE)
    def a_place_stays_in_doubt(
        self, *, what: str, due: News, pauses: list[timedelta], again: Due
    ) -> None:
        """Let one place alone fall silent, and rest alone; a webhook's requests do not name it."""
        trouble = Trouble("slack", what, None)
        containing = LEADS_PLACE.encode() if self.way == "bot" else b""
        fault = Fault("slack", trouble.action(self.way), containing=containing, times=None)
        self.inject("slack", fault)
        self.channel_faults.append(fault)
        self.run_with(due)
        self.world.invite("OpportunityInvitation", 5 * DAY)
        self.run(2 * MINUTE)
        for pause in pauses:
            self.run(pause)
        self.mend("slack")
        self.run_with(again)

    @has_invitations
    @rule(due=of.DUE, again=of.DUE, trouble=of.PERHAPS)
    def the_routes_change(self, due: Due, again: Due, trouble: Trouble | None) -> None:
        """Deploy without the route, or with it again: what is open goes on where it now belongs."""
        self.run_with(due)
        self.world.is_routed = not self.world.is_routed
        self.run_with(again, trouble)

    @rule(channel=channels, what=of.DOUBTS, skip=of.SKIPS, returns=of.RETURNS, due=of.DUE)
    def a_channel_stays_in_doubt(
        self, *, channel: str, what: str, skip: int, returns: list[timedelta], due: Due
    ) -> None:
        """Try it around the end of each pause, until it works."""
        self.break_channel(Trouble(channel, what, None, skip))
        self.run_with(due)
        for offset in returns:
            self._return_to(channel, offset)
        self.mend(channel)
        self._return_to(channel, SECOND)

    @has_invitations
    @rule(channel=channels, number=of.NUMBERS, due=of.NEWS, again=of.DUE)
    def one_is_poison(self, channel: str, number: int, due: News, again: Due) -> None:
        """Let a channel refuse whatever names it, alone, in a digest, and in the next one."""
        pause = self.prepare(due)
        self.poison(channel, self.invitation(number))
        self.run(pause)
        self.run_with(again)
        self.mend(channel)
        self.run(PERIOD)

    @rule(channel=channels, times=of.OFTEN, due=of.DUE, again=of.DUE)
    def a_channel_cannot_be_reached(
        self, channel: str, times: int | None, due: Due, again: Due
    ) -> None:
        service, operation, action = of.UNREACHABLE[channel]
        self.inject(channel, Fault(service, action, operation=operation, times=times))
        self.run_with(due)
        self.mend(channel)
        self.run_with(again)

    @rule(trouble=of.LISTING_TROUBLES, skip=of.SKIPS, times=of.OFTEN, due=of.DUE)
    def the_listing_fails(self, *, trouble: Any, skip: int, times: int | None, due: Due) -> None:
        self._fail_listing(trouble, skip, times)
        self.run_with(due)
        self.mend("listing")
        self.run(PERIOD)

    @rule(
        due=of.DUE,
        life=of.LIVES,
        gap=of.GAPS,
        trouble=st.none() | of.LISTING_TROUBLES,
        skip=of.SKIPS,
    )
    def nobody_looks_for_days(
        self, *, due: Due, life: timedelta | None, gap: timedelta, trouble: Any, skip: int
    ) -> None:
        """Look for what expired meanwhile; sometimes in vain at first, or in part."""
        self.run_with(due)
        self.world.invite("LeadInvitation", life)
        if trouble is not None:
            self._fail_listing(trouble, skip, None, containing=b"EXPIRED")
        self.run(gap)
        self.mend("listing")
        self.run(PERIOD)

    @rule(times=of.TIMES, due=of.DUE, again=of.DUE)
    def details_fail(self, times: int | None, due: Due, again: Due) -> None:
        self._deny_details(times)
        self.run_with(due)
        self.mend("details")
        self.run_with(again)

    @rule(
        trouble=of.LEDGER_TROUBLES,
        operation=of.LEDGER_OPERATIONS,
        skip=of.SKIPS,
        times=of.OFTEN,
        due=of.DUE,
    )
    def the_ledger_fails(
        self, *, trouble: Any, operation: str, skip: int, times: int | None, due: Due
    ) -> None:
        fault = Fault("dynamodb", trouble, operation=operation, skip=skip, times=times)
        self.inject("ledger", fault)
        self.run_with(due)
        self.mend("ledger")
        self.run(PERIOD)

    # What the schedule does.

    @stands
    @rule(
        news=of.NEWS,
        before=of.PERHAPS,
        end=st.none() | st.sampled_from(ENDS),
        number=of.NUMBERS,
        offset=of.DIGEST_OFFSETS,
        trouble=of.PERHAPS,
        is_unreadable=of.RARELY,
        again=st.sampled_from([PERIOD, 2 * MINUTE]),
    )
    def a_digest_comes_due(
        self,
        *,
        news: News,
        before: Trouble | None,
        end: str | None,
        number: int,
        offset: timedelta,
        trouble: Trouble | None,
        is_unreadable: bool,
        again: timedelta,
    ) -> None:
        """Let one end in the very run that tells how things stand, and look for another digest.

        Where nobody was told of it before, nobody is told of its end but in figures.
        """
        self.run_with(news, before)
        invitation = self.invitation(number)
        if end is not None and self.is_pending(invitation):
            self.world.decide(invitation, end)
        if is_unreadable:
            closed = b"closed#"
            fault = Fault("dynamodb", DENIED, operation="Query", containing=closed, times=None)
            self.inject("ledger", fault)
        pause = standing.following(self.world.now) - self.world.now
        self.run_in(trouble, max(pause + offset, SECOND))
        self.mend("ledger")
        self.run(again)

    @rule(pause=of.PAUSES)
    def ticks(self, pause: timedelta) -> None:
        self.run(pause)
        self.run(SECOND)

    @rule(
        due=of.NEWS,
        kind=st.sampled_from(["killed", "out of time", "overtaken"]),
        at=st.integers(1, 18),
        seconds=st.sampled_from([25.0, 20.0, 5.0]),
    )
    def an_interrupted_tick(
        self, *, due: News, kind: Interruption, at: int, seconds: float
    ) -> None:
        pause = self.prepare(due)
        if kind == "killed":  # Which heals all: see `World.run`.
            self.heal()
        self.run(pause, interruption=kind, at=at, seconds=seconds)
        self.run(PERIOD)

    @has_invitations
    @rule(number=st.sampled_from([0, 0, 1, 2]), due=of.DUE)
    def a_tick_while_one_is_accepted(self, number: int, due: Due) -> None:
        pause = self.prepare(due)
        self.run(pause, answered=self.invitation(number))

    def _return_to(self, channel: str, offset: timedelta) -> None:
        rests_until = self.world.memory.channels[channel].rests_until
        now = self.world.now
        self.run(PERIOD if rests_until is None else max(rests_until - now + offset, SECOND))

    def _deny_details(self, times: int | None) -> None:
        operation = "GetEngagementInvitation"
        self.inject("details", Fault("partnercentral", DENIED, operation=operation, times=times))

    def _fail_listing(
        self, trouble: Any, skip: int, times: int | None, containing: bytes = b""
    ) -> None:
        operation = "ListEngagementInvitations"
        self.inject(
            "listing",
            Fault(
                "partnercentral",
                trouble,
                operation=operation,
                skip=skip,
                times=times,
                containing=containing,
            ),
        )

"""One run as seen from outside: the calls it made, what it was answered, and what was received."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from faults.messages import CHANNELS, Message, Shown, holds_digest, may_warn, named, place_of
from faults.schedules.model import LEADS, Invitation, Memory, Tried, medium
from simulator.runtime import Invocation
from simulator.wire import Call

SENDS = ("Publish", "webhook", "chat.postMessage")
UPDATE = "chat.update"
GONE = frozenset({"message_not_found", "is_archived", "cant_update_message", "not_in_channel"})
"""Why a card is given up, among what is made to happen here."""
LEADS_PLACE = "C0LEADS"
NO_MEMBER = b"not_in_channel"
OF_PLACE = (NO_MEMBER, b"is_archived")
"""What only one place in Slack answers."""
MAINTENANCE = b"<html>"
AT_FAULT = (b"invalid_blocks", b"InvalidParameter")
ANSWERS = (b"ConditionalCheckFailed", b"ResourceNotFound")
"""What is no failure: another run holds the lease, or a secret never had a value."""
CONNECTS = {"sns": ("sns", "ListSubscriptionsByTopic"), "slack": ("secretsmanager", "")}


@dataclass(slots=True, kw_only=True)
class Run:
    """One run; what it received is by channel, in order.

    `invitations` is how the invitations were when it began. `ended` is None if it was killed, `cut`
    how many calls it made before its time was over. `answered` was accepted after it was listed.
    `channels` are those that it had; `stands` says that they get standing digests.
    """

    now: datetime
    invitations: Sequence[Invitation]
    before: Memory
    after: Memory | None = None
    ended: Invocation | None = None
    calls: list[Call] = field(default_factory=list)
    received: dict[str, list[Message]] = field(default_factory=dict)
    updated: list[Shown] = field(default_factory=list)
    shown: dict[str, Shown] = field(default_factory=dict)
    cut: int | None = None
    is_killed: bool = False
    answered: str | None = None
    channels: Sequence[str] = CHANNELS
    stands: bool = False

    @property
    def held(self) -> bool:
        return self.ended is not None and bool(self.ended.summary["held"])

    @property
    def left(self) -> Memory:
        """Return what the run left behind."""
        assert self.after is not None
        return self.after

    def of(self, service: str, *operations: str) -> list[Call]:
        return [c for c in self.calls if c.service == service and c.operation in operations]

    def of_service(self, service: str) -> list[Call]:
        return [call for call in self.calls if call.service == service]

    def sends(self, channel: str) -> list[Call]:
        calls = self.of(medium(channel), *SENDS)
        return [call for call in calls if channel == channel_of(call)]

    def confirmed(self, channel: str) -> list[Message]:
        """Return what the channel accepted and said so."""
        bodies = [call.body for call in self.sends(channel) if call.status == 200]
        return [message for message in self.received[channel] if message.raw in bodies]

    def unanswered(self) -> set[str]:
        """Return the ids that were asked for in vain."""
        asked = {
            json.loads(call.body)["Identifier"]: call.status
            for call in self.of("partnercentral", "GetEngagementInvitation")
        }
        return {id_ for id_, status in asked.items() if status != 200}

    def invitation(self, name: str) -> Invitation:
        """Return the invitation that a message names, by its title or its id."""
        return next(
            invitation for invitation in self.invitations if name in (invitation.tag, invitation.id)
        )

    def asked(self) -> set[str]:
        """Return the ids whose details were had."""
        calls = self.of("partnercentral", "GetEngagementInvitation")
        return {json.loads(call.body)["Identifier"] for call in calls if call.status == 200}

    def found_expired(self) -> set[str]:
        """Return the ids on the pages of EXPIRED that were answered."""
        pages = [
            json.loads(call.answer)["EngagementInvitationSummaries"]
            for call in self._lists(b"EXPIRED")
            if not _fails(call)
        ]
        return {summary["Id"] for page in pages for summary in page}

    # What became of its calls.

    def fates(self, channel: str) -> list[str]:
        """Return what became of each send: confirmed, unknown, at fault, or failed."""
        accepted = {message.raw for message in self.received[channel]}
        return [_fate(call, accepted) for call in self.sends(channel)]

    def tries(self, channel: str) -> list[Tried]:
        """Return the messages that were sent, each with its last fate: the plain form's, if any."""
        found: list[Tried] = []
        is_retry = False
        for call, fate in zip(self.sends(channel), self.fates(channel), strict=True):
            stands = holds_digest(call.body)
            names = frozenset[str]() if stands else named(call.body)
            ids = {
                invitation.id
                for invitation in self.invitations
                if invitation.tag in names or invitation.id in names
            }
            one = Tried(frozenset(ids), fate, stands)
            is_retry = bool(found) and not is_retry and found[-1] == replace(one, fate="at fault")
            if is_retry:
                found.pop()
            found.append(one)
        return found

    def update_fates(self) -> list[tuple[str, str]]:
        """Return what became of each update, by the card's timestamp: see `_update_fate`.

        One that was at fault is made once more, in plain form.
        """
        return [
            (json.loads(call.body)["ts"], _update_fate(call)) for call in self.of("slack", UPDATE)
        ]

    @property
    def is_blind(self) -> bool:
        """Say whether the run could not list or read everything that is pending or recorded."""
        lease = self.of("dynamodb", "UpdateItem")[:1]
        counts = self._counts()
        reads = [c for c in self.of("dynamodb", "Query", "BatchGetItem") if c not in counts]
        return any(map(self.is_lost, [*self._lists(b"PENDING"), *reads, *lease]))

    @property
    def is_uncounted(self) -> bool:
        """Say whether it could not read what its standing digests count."""
        return any(map(self.is_lost, self._counts()))

    @property
    def is_recorded(self) -> bool:
        """Say whether the ledger took all that it was given, though it may not have told all."""
        counts = self._counts()
        calls = [call for call in self.of_service("dynamodb") if call not in counts]
        return not any(map(self.is_lost, calls))

    @property
    def sees_no_gap(self) -> bool:
        """Say whether the run could not list what expired while nobody looked."""
        return any(map(self.is_lost, self._lists(b"EXPIRED")))

    @property
    def is_whole(self) -> bool:
        """Say whether it had all its time, and the ledger recorded all that it was given."""
        return self.cut is None and not any(map(self.is_lost, self.of_service("dynamodb")))

    def is_troubled(self, channel: str) -> bool:
        """Say whether a channel failed: what went well in plain form is no failure."""
        last = {one.fate for one in self.tries(channel)}
        alone = bool(self.refuses(channel))
        is_slack = medium(channel) == "slack"
        fates = set(dict(self.update_fates()).values()) if is_slack else set()
        if fates - {"confirmed", "gone"}:
            return True
        alone = alone or Tried(frozenset(), "at fault", stands=True) in self.tries(channel)
        return self.is_unreachable(channel) or "unknown" in last or "failed" in last or alone

    def is_unreachable(self, channel: str) -> bool:
        """Say whether it could not be found out if anybody listens."""
        service, operation = CONNECTS[medium(channel)]
        asked = [c for c in self.of_service(service) if operation in c.operation]
        return any(self.is_lost(call) for call in asked if call.operation not in SENDS)

    def lost_its_place(self, channel: str) -> bool:
        """Say whether Slack will take nothing in a place until a person acts there."""
        return any(NO_MEMBER in call.answer and call.status for call in self.sends(channel))

    @property
    def handed_over(self) -> bool:
        """Say whether the run itself says that it handed something over."""
        channels = self.ended.summary["channels"] if self.ended else {}
        return "handed_over" in channels.get(LEADS, {})

    def failed_sends(self) -> int:
        """Return how many sends and updates failed, but for what a place refused."""
        sends = [
            call
            for channel in self.channels
            for call, fate in zip(self.sends(channel), self.fates(channel), strict=True)
            if fate != "confirmed"
        ]
        updates = [fate for _, fate in self.update_fates() if fate not in ("confirmed", "gone")]
        return len(updates) + sum(
            not (call.status and any(word in call.answer for word in OF_PLACE)) for call in sends
        )

    def may_have_warned(self, channel: str) -> bool:
        """Say whether a warning was sent that nobody knows the fate of."""
        return any(
            may_warn(call.body)
            for call, fate in zip(self.sends(channel), self.fates(channel), strict=True)
            if fate == "unknown"
        )

    def refuses(self, channel: str) -> set[str]:
        """Return what was refused alone, in both forms."""
        return {
            id_
            for one in self.tries(channel)
            if one.fate == "at fault" and len(one.ids) == 1
            for id_ in one.ids
        }

    def is_lost(self, call: Call) -> bool:
        """Say whether a call failed for good: not if it was made once more and went well."""
        return _fails(call) and not any(
            later.body == call.body and not _fails(later)
            for later in self.calls[self.calls.index(call) + 1 :]
        )

    def _counts(self) -> list[Call]:
        """Return the reads for standing digests: of closed records, and all after it."""
        reads = self.of("dynamodb", "Query")
        begun = [number for number, call in enumerate(reads) if b"closed#" in call.body]
        return reads[begun[0] :] if begun else []

    def _lists(self, status: bytes) -> list[Call]:
        listings = self.of("partnercentral", "ListEngagementInvitations")
        return [call for call in listings if status in call.body]


def channel_of(call: Call) -> str:
    """Return the channel that a send belongs to."""
    if call.service != "slack":
        return call.service
    return LEADS if place_of(call) == LEADS_PLACE else "slack"


def _fails(call: Call) -> bool:
    says_no = 400 <= call.status < 500 and any(word in call.answer for word in ANSWERS)
    return (call.status != 200 and not says_no) or call.answer == MAINTENANCE


def _update_fate(call: Call) -> str:
    """Return confirmed, gone, at fault, unknown or failed."""
    if call.status == 0 or call.status >= 500:
        return "unknown"
    answer = json.loads(call.answer)
    if answer["ok"]:
        return "confirmed"
    word = answer["error"]
    if word == "internal_error":
        return "unknown"
    return "gone" if word in GONE else "at fault" if word == "invalid_blocks" else "failed"


def _fate(call: Call, accepted: Collection[bytes]) -> str:
    if call.status == 200 and call.body in accepted:
        return "confirmed"
    if call.status == 0 or call.status >= 500:
        return "unknown"
    return "at fault" if any(word in call.answer for word in AT_FAULT) else "failed"

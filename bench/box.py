"""A partner account in a process of its own, which shares no interpreter lock with the function.

`python -m bench.box` answers commands, one JSON list per line, until its input ends.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

from simulator.account import READER, PartnerAccount
from simulator.wire import Fault, Refuse, Service

from .child import Child
from .records import Records

_LIST = "ListEngagementInvitations"
_JSON = (("Content-Type", "application/x-amz-json-1.0"),)

_FAR = timedelta(days=30)
"""So far away that no reminder is due while it is measured."""


class Box(Child):
    """The account as its other process sees it; the quota of Partner Central is on."""

    def __init__(self) -> None:
        super().__init__("bench.box")

    def environment(self) -> dict[str, str]:
        """Return the function's environment; it stays the same."""
        return dict(self._ask("environment"))

    def reset(self) -> None:
        """Make it as new, with a confirmed subscriber and a webhook."""
        self._ask("reset")

    def invite(self, count: int) -> None:
        self._ask("invite", count)

    def forget_calls(self) -> None:
        self._ask("forget_calls")

    def calls(self) -> Counter[tuple[str, str]]:
        """Return how many calls there were of each (service, operation) since `forget_calls`."""
        return Counter(
            {(service, operation): times for service, operation, times in self._ask("calls")}
        )

    def replay_query(self) -> None:
        """From now on, answer the table's Query at once, as it was last answered."""
        self._ask("replay_query")

    def replay_listing(self) -> None:
        """From now on, answer every page of the listing as it was last answered."""
        self._ask("replay_listing")

    def keep_records(self) -> None:
        """Keep the ledger's records in memory instead of in moto, from now on and from before.

        The Query shows what was written until the last call of this.
        """
        self._ask("keep_records")

    def messages(self) -> tuple[int, int]:
        """Return how many emails and Slack messages were received."""
        mails, posts = self._ask("messages")
        return mails, posts

    def _ask(self, command: str, *arguments: Any) -> Any:
        return json.loads(self.ask(json.dumps([command, *arguments])))


class _Account(PartnerAccount):
    """The account with the commands above."""

    def reset(self) -> None:
        super().reset()
        self.slack.rate = None  # A thousand invitations are told before the measuring begins.
        self.aws.subscribe_email(READER)
        self.aws.put_secret({"webhook_url": self.slack.webhook_url})
        self._records = Records()
        self._canned: list[Fault] = []

    def invite(self, count: int) -> None:
        for number in range(count):
            self.partner_central.invite(title=f"Project {number}", expires_in=_FAR)

    def forget_calls(self) -> None:
        self.wire.clear()

    def replay_query(self) -> None:
        last = next(call for call in reversed(self.wire.calls) if call.operation == "Query")
        self._answer("dynamodb", "Query", last.answer)

    def replay_listing(self) -> None:
        calls = [call for call in self.wire.calls if call.operation == _LIST]
        answers = {json.loads(call.body).get("NextToken", ""): call.answer for call in calls}
        for token in sorted(answers, reverse=True):  # What fits any request comes last.
            self._answer("partnercentral", _LIST, answers[token], containing=token.encode())

    def keep_records(self) -> None:
        for fault in self._canned:
            self.wire.heal(fault)
        for call in self.wire.calls:
            if call.operation == "TransactWriteItems":
                self._records.write(call.body)
        self.wire.clear()
        nothing = json.dumps({"Responses": {self.aws.table_name: []}, "UnprocessedKeys": {}})
        self._canned = [
            self._answer("dynamodb", "TransactWriteItems", b"{}"),
            self._answer("dynamodb", "BatchGetItem", nothing.encode()),
        ] + [
            self._answer("dynamodb", "Query", answer, containing=asked)
            for asked, answer in sorted(self._records.pages("pending#"), reverse=True)
        ]

    def messages(self) -> tuple[int, int]:
        return len(self.aws.inbox(READER)), len(self.slack.posts)

    def _answer(
        self, service: Service, operation: str, body: bytes, *, containing: bytes = b""
    ) -> Fault:
        answer = Refuse(200, body, _JSON)
        return self.wire.inject(Fault(service, answer, operation, containing, times=None))

    def calls(self) -> list[tuple[str, str, int]]:
        return [(*call, times) for call, times in self.wire.count().items()]


def _serve() -> None:
    with _Account() as account:
        account.reset()
        for line in sys.stdin:
            command, *arguments = json.loads(line)
            print(json.dumps(getattr(account, command)(*arguments)), flush=True)


if __name__ == "__main__":
    _serve()

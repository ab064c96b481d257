"""What the alarms say: a plain-text email, read by somebody who did not build the notifier."""

from __future__ import annotations

from dataclasses import dataclass

RUNBOOK = "docs/operations.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """An alarm's name, what happened, what that means for sales, and what to do.

    The name is the email's subject, and the heading of the alarm's section in the runbook.
    """

    name: str
    happened: str
    meaning: str
    remedy: str

    @property
    def anchor(self) -> str:
        return self.name.replace(" ", "-")

    @property
    def description(self) -> str:
        return f"{self.happened} {self.meaning} {self.remedy} More: {RUNBOOK}#{self.anchor}"


NO_RUN = AlarmText(
    name="no successful run",
    happened="No run has read all pending invitations for three periods.",
    meaning="Sales receives nothing: neither new invitations nor reminders are sent until runs "
    "succeed again.",
    remedy="Look for the error in the latest lines of the function's log. Until it is fixed, open "
    "Partner Central yourself and respond to the invitations that expire first.",
)

RUNS_FAILING = AlarmText(
    name="runs failing",
    happened="For three periods runs have failed, and none has read all pending invitations; or, "
    "with insufficient data, nothing has started the function.",
    meaning="Sales receives nothing, and if the notifier is new, it has never received anything.",
    remedy="Look for the error in the latest lines of the function's log. If there are none, look "
    "at the schedule. Until it is fixed, respond to invitations in Partner Central.",
)

EMAIL_FAILING = AlarmText(
    name="email failing",
    happened="In three recent runs, messages could not be published to the alerts topic.",
    meaning="Email recipients and subscribed programs receive nothing. Whatever is due is kept, "
    "and sent once publishing works again.",
    remedy='Look for errors that begin with "sns:" in the function\'s log. Meanwhile, ask sales to '
    "watch Slack or Partner Central.",
)

SLACK_FAILING = AlarmText(
    name="slack failing",
    happened="In three recent runs, messages could not be posted to Slack.",
    meaning="The Slack channel receives nothing; email is not affected. Whatever is due is kept, "
    "and posted once Slack works again.",
    remedy='Look for errors that begin with "slack:" in the function\'s log. If the webhook was '
    "revoked or the channel archived, store a new webhook or token in the secret (stack output "
    "SlackSecretArn).",
)

ACCESS_DENIED = AlarmText(
    name="access denied",
    happened="AWS denied calls that the function made in two recent runs.",
    meaning="Some or all alerts to sales may be missing.",
    remedy='The field "denied" in the function\'s log names the calls. Deploy the stack again; if '
    "that does not help, look for a changed key policy, permissions boundary or service control "
    "policy.",
)

LEFT_OUT = AlarmText(
    name="listing incomplete",
    happened="In three recent runs, Partner Central's list left out invitations that it calls "
    "pending when it is asked for each, or that it says nothing of.",
    meaning="Sales is still reminded of what it calls pending, but not of the others, and new "
    "invitations that the list leaves out reach nobody.",
    remedy="Compare the pending invitations in Partner Central with what sales was told, and "
    "respond there. If they differ, open a case with AWS.",
)

DOUBTED = AlarmText(
    name="ledger not believed",
    happened="The ledger held values that cannot be read, or that lie further in the future than a "
    "run would write them.",
    meaning="Sales may be told again of some invitations. Nothing is held back, and nothing is "
    "lost.",
    remedy='The field "doubted" in the function\'s log names them, and the run has mended them. '
    "Find out who wrote to the table: a person, another version, or a clock that was wrong.",
)

EVENTS_NOT_DELIVERED = AlarmText(
    name="events not delivered",
    happened="The schedule or the event bus could not start the function, and left the event in "
    "the dead-letter queue.",
    meaning="Runs were missed. The next run catches up, so alerts are late but not lost, as long "
    "as other runs succeed.",
    remedy="Find the error in the queue's messages, fix it, then purge the queue.",
)

OVERDUE = AlarmText(
    name="deliveries overdue",
    happened="An alert has been due for an hour or more, and is still not delivered.",
    meaning="On at least one channel, sales does not know that an invitation arrived, is about to "
    "expire or has expired.",
    remedy="Look on the dashboard for a channel that is failing, waiting or not connected. "
    "Meanwhile, ask sales to check Partner Central.",
)

EMAIL_NOT_CONNECTED = AlarmText(
    name="email not connected",
    happened="For an hour or more, some route's alerts, or all, have had no configured email "
    "address that is confirmed: nobody has confirmed yet, or everybody has unsubscribed.",
    meaning="Whoever hears the default route gets them, and an escalation may go to Slack; if "
    "nobody does, they are kept, and sent once somebody confirms.",
    remedy='Run `make doctor`: it names the routes. Then find the email "AWS Notification - '
    'Subscription Confirmation" and follow its link. If it is gone, run `make subscribe`.',
)

SLACK_NOT_CONNECTED = AlarmText(
    name="slack not connected",
    happened="The Slack secret has been empty or deleted for an hour or more.",
    meaning="Nothing is posted to Slack. Whatever is due is kept, and posted once the secret holds "
    "a webhook or token.",
    remedy="Store Slack's webhook or token in the secret (stack output SlackSecretArn), restoring "
    "it first if it was deleted, or deploy with slack=false.",
)

"""What the alarms say: a mail of plain text, read by somebody who did not build the notifier."""

from __future__ import annotations

from dataclasses import dataclass

RUNBOOK = "docs/operations.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """An alarm's name, which is its mail's subject, and what happened, what it means, what to do.

    The name is its section's in the runbook too.
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
    happened="For three periods no run has read all pending invitations.",
    meaning="Sales hears of nothing: new invitations and reminders are not told until it works.",
    remedy="Look at the last lines of the function's log for the error; until it is mended, open "
    "Partner Central by hand and answer what expires first.",
)

EMAIL_FAILING = AlarmText(
    name="email failing",
    happened="In three runs messages could not be published to the alerts topic.",
    meaning="Who reads mail, and every program that is subscribed, hears nothing; what is due is "
    "kept and comes when it works again.",
    remedy='Look for "sns:" in the errors of the function\'s log; tell sales to watch Slack or '
    "Partner Central meanwhile.",
)

SLACK_FAILING = AlarmText(
    name="slack failing",
    happened="In three runs messages could not be posted to Slack.",
    meaning="The Slack channel hears nothing; mail goes on, and what is due is kept and comes "
    "when Slack works again.",
    remedy='Look for "slack:" in the errors of the function\'s log: if a webhook was revoked or a '
    "channel archived, put a new value into the secret SlackSecretArn.",
)

ACCESS_DENIED = AlarmText(
    name="access denied",
    happened="AWS refused calls of the function for lack of permission, in two runs.",
    meaning="Part of what sales is told may be missing, or all of it.",
    remedy='The field "denied" of the function\'s log names the calls: deploy the stack again, and '
    "look for a policy, a key's policy or a service control policy that was changed.",
)

EVENTS_NOT_DELIVERED = AlarmText(
    name="events not delivered",
    happened="The schedule or the event bus could not start the function and left the event in "
    "the dead-letter queue.",
    meaning="Runs were missed; the next one does their work, so sales is late and misses nothing "
    "as long as runs go on.",
    remedy="Read the queue's messages for the error, mend it, then purge the queue.",
)

OVERDUE = AlarmText(
    name="deliveries overdue",
    happened="Something due to be told has not been delivered for an hour or more.",
    meaning="Sales does not know of an invitation, or of its end, on one channel at least.",
    remedy="See which channel fails, waits or is not connected on the dashboard, and tell sales "
    "to look into Partner Central meanwhile.",
)

EMAIL_NOT_CONNECTED = AlarmText(
    name="email not connected",
    happened="For an hour or more no email subscription has been confirmed, though emails are "
    "configured: nobody has confirmed yet, or everybody unsubscribed.",
    meaning="No mail is sent; what is due is kept and comes once somebody confirms.",
    remedy='Find the mail "AWS Notification - Subscription Confirmation" and follow its link; if '
    "it is gone, subscribe the address to the topic TopicArn again.",
)

SLACK_NOT_CONNECTED = AlarmText(
    name="slack not connected",
    happened="For an hour or more the Slack secret has been empty, or deleted.",
    meaning="Nothing is posted; what is due is kept and comes once the secret is filled.",
    remedy="Put Slack's webhook or token into the secret SlackSecretArn, restoring it first if it "
    "was deleted, or deploy with slack=false.",
)

"""`make gallery`: every kind of message in every state, as Slack and an inbox show it."""

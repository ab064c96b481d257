"""The SNS channel: emails for people, JSON for programs."""

"""The stack that runs the notifier, and what deploys it."""

"""What the notifier promises, proved: in memory in the thousands, over the wire once."""

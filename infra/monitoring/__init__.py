"""What tells operators that the notifier itself fails: alarms, their topic, and a dashboard."""

"""Watch the watchman: alarms, the topic that they go to, and a dashboard."""

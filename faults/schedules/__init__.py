"""Random schedules: whatever happens in whatever order, held against a model of the rules."""

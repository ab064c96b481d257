"""Every fault in every call of every scenario, one case at a time."""

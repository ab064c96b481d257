"""A partner's whole world in memory, which a run sees through the core's ports alone."""

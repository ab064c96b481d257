"""One run, over ports: what `core` decides is done here."""

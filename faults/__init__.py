"""What must hold when a run is hurt at any of its calls."""

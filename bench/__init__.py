"""Measurements, as ratios taken within one run: `python -m bench`. Nothing passes or fails."""

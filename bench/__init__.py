"""Measurements as ratios taken in one run: `python -m bench`. Nothing here passes or fails."""

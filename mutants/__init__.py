"""Mutants: the code broken in one place at a time, which some test should notice."""

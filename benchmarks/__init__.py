"""Measurements; `python -m benchmarks` runs them, nothing is asserted on time."""

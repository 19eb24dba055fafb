"""The memory: one Store, two database engines."""

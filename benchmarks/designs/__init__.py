"""Ways to look at many tasks: the shipped one, a floor, and two that people write."""

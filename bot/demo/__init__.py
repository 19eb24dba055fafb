"""A simulated relay: the same HTTP as the four real ones, pictures that it draws itself."""

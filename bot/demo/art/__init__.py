"""Pictures and a film that the simulated relay draws itself."""

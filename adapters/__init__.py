"""The doors: each package speaks one foreign protocol, all of one shape."""

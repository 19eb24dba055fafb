"""Tools that kill, stall and starve the whole program, and count what was told."""

"""The watcher: when to ask the relays, and asking them for many tasks at once."""

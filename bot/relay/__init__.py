"""The relay's HTTP and nothing else: dialects in, snapshots out."""

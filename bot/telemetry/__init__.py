"""Logs and metrics; no secret passes here."""

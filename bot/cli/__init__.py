"""The command line: run, ask, check, keep."""

from bot.cli.main import main

__all__ = ["main"]

"""Facts that are worth keeping for a while only: the name says so, the value since when."""

from datetime import datetime
from typing import Final

AGING: Final = "aging:"  # how the names of such facts begin


def dated(value: str, at: datetime) -> str:
    """Write when a fact was kept before what it says, so that it can be compared."""
    return f"{dating(at)} {value}"


def undated(text: str) -> str:
    """Read what an aging fact says."""
    return text.partition(" ")[2]


def dating(at: datetime) -> str:
    """Write an instant in digits alone: the earlier, the lower as text."""
    return f"{max(int(at.timestamp()), 0):012d}"

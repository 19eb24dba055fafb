"""The whole edge of the core: memory, messengers, time."""

from datetime import datetime
from typing import Protocol

from bot.ports.feeds import FeedMemory, Unsifted
from bot.ports.keys import AccessMemory, Account, KeyMemory, Vault
from bot.ports.limits import DOOR_TAKES, Joined, LimitReached, Limits
from bot.ports.memory import (
    ChatMemory,
    Facts,
    NoteMemory,
    Store,
    TellMemory,
    WatchChanges,
    WatchMemory,
    WatchRow,
)
from bot.ports.messenger import Letter, Messenger, Pace

__all__ = [
    "DOOR_TAKES",
    "AccessMemory",
    "Account",
    "ChatMemory",
    "Clock",
    "Facts",
    "FeedMemory",
    "Joined",
    "KeyMemory",
    "Letter",
    "LimitReached",
    "Limits",
    "Messenger",
    "NoteMemory",
    "Pace",
    "Store",
    "TellMemory",
    "Unsifted",
    "Vault",
    "WatchChanges",
    "WatchMemory",
    "WatchRow",
]


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Tell the wall time, aware, UTC."""

    def monotonic(self) -> float:
        """Tell seconds that never go back."""

"""What the door itself asks of memory; every Store can do it."""

from datetime import datetime
from typing import Protocol

from bot.domain.subscription import Destination, Platform


class DoorMemory(Protocol):
    """The part of the Store that belongs to the door's own life."""

    async def claim_update(
        self, platform: Platform, update_id: int, *, at: datetime
    ) -> bool:
        """Say whether this update is new."""

    async def move_chat(self, platform: Platform, old: str, new: str) -> None:
        """The chat has another name now."""

    async def end_chat(
        self, destination: Destination, *, reason: str, at: datetime, name: str | None
    ) -> None:
        """End every subscription of a chat that is gone; its `name`: tell who asked."""

    async def fact(self, name: str) -> str | None:
        """Recall a fact."""

    async def save_fact(self, name: str, value: str | None) -> None:
        """Keep a fact; None forgets it."""

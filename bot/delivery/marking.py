"""Marking tries in the outbox: many that begin at about the same time, in one write."""

import asyncio
from dataclasses import dataclass, field

from bot.delivery.desk import Desk
from bot.domain.notification import NotificationId
from bot.errors import StoreError


@dataclass(slots=True)
class _Batch:
    ids: list[NotificationId] = field(default_factory=list)
    written: bool = False


class Marks:
    """Marks; what asks while a write is under way goes into the next one, together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = asyncio.Lock()
        self._next = _Batch()

    async def mark(self, note: NotificationId) -> None:
        """Write down that a try begins.

        Raises:
            StoreError: Memory failed.
        """
        batch = self._next
        batch.ids.append(note)
        async with self._turn:
            await self._write(batch)
        if not batch.written:
            raise StoreError("a mark could not be written")

    async def _write(self, batch: _Batch) -> None:
        if batch is not self._next:  # another of this batch had the turn before
            return
        self._next = _Batch()
        at = self._desk.clock.now()
        await self._desk.store.mark_sending(batch.ids, at=at)
        batch.written = True

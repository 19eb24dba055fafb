"""Upkeep beside the loops: old rows go, what was found out about relays is kept."""

import asyncio
import json
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import StoreError
from bot.ports import Clock, NoteMemory
from bot.relay.relays import Relays

log = structlog.get_logger(__name__)

KEEP_SECONDS: Final = 30.0  # between two looks at what relays have taught
PRUNE_EVERY: Final = timedelta(hours=1)


class Upkeep:
    """Small chores on a slow beat.

    Args:
        relays: Whose habits are kept for the next run.
        store: Memory.
        clock: Time.
        retention: What ended longer ago is forgotten.
    """

    def __init__(
        self,
        *,
        relays: Relays,
        store: NoteMemory,
        clock: Clock,
        retention: timedelta,
    ) -> None:
        self._relays = relays
        self._store = store
        self._clock = clock
        self._retention = retention
        self._kept: dict[str, str] = {}
        self._pruned_at = clock.now() - PRUNE_EVERY

    async def recall(self) -> None:
        """Give the relays back what an earlier run found out about them."""
        for client in self._relays:
            name = habits_fact(client.name)
            text = await self._store.fact(name)
            if text:
                self._kept[name] = text
                client.restore(json.loads(text))

    async def run(self) -> None:
        """Do chores for ever; only cancellation ends it."""
        while True:
            try:
                await self.turn()
            except StoreError:
                log.warning("upkeep.postponed")
            await asyncio.sleep(KEEP_SECONDS)

    async def turn(self) -> int:
        """Do what is due; say how many rows were forgotten."""
        for client in self._relays:
            await self._keep(habits_fact(client.name), json.dumps(client.facts()))
        now = self._clock.now()
        if now - self._pruned_at < PRUNE_EVERY:
            return 0
        self._pruned_at = now
        return await self._store.prune(before=now - self._retention)

    async def _keep(self, name: str, text: str) -> None:
        if self._kept.get(name) != text:
            await self._store.save_fact(name, text)
            self._kept[name] = text


def habits_fact(relay: str) -> str:
    """Name the stored fact that holds what was found out about a relay."""
    return f"habits:{relay}"

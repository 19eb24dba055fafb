"""Upkeep beside the loops: old rows go, what was found out about relays is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.errors import StoreError
from bot.ports import Clock, NoteMemory
from bot.relay.relays import Relays

log = structlog.get_logger(__name__)

KEEP_SECONDS: Final = 30.0  # between two turns
SET_BACK_LEAST: Final = timedelta(seconds=1)  # less is a clock that is kept right
PRUNE_EVERY: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


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
        self._prune_at = clock.monotonic()
        self._ahead = self._wall_ahead()

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
        await self._follow_the_clock()
        for client in self._relays:
            await self._keep(habits_fact(client.name), json.dumps(client.facts()))
        if self._clock.monotonic() < self._prune_at:
            return 0
        self._prune_at = self._clock.monotonic() + PRUNE_EVERY.total_seconds()
        return await self._store.prune(before=self._clock.now() - self._retention)

    async def _follow_the_clock(self) -> None:
        """Notice that the wall clock was set back; what waits by it would wait long.

        One set forward, or a machine that has slept, only makes things due.
        """
        back = self._ahead - self._wall_ahead()
        if back > SET_BACK_LEAST:
            await self._store.set_back(back)
            log.warning("clock.set_back", seconds=round(back.total_seconds()))
        self._ahead -= back

    def _wall_ahead(self) -> timedelta:
        """How far the wall clock is ahead of the steady count."""
        return self._clock.now() - _EPOCH - timedelta(seconds=self._clock.monotonic())

    async def _keep(self, name: str, text: str) -> None:
        if self._kept.get(name) != text:
            await self._store.save_fact(name, text)
            self._kept[name] = text


def habits_fact(relay: str) -> str:
    """Name the stored fact that holds what was found out about a relay."""
    return f"habits:{relay}"

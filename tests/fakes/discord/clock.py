"""The fake's time and the waiting for something to change, without sleeping."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from tests.fakes.patience import PATIENCE_SECONDS

T = TypeVar("T")

TICK_SECONDS = 0.02
_DISCORD_EPOCH_MS = 1_420_070_400_000


class FakeClock:
    """Wall time that a test may move; a machine that stalls is nobody's delay.

    It starts at the real time because the library compares the time inside
    snowflakes with its own.
    """

    def __init__(self) -> None:
        self._now = time.time_ns() / 1e9
        self._serial = count(1)

    async def run(self) -> None:
        """Let the time pass in which the loop is free."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._now += min(loop.time() - last, 2 * TICK_SECONDS)
            last = loop.time()

    def now(self) -> float:
        """Return seconds since 1970, moved by what ``advance`` added."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass for the fake."""
        self._now += seconds

    def snowflake(self) -> int:
        """Return a new id that carries the present time and never repeats."""
        milliseconds = int(self.now() * 1000) - _DISCORD_EPOCH_MS
        return (milliseconds << 22) | (next(self._serial) & 0x3FFFFF)

    def iso(self) -> str:
        """Return the present time as Discord writes it."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat()


class Changes:
    """Wakes whoever waits for a condition each time anything happened."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()

    def touch(self) -> None:
        """Say that something happened."""
        task = asyncio.get_running_loop().create_task(self._notify())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def until(
        self,
        predicate: Callable[[], T | None],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - the caller's limit, with a report
        report: Callable[[], str] = str,
    ) -> T:
        """Wait for the predicate to give something true and return it.

        Raises:
            TimeoutError: Nothing true within the limit; the report says why.
        """
        try:
            async with asyncio.timeout(timeout), self._condition:
                while not (found := predicate()):
                    await self._condition.wait()
                return found
        except TimeoutError:
            raise TimeoutError(f"waited {timeout} s in vain. {report()}") from None

    async def _notify(self) -> None:
        async with self._condition:
            self._condition.notify_all()

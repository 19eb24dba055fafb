"""A program that writes as fast as it can, and says what was acknowledged.

`python -m tests.chaos.writing DATABASE` prints a number for each write that returned:
the fact `ack:<number>` must be there from then on, whatever happens.
"""

import asyncio
import itertools
import sys
from pathlib import Path

import structlog

from bot.clock import SystemClock
from storage.engine import open_store
from tests.fakes.desk import Desk


async def write(path: Path) -> None:
    """Write for ever: subscriptions, ends, and a fact after each."""
    async with open_store(f"sqlite:///{path}", clock=SystemClock()) as store:
        desk = Desk(store=store, clock=SystemClock())
        for number in itertools.count(1):
            watched = await desk.watch(f"t{number}")
            await desk.ended(watched.task_key)
            await store.save_fact(f"ack:{number}", "x")
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    # Standard output is for the numbers alone.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(write(Path(sys.argv[1])))

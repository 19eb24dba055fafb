"""A small database as this release leaves it: `python -m tests.fakes.released > FILE`.

Each released schema has one in tests/data/schemas, under its revision's name, written
by the release that had it. They stay as they are for ever, and have to work for ever.
"""

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog

from adapters.telegram import links
from bot.domain.feed import digest_of
from bot.domain.names import TaskName
from bot.domain.task import Button, TaskId
from storage.engine import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, CHAT, Desk

RUNS: Final = "1767225600000001"
TOLD: Final = "1767225600000002"
WAITS: Final = "1767225600000003"
LINKED: Final = "w_1767225600000004"  # an id that reads like another link's beginning
CUSTOM_ID: Final = "MJ::JOB::upsample::1::3f1c"
FEED_TOKEN: Final = "a-token-that-was-given-out-with-a-release"


async def make(path: Path) -> None:
    """Watch, tell, leave something to be told; give out a link and a feed's address."""
    clock = MovedClock()
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        desk = Desk(store=store, clock=clock)
        button = Button(custom_id=CUSTOM_ID, label="U1")
        runs = await desk.watch(RUNS, card="c1")
        await desk.running(runs.task_key, 40)
        told = await desk.watch(TOLD, card="c2")
        await desk.ended(told.task_key, buttons=(button,))
        (note,) = await desk.lease()
        await desk.told(note)
        waits = await desk.watch(WAITS, card="c3")
        await desk.ended(waits.task_key, buttons=(button,))
        name = TaskName(relay=None, task_id=TaskId(LINKED))
        await links.payload(store, name, watch=False)
        await store.make_feed(CHAT, ANN, digest=digest_of(FEED_TOKEN), at=desk.now)


def main() -> None:
    """Write the database as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "released.db"
        asyncio.run(make(path))
        with closing(sqlite3.connect(path)) as conn:
            sys.stdout.write("\n".join(conn.iterdump()) + "\n")


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    main()

"""A program that lives a long life fast: `python -m tests.chaos.soaking FOLDER CYCLES`.

Watches begin, are looked at, end, are told and forgotten, over a real memory and a
relay on loopback; only the time and the platform are made up. After each round it
prints a line of JSON with what it has told so far and what that has cost.
"""

import argparse
import asyncio
import gc
import itertools
import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from bot.doorbell import Doorbell
from bot.intake import Intake
from bot.relay.client import RelayClient
from bot.relay.options import RelayOptions
from bot.relay.relays import open_relays
from bot.upkeep import Upkeep
from bot.watch.options import WatchOptions
from bot.watch.watcher import Access, Watcher
from storage.engine import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import CHAT, Desk
from tests.fakes.telling import Telling
from tests.fakes.watching import RELAY

ROUND: Final = 500  # watches that live at the same time
EACH: Final = 5  # of them in one chat: enough for a board, too few for a digest
LOOK_SECONDS: Final = 4.0
EDIT_SECONDS: Final = 30.0  # between two edits in a chat
NIGHT_SECONDS: Final = 6 * 3600.0  # between two rounds
KEPT: Final = timedelta(days=1)
HOUR: Final = 3600.0
# What happens to the wall clock, a quarter of the life apart.
JUMPS: Final = (-HOUR, HOUR, 8 * HOUR)


class WrongClock(MovedClock):
    """A clock whose wall time may jump; a machine that slept looks the same."""

    def jump(self, seconds: float) -> None:
        """Move the wall time alone."""
        self._now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Relay:
    """A relay that remembers nothing: a number below `ended` is done.

    Attributes:
        ended: The first number that still runs.
    """

    ended: int = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen on loopback; gives the address."""
        app = web.Application()
        app.router.add_post("/mj/task/list-by-condition", self._list)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        asked = (await request.json())["ids"]
        return web.json_response([self._task(each) for each in asked])

    def _task(self, task_id: str) -> dict[str, object]:
        done = int(task_id.removeprefix("task_")) < self.ended
        button = {"customId": f"MJ::JOB::upsample::1::{task_id}", "label": "U1"}
        return {
            "id": task_id,
            "action": "IMAGINE",
            "prompt": f"boat {task_id}",
            "status": "SUCCESS" if done else "IN_PROGRESS",
            "progress": "100%" if done else "40%",
            "imageUrl": f"https://x.example/{task_id}.png" if done else "",
            "buttons": [button] if done else [],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a life has cost so far; `database_bytes`: what is filled of its file."""

    cycles: int
    wrong: int  # results that were told never, or more than once
    resident_bytes: int
    open_files: int
    database_bytes: int


class Life:
    """All parts, and the rounds that they go through."""

    def __init__(
        self, desk: Desk, clock: WrongClock, relay: Relay, *, size: int
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._relay = relay
        self._telling = Telling(desk, clock)
        self._telling.messenger.calls_a_second = 1e6
        self._telling.restart()
        self._numbers = itertools.count()
        self._size = size
        self.wrong = 0

    async def round(self, watcher: Watcher) -> int:
        """Watch, look, end, tell; say how many watches that was."""
        ids = [f"task_{next(self._numbers)}" for _ in range(self._size)]
        for number, task_id in enumerate(ids):
            chat = replace(CHAT, chat=f"chat-{number // EACH}")
            await self._desk.watch(task_id, to=chat)
        await self._looked(watcher)
        await self._telling.live.turn()
        self._relay.ended += self._size
        await self._looked(watcher)
        while await self._telling.turns(0):
            pass
        while await self._telling.live.turn():
            self._clock.move(EDIT_SECONDS)
        self.wrong += self._wrong(ids)
        self._telling.messenger.sent.clear()
        self._telling.messenger.calls.clear()
        return len(ids)

    async def _looked(self, watcher: Watcher) -> None:
        self._clock.move(LOOK_SECONDS)
        while await watcher.turn():
            pass

    def _wrong(self, ids: Sequence[str]) -> int:
        rings = self._telling.messenger.rings()
        told = Counter(word for each in rings for word in set(each.words.split()))
        return sum(told[task_id] != 1 for task_id in ids)


async def live(folder: Path, cycles: int, *, size: int = ROUND) -> AsyncIterator[State]:
    """Go through so many watches; gives what that cost after each round of `size`."""
    clock, relay = WrongClock(), Relay()
    path = folder / "soak.db"
    async with (
        relay.serving() as url,
        open_store(f"sqlite:///{path}", clock=clock) as store,
        open_relays([_options(url)], clock=clock, default=RELAY) as relays,
    ):
        desk = Desk(store=store, clock=clock)
        life = Life(desk, clock, relay, size=size)
        watcher = _watcher(desk, relays[RELAY])
        upkeep = Upkeep(relays=relays, store=store, clock=clock, retention=KEPT)
        done = 0
        rounds = -(-cycles // size)
        jumps = {(n + 1) * rounds // 4: by for n, by in enumerate(JUMPS)}
        for number in range(rounds):
            clock.jump(jumps.get(number, 0.0))
            done += await life.round(watcher)
            await upkeep.turn()
            clock.move(NIGHT_SECONDS)
            yield state(path, cycles=done, wrong=life.wrong)


def _options(url: str) -> RelayOptions:
    return RelayOptions(name=RELAY, hosts=(url,), rate_per_second=1e6)


def _watcher(desk: Desk, client: RelayClient) -> Watcher:
    async def access(_account: object) -> Access:
        return Access(relay=RELAY, client=client)

    return Watcher(
        store=desk.store,
        intake=Intake(store=desk.store),
        access=access,
        clock=desk.clock,
        bell=Doorbell(),
        options=WatchOptions(),
    )


def state(path: Path, *, cycles: int, wrong: int) -> State:
    """Measure this program as it is now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return State(
        cycles=cycles,
        wrong=wrong,
        resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        open_files=len(list(Path("/proc/self/fd").iterdir())),
        database_bytes=_used_bytes(path),
    )


def _used_bytes(path: Path) -> int:
    """What its rows fill; the file keeps the most that it ever held.

    While the clock is an hour slow, rows stay for one round more: that room is free
    afterwards, and is used again.
    """
    with closing(sqlite3.connect(path)) as conn:
        [(pages,)] = conn.execute("PRAGMA page_count")
        [(free,)] = conn.execute("PRAGMA freelist_count")
        [(page_bytes,)] = conn.execute("PRAGMA page_size")
    return int((pages - free) * page_bytes)


async def main() -> None:
    """Read the command line; live."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soaking")
    parser.add_argument("folder", type=Path)
    parser.add_argument("cycles", type=int)
    given = parser.parse_args()
    async for each in live(given.folder, given.cycles):
        sys.stdout.write(f"{json.dumps(asdict(each))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    # Standard output is for the figures alone.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main())

"""Memory for measurements: a real store filled ahead, or none at all.

Tasks that are not yet born are in the store from the beginning and held back here,
so that filling it is no part of what is measured. It is filled by a process of its own
(`python -m benchmarks.shelf`), so that its memory is none of it, either.
"""

import argparse
import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.children import run
from benchmarks.load import Lives, name
from bot.clock import SystemClock
from bot.domain.subscription import Place, Platform, Standing
from bot.domain.task import AccountId, RelayName, State, TaskId, TaskKey
from bot.domain.transition import Transition
from bot.ports import WatchChanges, WatchRow
from storage import tables
from storage.engine import open_store
from storage.store import SqlStore

RELAY: Final = RelayName("bench")
PLATFORM: Final = Platform("bench")
CHATS: Final = 1000


@dataclass(frozen=True, slots=True)
class Born:
    """One task: its id, and when its life begins."""

    task_id: str
    at: float  # steady seconds


@dataclass(slots=True)
class Counts:
    """What was written."""

    records: int = 0
    transitions: int = 0
    ends: int = 0
    told_at: dict[TaskKey, float] = field(default_factory=dict)


def cast_of(lives: Lives, places: int, *, until: float) -> list[Born]:
    """Name everybody who lives until a moment, in the order of birth."""
    found: list[Born] = []
    for place in range(places):
        turn = 0
        while (at := lives.born_at(place, turn)) < until:
            found.append(Born(name(place, turn), at))
            turn += 1
    return sorted(found, key=lambda born: born.at)


def rows_of(cast: Sequence[Born]) -> list[WatchRow]:
    """Give what a store would load."""
    return [
        WatchRow(
            watch_id=number,
            task_key=TaskKey(number),
            account=AccountId(1),
            task_id=TaskId(born.task_id),
            state=State.PENDING,
            progress=None,
            standing=Standing.UNSEEN,
            added_at=wall(born.at),
            changed_at=wall(born.at),
        )
        for number, born in enumerate(cast, 1)
    ]


def wall(steady: float) -> datetime:
    """Put a steady moment on the wall clock."""
    clock = SystemClock()
    return clock.now() + timedelta(seconds=steady - clock.monotonic())


class Shelf:
    """What the watcher keeps, counted; `store` None keeps nothing."""

    def __init__(self, cast: Sequence[Born], store: SqlStore | None) -> None:
        self.counts = Counts()
        self._births = [born.at for born in cast]
        self._rows = deque(rows_of(cast) if store is None else ())
        self._store = store
        self._clock = SystemClock()
        self._loaded = 0  # rows of the store, and
        self._given = 0  # how many of them the watcher has

    async def watch_changes(
        self, since: tuple[int, int] = (0, 0), *, limit: int = 10_000
    ) -> WatchChanges:
        """Give who was born since the last time."""
        closed = since[1]
        if self._store is not None:
            await self._load(limit)
            ended = await self._store.watch_changes((self._loaded, closed))
            closed = ended.cursor[1]
        born = bisect_right(self._births, self._clock.monotonic(), lo=self._given)
        opened = tuple(self._rows.popleft() for _ in range(self._given, born))
        self._given = born
        return WatchChanges(opened=opened, closed=(), cursor=(born, closed))

    async def record(self, transitions: Sequence[Transition]) -> int:
        """Write, and note when each end was handed over."""
        self.counts.records += 1
        self.counts.transitions += len(transitions)
        now = self._clock.monotonic()
        for each in transitions:
            if each.state is not None and each.state.terminal:
                self.counts.ends += 1
                self.counts.told_at[each.task_key] = now
        return await self._store.record(transitions) if self._store else 0

    async def fact(self, name: str) -> str | None:
        """Recall a fact."""
        return await self._store.fact(name) if self._store else None

    async def save_fact(self, name: str, value: str | None) -> None:
        """Keep a fact."""
        if self._store:
            await self._store.save_fact(name, value)

    async def _load(self, limit: int) -> None:
        assert self._store is not None
        while self._loaded < len(self._births):
            page = await self._store.watch_changes((self._loaded, 0), limit=limit)
            self._rows += page.opened
            self._loaded += len(page.opened)


async def filled(path: Path, places: int, *, epoch: float, until: float) -> None:
    """Have a store filled with all who live from a moment until another."""
    words = ("--path", str(path), "--places", str(places))
    moments = ("--epoch", repr(epoch), "--until", repr(until))
    await run("benchmarks.shelf", *words, *moments)


async def fill(path: Path, cast: Sequence[Born], platform: Platform) -> None:
    """Make a store with a watch and a subscription for everybody."""
    clock = SystemClock()
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        await store.account(RELAY)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        for table, rows in _contents(rows_of(cast), platform):
            conn.execute(sa.insert(table), rows)
    engine.dispose()


def _contents(
    rows: Sequence[WatchRow], platform: Platform
) -> Iterable[tuple[sa.Table, list[dict[str, Any]]]]:
    yield tables.tasks, [_task(row) for row in rows]
    yield tables.watches, [_watch(row) for row in rows]
    places = [
        {"platform": platform, "chat": str(n), "thread": "", "place": Place.PRIVATE}
        for n in range(1, CHATS + 1)
    ]
    yield tables.destinations, places
    yield tables.subscriptions, [_subscription(row, platform) for row in rows]


def _task(row: WatchRow) -> dict[str, Any]:
    return {
        "account": row.account,
        "task_id": row.task_id,
        "state": row.state,
        "standing": row.standing,
        "version": 0,
        "added_at": row.added_at,
        "changed_at": row.changed_at,
    }


def _watch(row: WatchRow) -> dict[str, Any]:
    return {
        "task_key": row.task_key,
        "state": row.state,
        "progress": row.progress,
        "standing": row.standing,
        "version": 0,
        "begun_at": row.added_at,
        "changed_at": row.changed_at,
    }


def _subscription(row: WatchRow, platform: Platform) -> dict[str, Any]:
    return {
        "task_key": row.task_key,
        "destination": row.task_key % CHATS + 1,
        "platform": platform,
        "task_id": row.task_id,
        "created_at": row.added_at,
        "card_version": -1,
        "shown_at": row.added_at,
        "told": 0,
        "live": 1,
    }


def main() -> None:
    """Read the arguments and fill."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shelf")
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--places", type=int, required=True)
    parser.add_argument("--epoch", type=float, required=True)
    parser.add_argument("--until", type=float, required=True)
    given = parser.parse_args()
    cast = cast_of(Lives(given.epoch), given.places, until=given.until)
    asyncio.run(fill(given.path, cast, PLATFORM))


if __name__ == "__main__":
    main()

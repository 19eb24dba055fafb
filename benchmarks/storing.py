"""Row 8, in a process of its own: taking up 100,000 stored watches."""

import asyncio
import gc
import json
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.children import run
from benchmarks.live import rss_mb
from benchmarks.report import Row
from benchmarks.shelf import filled
from bot.app.app import GC_THRESHOLD
from bot.clock import SystemClock
from bot.domain.task import AccountId
from bot.doorbell import Doorbell
from bot.intake import Intake
from bot.ports import Store
from bot.watch.options import WatchOptions
from bot.watch.watcher import Watcher
from storage.engine import open_store

WATCHES: Final = 100_000
TIME_GOAL: Final = 3.0
BYTES_GOAL: Final = 800.0
_COLUMNS: Final = (
    "SELECT w.watch_id, w.task_key, t.account, t.task_id, w.state, w.progress, "
    "w.standing, w.begun_at, w.changed_at FROM watches w "
    "JOIN tasks t ON t.key = w.task_key ORDER BY w.watch_id"
)


async def rows(*, quick: bool) -> list[Row]:
    """Measure in a fresh process."""
    del quick
    found = json.loads((await run("benchmarks.storing")).splitlines()[-1])
    ratio = found["load_seconds"] / found["select_seconds"]
    return [
        Row(
            "8",
            "100,000 stored watches: load to the first batch; memory",
            f"{ratio:.1f} x ({found['load_seconds']:.2f} s); "
            f"{found['bytes_a_watch']:.0f} B a watch",
            f"raw SELECT of the same columns: {found['select_seconds']:.2f} s",
            "3 x; 800 B",
            ratio <= TIME_GOAL and found["bytes_a_watch"] <= BYTES_GOAL,
            raw=found,
        )
    ]


async def measure(folder: Path) -> dict[str, Any]:
    """Load them three times by hand and once as the watcher does."""
    gc.set_threshold(GC_THRESHOLD)
    path, now = folder / "bench.db", time.monotonic()
    await filled(path, WATCHES, epoch=now, until=now + 0.001)
    selects = [_select(path) for _ in range(3)]
    async with open_store(f"sqlite:///{path}", clock=SystemClock()) as store:
        await store.watch_changes((WATCHES, 0))  # opens the connection
        gc.collect()
        before = rss_mb()
        watcher = _watcher(cast("Store", store))
        begun = time.monotonic()
        await watcher.refresh()
        batch = watcher.rotas[AccountId(1)].take(time.monotonic() + 2.0)
        spent = time.monotonic() - begun
        gc.collect()
        grown = rss_mb() - before
    return {
        "load_seconds": spent,
        "select_seconds": sorted(selects)[1],
        "bytes_a_watch": grown * 1e6 / WATCHES,
        "first_batch": len(batch),
    }


def _select(path: Path) -> float:
    begun = time.monotonic()
    conn = sqlite3.connect(path)
    conn.execute(_COLUMNS).fetchall()
    conn.close()
    return time.monotonic() - begun


def _watcher(store: Store) -> Watcher:
    async def nobody(_: AccountId) -> None:
        return None

    return Watcher(
        store=store,
        intake=Intake(store=store),
        access=nobody,
        clock=SystemClock(),
        bell=Doorbell(),
        options=WatchOptions(),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as made:
        print(json.dumps(asyncio.run(measure(Path(made)))))

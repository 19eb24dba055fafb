"""Row 14, in a process of its own: how long a backup holds up who writes."""

import asyncio
import itertools
import json
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.children import run
from benchmarks.report import Row
from benchmarks.shelf import filled
from bot.clock import SystemClock
from storage.engine import open_store
from storage.store import SqlStore

WATCHES: Final = 300_000  # 100 MB of them
TIMES: Final = 5
IDLE: Final = "import time; time.sleep(2)"
STEP_SECONDS: Final = 0.005  # between two writes
GOAL_MS: Final = 250.0
# The floor: the same bytes read, written and kept by the disk.
COPY: Final = """
import os, shutil, sys
with open(sys.argv[1], "rb") as old, open(sys.argv[2], "wb") as new:
    shutil.copyfileobj(old, new)
    new.flush()
    os.fsync(new.fileno())
"""


async def rows(*, quick: bool) -> list[Row]:
    """Measure in a fresh process."""
    del quick
    out = await run("benchmarks.backing_up", pinned=False)
    found = json.loads(out.splitlines()[-1])
    ours, plain, idle = (found[way] for way in ("backup", "copy", "idle"))
    return [
        Row(
            "14",
            f"the longest that a write waits while `mjwatch backup` copies "
            f"{found['mb']:.0f} MB, synced",
            f"{ours['longest_ms']:.0f} ms (median {ours['median_ms']:.1f} ms); "
            f"{ours['seconds']:.2f} s with its start",
            f"a plain copy, synced: {plain['longest_ms']:.0f} ms, "
            f"{plain['seconds']:.2f} s; no copy: {idle['longest_ms']:.0f} ms",
            f"{GOAL_MS:.0f} ms",
            ours["longest_ms"] <= GOAL_MS,
            raw=found,
        )
    ]


async def measure(folder: Path) -> dict[str, Any]:
    """Write without a pause while a backup is made, a plain copy, and nothing."""
    path, aim, now = folder / "bench.db", str(folder / "copy"), time.monotonic()
    await filled(path, WATCHES, epoch=now, until=now + 0.001)
    ways = {
        "backup": ("-m", "bot", "backup", aim),
        "copy": ("-c", COPY, str(path), aim),
        "idle": ("-c", IDLE),
    }
    runs: dict[str, list[tuple[float, list[float]]]] = {way: [] for way in ways}
    async with open_store(f"sqlite:///{path}", clock=SystemClock()) as store:
        for _ in range(TIMES):
            for way, words in ways.items():
                runs[way].append(await _during(store, path, words))
    told = {way: _told(found) for way, found in runs.items()}
    return {"mb": path.stat().st_size / 1e6} | told


async def _during(
    store: SqlStore, path: Path, words: tuple[str, ...]
) -> tuple[float, list[float]]:
    """Run a program to its end; say how long it took, and each write beside it."""
    waits: list[float] = []
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(_write(store, waits))
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *words),
            stdout=DEVNULL,
            env={"DATABASE_URL": f"sqlite:///{path}"},
            cwd=path.parent,
        )
        code = await process.wait()
        spent = time.monotonic() - begun
        writing.cancel()
    if code:
        raise RuntimeError(f"{words[:3]} ended with {code}")
    return spent, waits


async def _write(store: SqlStore, waits: list[float]) -> None:
    for number in itertools.count():
        begun = time.monotonic()
        await store.save_fact(f"bench:{number}", "x")
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(STEP_SECONDS)


def _told(runs: list[tuple[float, list[float]]]) -> dict[str, float]:
    waits = [each for _, found in runs for each in found]
    return {
        "longest_ms": 1000 * max(waits),
        "median_ms": 1000 * median(waits),
        "seconds": median(spent for spent, _ in runs),
        "writes": len(waits),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as made:
        print(json.dumps(asyncio.run(measure(Path(made)))))

"""Row 4, a process of its own: the watcher by the real clock, with and without a store.

`python -m benchmarks.live --port P --tasks N` prints one JSON object.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, cast

from sqlalchemy import Engine, event

from benchmarks.load import Lives
from benchmarks.shelf import RELAY, Shelf, cast_of, filled
from bot.app.app import GC_THRESHOLD
from bot.clock import SystemClock
from bot.domain.task import AccountId
from bot.doorbell import Doorbell
from bot.intake import Intake
from bot.ports import Store
from bot.relay.client import RelayClient, open_relay
from bot.relay.options import RelayOptions
from bot.watch.options import WatchOptions
from bot.watch.rota import Rota
from bot.watch.watch import Watch
from bot.watch.watcher import Access, Watcher
from storage.engine import open_store

ACCOUNT: Final = AccountId(1)
KILO: Final = 1024 if sys.platform == "linux" else 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    port: int
    tasks: int
    seconds: float
    warm_seconds: float
    storage: bool
    batch: int
    adaptive: bool


@dataclass(slots=True)
class Mark:
    """A moment's counters."""

    at: float
    cpu: float
    looks: int
    batches: int
    records: int
    transitions: int
    ends: int
    commits: int


class TimedRota(Rota):
    """The shipped rota, that notes how late each batch is taken."""

    def __init__(self, options: WatchOptions, now: float) -> None:
        super().__init__(ACCOUNT, options=options, now=now)
        self.late: list[float] = []
        self.looks = 0

    def take(self, now: float) -> list[Watch]:
        """Take one batch that is due."""
        due = self.next_due()
        batch = super().take(now)
        if batch and due is not None:
            self.late.append(now - due)
            self.looks += len(batch)
        return batch


class Meter:
    """Counts what a run does."""

    def __init__(self, rota: TimedRota, shelf: Shelf) -> None:
        self._rota = rota
        self._shelf = shelf
        self._commits = 0
        event.listen(Engine, "commit", self._committed)

    def read(self) -> Mark:
        """Read all counters."""
        counts = self._shelf.counts
        return Mark(
            at=time.monotonic(),
            cpu=time.process_time(),
            looks=self._rota.looks,
            batches=len(self._rota.late),
            records=counts.records,
            transitions=counts.transitions,
            ends=counts.ends,
            commits=self._commits,
        )

    def _committed(self, _: object) -> None:
        self._commits += 1


async def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    """Run the watcher and count."""
    gc.set_threshold(GC_THRESHOLD)
    epoch = time.monotonic()
    lives = Lives(epoch)
    length = plan.seconds + plan.warm_seconds + 30.0
    cast = cast_of(lives, plan.tasks, until=epoch + length)
    async with AsyncExitStack() as stack:
        store = None
        if plan.storage:
            path, until = folder / "bench.db", epoch + length
            await filled(path, plan.tasks, epoch=epoch, until=until)
            url = f"sqlite:///{folder / 'bench.db'}"
            store = await stack.enter_async_context(
                open_store(url, clock=SystemClock(), exclusive=True)
            )
        shelf = Shelf(cast, store)
        client = await stack.enter_async_context(
            open_relay(_relay_options(plan, epoch), clock=SystemClock())
        )
        return await _run(plan, shelf, client)


async def _run(plan: Plan, shelf: Shelf, client: RelayClient) -> dict[str, Any]:
    clock = SystemClock()
    options = WatchOptions(batch_size=plan.batch, adaptive=plan.adaptive)
    access = Access(relay=RELAY, client=client)

    async def asked(_: AccountId) -> Access:
        return access

    memory = cast("Store", shelf)
    watcher = Watcher(
        store=memory,
        intake=Intake(store=memory),
        access=asked,
        clock=clock,
        bell=Doorbell(),
        options=options,
    )
    rota = TimedRota(options, clock.monotonic())
    watcher.rotas[ACCOUNT] = rota
    meter = Meter(rota, shelf)
    async with asyncio.TaskGroup() as group:  # so that its failure is ours
        running = group.create_task(watcher.run())
        await asyncio.sleep(plan.warm_seconds)
        before = meter.read()
        lag = await _lag(plan.seconds)
        after = meter.read()
        running.cancel()
    return _figures(before, after, rota.late[before.batches :], lag)


def _figures(
    before: Mark, after: Mark, late: list[float], lag: list[float]
) -> dict[str, Any]:
    spent = {key: value - asdict(before)[key] for key, value in asdict(after).items()}
    wall = spent["at"]
    return {
        "seconds": wall,
        "core_percent": 100 * spent["cpu"] / wall,
        "micros_per_look": 1e6 * spent["cpu"] / max(spent["looks"], 1),
        "late_p50_ms": 1000 * quantiles(late, n=100)[49],
        "late_p99_ms": 1000 * quantiles(late, n=100)[98],
        "lag_p99_ms": 1000 * quantiles(lag, n=100)[98],
        "rss_mb": rss_mb(),
        "looks": spent["looks"],
        "batches": spent["batches"],
        "records": spent["records"],
        "transitions": spent["transitions"],
        "ends": spent["ends"],
        "commits": spent["commits"],
    }


async def _lag(seconds: float) -> list[float]:
    """Sleep in steps of 20 ms; how late each was."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        await asyncio.sleep(0.02)
        found.append(time.monotonic() - now - 0.02)
    return found


def rss_mb(pid: int | str = "self") -> float:
    """Tell the memory that a process holds now."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILO / 1e6
    lines = status.read_text("utf-8").splitlines()
    found = next((line for line in lines if line.startswith("VmRSS")), "VmRSS: 0")
    return int(found.split()[1]) * 1024 / 1e6


def family_rss_mb() -> float:
    """Tell the memory of this process and its children."""
    told = Path(f"/proc/self/task/{os.getpid()}/children")
    children = told.read_text("utf-8").split() if told.exists() else []
    return rss_mb() + sum(rss_mb(child) for child in children)


def _relay_options(plan: Plan, epoch: float) -> RelayOptions:
    return RelayOptions(
        name=RELAY,
        hosts=(f"http://127.0.0.1:{plan.port}",),
        prefix=f"/l-{epoch!r}-{plan.storage}/mj",
        rate_per_second=100_000.0,
        batch_size=plan.batch,
    )


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--warm-seconds", type=float, default=8.0)
    parser.add_argument("--storage", action=argparse.BooleanOptionalAction)
    parser.add_argument("--adaptive", action=argparse.BooleanOptionalAction)
    parser.add_argument("--batch", type=int, default=200)
    given = vars(parser.parse_args())
    plan = Plan(**given | {k: given[k] is not False for k in ("storage", "adaptive")})
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as folder:
        print(json.dumps(asyncio.run(measure(plan, Path(folder)))))


if __name__ == "__main__":
    main()

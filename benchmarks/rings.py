"""Rows 0 and 9, a process of their own: the program between a relay and platforms.

`python -m benchmarks.rings steady|burst ...` prints one JSON object.
"""

import argparse
import asyncio
import json
import logging
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, cast

import aiohttp
import msgspec
import structlog

from benchmarks.door import Door
from benchmarks.live import rss_mb
from benchmarks.load import Lives, name, place_and_turn, script_of
from benchmarks.shelf import RELAY, Born, fill, rows_of
from bot.app.app import App, open_app
from bot.clock import SystemClock
from bot.delivery.desk import Desk
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.lanes import Lanes
from bot.delivery.options import DeliveryOptions
from bot.domain.notification import Notification
from bot.domain.subscription import Destination, Place, Platform, Receipt
from bot.domain.task import AccountId, State, TaskId
from bot.domain.transition import Tell, Transition
from bot.ports import Limits, Store
from bot.relay.wire import read_snapshot
from bot.settings import Settings
from bot.settings.pieces import RelaySettings

DISCORD: Final = Platform("discord")
TELEGRAM: Final = Platform("telegram")
PACES: Final = {DISCORD: 50.0, TELEGRAM: 30.0}
CHATS: Final = 1000
NO_LIMITS: Final = Limits(person_watches=0, chat_watches=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    kind: str
    relay: int
    platform: int
    tasks: int
    seconds: float
    warm_seconds: float
    world: str


class Noting:
    """The store, and when the ring of each task was accepted."""

    def __init__(self, store: Store, door: Door) -> None:
        self._store = store
        self._door = door
        self.rung: list[tuple[str, float]] = []

    def __getattr__(self, wanted: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._store, wanted)

    async def settle(
        self, note: Notification, *, receipt: Receipt | None, **rest: object
    ) -> None:
        """Settle, and note when the platform had the message."""
        if note.tell is Tell.ENDED and receipt is not None:
            at = self._door.accepted.get(receipt)
            if at is not None:
                self.rung.append((note.task.task_id, at))
        await self._store.settle(note, receipt=receipt, **rest)  # type: ignore[arg-type] # handed on as it came


async def steady(plan: Plan, folder: Path) -> dict[str, Any]:
    """Row 0: tasks run and end; from the relay's showing it to the accepted ring."""
    epoch = time.monotonic()
    lives = Lives(epoch)
    cast_ = [Born(name(p), lives.born_at(p, 0)) for p in range(plan.tasks)]
    await fill(folder / "bench.db", cast_, DISCORD)
    async with program(plan, folder, epoch) as app, _session() as session:
        door = _door(session, plan, DISCORD)
        noting, dispatcher = _dispatcher(app, door)
        cpu = time.process_time()
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(app.run()),
                group.create_task(dispatcher.run()),
                group.create_task(_feed(app, lives, plan.tasks)),
            ]
            await asyncio.sleep(plan.warm_seconds + plan.seconds)
            for each in running:
                each.cancel()
        spent = time.process_time() - cpu
    return _steady_figures(plan, lives, noting, door) | {
        "core_percent": 100 * spent / (plan.warm_seconds + plan.seconds)
    }


def _steady_figures(
    plan: Plan, lives: Lives, noting: Noting, door: Door
) -> dict[str, Any]:
    begin = lives.epoch + plan.warm_seconds
    found = sorted(
        at - ended
        for task_id, at in noting.rung
        if (ended := lives.ends_at(*place_and_turn(task_id))) >= begin
    )
    last = max(at for _, at in noting.rung)
    due = sum(
        1
        for place in range(plan.tasks)
        for turn in range(4)
        if begin <= lives.ends_at(place, turn) <= last - 15.0
    )
    cuts = quantiles(found, n=100)
    return {
        "rings": len(found),
        "ended_15_s_before": due,
        "p50": cuts[49],
        "p95": cuts[94],
        "p99": cuts[98],
        "most": found[-1],
        "uploads": door.uploads,
        "edits": door.edits,
        "bare": door.bare,
        "rss_mb": rss_mb(),
    }


async def _feed(app: App, lives: Lives, places: int) -> None:
    """Somebody takes each place that becomes free, and watches."""
    births = sorted((lives.ends_at(place, 0), place, 1) for place in range(places))
    while births:
        at, place, turn = births.pop(0)
        await asyncio.sleep(max(at - time.monotonic(), 0.0))
        await app.store.subscribe(
            AccountId(1),
            TaskId(name(place, turn)),
            destination=_chat(DISCORD, place),
            person=None,
            limits=NO_LIMITS,
            at=app.clock.now(),
        )
        app.bells.watch.ring()
        births.append((lives.ends_at(place, turn), place, turn + 1))
        births.sort()


async def burst(plan: Plan, folder: Path) -> dict[str, Any]:
    """Row 9: as many ends at once, each for a chat on both platforms."""
    epoch = time.monotonic()
    cast_ = [Born(name(place), epoch) for place in range(plan.tasks)]
    await fill(folder / "bench.db", cast_, DISCORD)
    async with program(plan, folder, epoch) as app, _session() as session:
        for place in range(plan.tasks):
            await app.store.subscribe(
                AccountId(1),
                TaskId(name(place)),
                destination=_chat(TELEGRAM, place),
                person=None,
                limits=NO_LIMITS,
                at=app.clock.now(),
            )
        doors = {p: _door(session, plan, p) for p in PACES}
        made = {p: _dispatcher(app, door) for p, door in doors.items()}
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(d.run()) for _, d in made.values()]
            begun = time.monotonic()
            await end_all(app, cast_)
            await _until(lambda: _all_rung(made, plan.tasks), plan.seconds)
            for each in running:
                each.cancel()
    return {p: _burst_figures(made[p][0], doors[p], begun) for p in PACES}


def _burst_figures(noting: Noting, door: Door, begun: float) -> dict[str, Any]:
    times = sorted(at for _, at in noting.rung)
    return {
        "rings": len(times),
        "seconds": times[-1] - begun,
        "a_second": len(times) / (times[-1] - begun),
        "uploads": door.uploads,
        "bare": door.bare,
    }


async def end_all(app: App, cast_: list[Born]) -> None:
    """Write down that all have succeeded, as the watcher would."""
    rows = rows_of(cast_)
    for first in range(0, len(rows), 100):
        changes = []
        for row in rows[first : first + 100]:
            place, turn = place_and_turn(row.task_id)
            script = next(
                s for n in range(9) if (s := script_of(place + n, turn)).succeeds
            )
            raw = msgspec.json.decode(row.task_id.encode().join(script.frames[-1]))
            changes.append(
                Transition(
                    task_key=row.task_key,
                    at=app.clock.now(),
                    state=State.SUCCEEDED,
                    snapshot=read_snapshot(raw, row.task_id),
                    tell=Tell.ENDED,
                    ends_watch=True,
                )
            )
        await app.store.record(changes)
        for bell in app.bells.tell:
            bell.ring()


def _all_rung(made: dict[Platform, tuple[Noting, Dispatcher]], tasks: int) -> bool:
    return all(len(noting.rung) >= tasks for noting, _ in made.values())


async def _until(holds: Callable[[], bool], seconds: float) -> None:
    """Look now and then, which disturbs less than a word at every ring."""
    for _ in range(int(seconds * 10)):
        if holds():
            return
        await asyncio.sleep(0.1)


@asynccontextmanager
async def program(plan: Plan, folder: Path, epoch: float) -> AsyncIterator[App]:
    """Open the program, without a door, on the relay's world of that moment."""
    relay = RelaySettings(
        name=RELAY,
        hosts=(f"http://127.0.0.1:{plan.relay}",),
        auth="none",
        prefix=f"/l-{epoch!r}-{plan.world}/mj",
    )
    settings = Settings(
        relays=(relay,),
        database_url=f"sqlite:///{folder / 'bench.db'}",
        web=False,
        relay_rate=1000.0,
        limit_looks=0,
    )
    async with open_app(settings, clock=SystemClock()) as app:
        yield app


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


def _door(session: aiohttp.ClientSession, plan: Plan, platform: Platform) -> Door:
    url = f"http://127.0.0.1:{plan.platform}/{platform}"
    pace = PACES[platform]
    return Door(session, url, platform=platform, calls_a_second=pace)


def _dispatcher(app: App, door: Door) -> tuple[Noting, Dispatcher]:
    noting = Noting(app.store, door)
    desk = Desk(
        messenger=door,
        store=cast("Store", noting),
        gallery=app.gallery,
        lanes=Lanes(pace=door.pace, calls_a_second=door.calls_a_second),
        readers=app.readers,
        clock=app.clock,
        metrics=app.metrics,
        chance=random.random,
        options=DeliveryOptions(),
    )
    return noting, Dispatcher(desk, bells=app.bells.of_dispatcher())


def _chat(platform: Platform, place: int) -> Destination:
    chat = str(place % CHATS + 1)
    return Destination(platform=platform, chat=chat, place=Place.PRIVATE)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rings")
    parser.add_argument("kind", choices=("steady", "burst"))
    parser.add_argument("--relay", type=int, required=True)
    parser.add_argument("--platform", type=int, required=True)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--warm-seconds", type=float, default=20.0)
    parser.add_argument("--world", default="fine")
    plan = Plan(**vars(parser.parse_args()))
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    kinds = {"steady": steady, "burst": burst}
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as folder:
        print(json.dumps(asyncio.run(kinds[plan.kind](plan, Path(folder)))))


if __name__ == "__main__":
    main()

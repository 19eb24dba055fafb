"""Rows 0 and 9, a process of their own: the program between a relay and platforms.

`python -m benchmarks.rings steady|burst ...` prints one JSON object.
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, cast

import aiohttp
import msgspec
import structlog

from benchmarks.door import DISCORD, TELEGRAM, Timed, open_door
from benchmarks.live import rss_mb
from benchmarks.load import Lives, name, place_and_turn, script_of
from benchmarks.shelf import RELAY, Born, fill, rows_of
from bot.app.app import App, new_dispatcher, open_app
from bot.clock import SystemClock
from bot.delivery.dispatcher import Dispatcher
from bot.domain.notification import Notification
from bot.domain.subscription import Destination, Place, Platform, Receipt
from bot.domain.task import AccountId, State, TaskId
from bot.domain.transition import Tell, Transition
from bot.ports import Limits, Messenger, Store
from bot.relay.wire import read_snapshot
from bot.settings import Settings
from bot.settings.pieces import RelaySettings

PACES: Final = {DISCORD: 50.0, TELEGRAM: 30.0}
CHATS: Final = 1000
LATE_SECONDS: Final = 25.0  # an end that did not ring until then counts as lost
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


@dataclass(frozen=True, slots=True)
class Rung:
    """One ring: when it was accepted, and when we had seen the end."""

    task_id: str
    at: float
    seen_at: float


class Noting:
    """The store, and when the ring of each task was accepted."""

    def __init__(self, store: Store, door: Timed) -> None:
        self._store = store
        self._door = door
        self.rung: list[Rung] = []

    def __getattr__(self, wanted: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._store, wanted)

    async def settle(
        self, note: Notification, *, receipt: Receipt | None, **rest: object
    ) -> None:
        """Settle, and note when the platform had the message."""
        if note.tell is Tell.ENDED and receipt is not None:
            at = self._door.accepted.get(receipt)
            if at is not None:
                seen_at = time.monotonic() - self._age(note)
                self.rung.append(Rung(note.task.task_id, at, seen_at))
        await self._store.settle(note, receipt=receipt, **rest)  # type: ignore[arg-type] # handed on as it came

    def _age(self, note: Notification) -> float:
        return (SystemClock().now() - note.created_at).total_seconds()


async def steady(plan: Plan, folder: Path) -> dict[str, Any]:
    """Row 0: tasks run and end; from the relay's showing it to the accepted ring."""
    epoch = time.monotonic()
    lives = Lives(epoch)
    cast_ = [Born(name(p), lives.born_at(p, 0)) for p in range(plan.tasks)]
    await fill(folder / "bench.db", cast_, DISCORD)
    async with (
        program(plan, folder, epoch) as app,
        open_door(DISCORD, app, plan.platform) as door,
    ):
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
        counts = await _counts(plan, DISCORD)
    return (
        _steady_figures(plan, lives, noting)
        | counts
        | {
            "bare": door.bare,
            "core_percent": 100 * spent / (plan.warm_seconds + plan.seconds),
        }
    )


def _steady_figures(plan: Plan, lives: Lives, noting: Noting) -> dict[str, Any]:
    begin = lives.epoch + plan.warm_seconds
    rung = [
        (ring, ended)
        for ring in noting.rung
        if (ended := lives.ends_at(*place_and_turn(ring.task_id))) >= begin
    ]
    found = sorted(ring.at - ended for ring, ended in rung)
    seen = sorted(ring.seen_at - ended for ring, ended in rung)
    last = max(ring.at for ring in noting.rung)
    told = {place_and_turn(ring.task_id) for ring in noting.rung}
    due = (
        (place, turn)
        for place in range(plan.tasks)
        for turn in range(4)
        if begin <= lives.ends_at(place, turn) <= last - LATE_SECONDS
    )
    cuts = quantiles(found, n=100)
    return {
        "rings": len(found),
        "lost": sum(1 for each in due if each not in told),
        "p50": cuts[49],
        "p95": cuts[94],
        "p99": cuts[98],
        "most": found[-1],
        "seen_p50": quantiles(seen, n=100)[49],
        "seen_p95": quantiles(seen, n=100)[94],
        "rss_mb": rss_mb(),
    }


async def _feed(app: App, lives: Lives, places: int) -> None:
    """Somebody takes each place that becomes free, and watches."""
    births = sorted((lives.ends_at(place, 0), place, 1) for place in range(places))
    while births:
        at, place, turn = births.pop(0)
        await asyncio.sleep(max(at - time.monotonic(), 0.0))
        await _subscribe(app, name(place, turn), DISCORD, place)
        app.bells.watch.ring()
        births.append((lives.ends_at(place, turn), place, turn + 1))
        births.sort()


async def burst(plan: Plan, folder: Path) -> dict[str, Any]:
    """Row 9: as many ends at once, each for a chat on both platforms."""
    epoch = time.monotonic()
    cast_ = [Born(name(place), epoch) for place in range(plan.tasks)]
    await fill(folder / "bench.db", cast_, DISCORD)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(program(plan, folder, epoch))
        for place in range(plan.tasks):
            await _subscribe(app, name(place), TELEGRAM, place)
        doors = {
            p: await stack.enter_async_context(open_door(p, app, plan.platform))
            for p in PACES
        }
        made = {p: _dispatcher(app, door) for p, door in doors.items()}
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(d.run()) for _, d in made.values()]
            begun = time.monotonic()
            await end_all(app, cast_)
            await _until(lambda: _all_rung(made, plan.tasks), plan.seconds)
            for each in running:
                each.cancel()
        counts = {p: await _counts(plan, p) for p in PACES}
    return {
        p: _burst_figures(made[p][0], begun) | counts[p] | {"bare": doors[p].bare}
        for p in PACES
    }


def _burst_figures(noting: Noting, begun: float) -> dict[str, Any]:
    times = sorted(ring.at for ring in noting.rung)
    return {
        "rings": len(times),
        "seconds": times[-1] - begun,
        "first_after": times[0] - begun,
        "a_second": (len(times) - 1) / (times[-1] - times[0]),
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


async def _counts(plan: Plan, platform: Platform) -> dict[str, int]:
    """Ask the platform what it has taken."""
    url = f"http://127.0.0.1:{plan.platform}/counts"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        counts: dict[str, int] = await response.json()
    begin = f"{platform}_"
    found = {k.removeprefix(begin): v for k, v in counts.items() if k.startswith(begin)}
    return {"uploads": 0, "edit": 0} | found


def _dispatcher(app: App, door: Timed) -> tuple[Noting, Dispatcher]:
    noting = Noting(app.store, door)
    there = replace(app, store=cast("Store", noting))
    return noting, new_dispatcher(there, cast("Messenger", door))


async def _subscribe(app: App, task_id: str, platform: Platform, place: int) -> None:
    chat = str(place % CHATS + 1)
    await app.store.subscribe(
        AccountId(1),
        TaskId(task_id),
        destination=Destination(platform=platform, chat=chat, place=Place.PRIVATE),
        person=None,
        limits=NO_LIMITS,
        at=app.clock.now(),
    )


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

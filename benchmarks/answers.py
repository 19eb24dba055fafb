"""Row 10, in a process of its own: how soon a person has an answer.

From the door's call to the reply; what the platform itself takes comes on top.
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import structlog

from benchmarks.children import child, run
from benchmarks.door import DISCORD
from benchmarks.load import Lives, name
from benchmarks.report import Row
from benchmarks.rings import Plan, end_all, program
from benchmarks.shelf import RELAY, Born, cast_of, fill
from bot.app.app import App
from bot.commands.reply import Caller
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.names import TaskName
from bot.domain.subscription import Destination, Person
from bot.domain.task import TaskId, TaskKey

TIMES: Final = 150
WATCHES: Final = 10_000
STORED: Final = 100_000
SLOW_LOOKS: Final = 50
GOAL_MS: Final = 50.0

Asked = Callable[[int], Awaitable[object]]


async def rows(*, quick: bool) -> list[Row]:
    """Measure in a fresh process each: idle, busy, many stored."""
    del quick
    found: dict[str, float] = {}
    async with child("benchmarks.relay") as relay:
        for kind in ("idle", "busy", "stored"):
            words = ("benchmarks.answers", kind, "--relay", relay)
            found |= json.loads((await run(*words)).splitlines()[-1])
    told = ", ".join(f"{label} {value:.0f} ms" for label, value in found.items())
    met = max(found.values()) <= GOAL_MS
    figure = "what a person waits beyond the relay's own answer, p95"
    beside = "the relay's own answer is subtracted"
    return [Row("10", figure, told, beside, "50 ms", met, raw=dict(found))]


async def measure(kind: str, relay: int, folder: Path) -> dict[str, float]:
    """Measure one situation."""
    epoch = time.monotonic()
    lives = Lives(epoch)
    tasks = {"idle": 1, "busy": WATCHES, "stored": STORED}[kind]
    cast = [Born(name(place), epoch) for place in range(tasks)]
    if kind == "busy":
        cast = cast_of(lives, tasks, until=epoch)
    await fill(folder / "bench.db", cast, DISCORD)
    world = "slow" if kind == "stored" else "fine"
    plan = Plan("", relay, 0, tasks, 0.0, 0.0, world)
    async with program(plan, folder, epoch) as app:
        if kind == "stored":
            return await _stored(app, cast)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(app.run())
            await asyncio.sleep(6.0 if kind == "busy" else 0.5)
            added = await _status(app)
            running.cancel()
    return {f"/status {kind}": added}


async def _status(app: App) -> float:
    client = app.relays[RELAY]

    async def asked(number: int) -> object:
        return await app.commands.status(_caller(number), _name(number))

    async def bare(number: int) -> object:
        return await client.fetch(TaskId(name(20_000 + number)))

    theirs = await _p95(bare)
    return await _p95(asked) - theirs


async def _stored(app: App, cast: list[Born]) -> dict[str, float]:
    await end_all(app, cast[:1])

    async def typed(number: int) -> object:
        return await app.commands.suggest(_caller(number), name(number)[:5])

    async def pressed(number: int) -> object:
        return await app.commands.press(_caller(number), ref)

    task = await app.store.task(TaskKey(1))
    assert task is not None
    assert task.snapshot is not None
    check = check_of(task.task_id, task.snapshot.buttons[0].custom_id)
    ref = str(ButtonRef(verb=Verb.REPORT, task_key=TaskKey(1), position=0, check=check))
    suggesting = await _p95(typed)
    async with asyncio.TaskGroup() as group:
        slow = [
            group.create_task(app.commands.status(_caller(n), _name(n)))
            for n in range(SLOW_LOOKS)
        ]
        await asyncio.sleep(0.2)
        pressing = await _p95(pressed)
        for each in slow:
            each.cancel()
    return {"autocomplete": suggesting, "press beside 50 slow looks": pressing}


async def _p95(asked: Asked) -> float:
    """Ask often, one after the other; milliseconds."""
    found: list[float] = []
    for number in range(TIMES):
        begun = time.monotonic()
        await asked(number)
        found.append(1000 * (time.monotonic() - begun))
        await asyncio.sleep(0.005)
    return quantiles(found[10:], n=20)[18]


def _name(number: int) -> str:
    return str(TaskName(task_id=TaskId(name(20_000 + number)), relay=RELAY))


def _caller(number: int) -> Caller:
    person = Person(platform=DISCORD, id=str(number), name="somebody")
    place = Destination(platform=DISCORD, chat=str(number % 1000 + 1))
    return Caller(person=person, destination=place, locale="en")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers")
    parser.add_argument("kind", choices=("idle", "busy", "stored"))
    parser.add_argument("--relay", type=int, required=True)
    given: Any = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as folder:
        made = measure(given.kind, given.relay, Path(folder))
        print(json.dumps(asyncio.run(made)))


if __name__ == "__main__":
    main()

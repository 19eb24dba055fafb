"""SIGKILL while results are told: at random instants, and at every named point."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.failing import POINTS, SHARED
from tests.chaos.report import Finding, say
from tests.chaos.stage import Stage

READY_IN: Final = 0.8  # of the runs are let come up before they are killed
LIFE_SECONDS: Final = 1.5  # of one that came up
YOUTH_SECONDS: Final = 2.0  # of one that did not
NTH_MOST: Final = 3
CROWD_EVERY: Final = 250  # results; one chat more that is crowded
SAID_EVERY: Final = 20
# Sends on Telegram that a dead program had under way: what an earlier one left so
# was not taken up again.
_IN_FLIGHT: Final = """
    SELECT count(*) FROM outbox WHERE platform = 'telegram'
    AND state = 'pending' AND sending_since IS NOT NULL AND leased_until IS NOT NULL"""
TRAP_SECONDS: Final = 6.0  # for a point to be come by


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the program's way where it dies."""

    name: str
    platform: str
    nth: int = 1

    @property
    def program(self) -> tuple[str, ...]:
        """What to run."""
        words = (self.name, self.platform, str(self.nth))
        return ("-m", "tests.chaos.failing", *words)


def every_point() -> list[Point]:
    """Each point once on each platform; what both share, once."""
    return [
        Point(name, platform)
        for name in POINTS
        for platform in ("discord", "telegram")
        if platform == "telegram" or name.partition(":")[2] not in SHARED
    ]


def mixed(kills: int, chance: random.Random) -> list[Point | None]:
    """Points for every other kill, no two alike while they last; None: an instant."""
    points = every_point()
    chance.shuffle(points)
    return [points[n // 2 % len(points)] if n % 2 else None for n in range(kills)]


@dataclass(slots=True)
class Deaths:
    """What is counted at each kill.

    Attributes:
        trapped: Kills at a named point.
        passed: Points that a run did not come by in time.
        in_flight: Sends on Telegram that were under way, of which nobody knows.
    """

    trapped: int = 0
    passed: list[str] = field(default_factory=list)
    in_flight: int = 0


async def kill(
    stage: Stage,
    plan: Sequence[Point | None],
    chance: random.Random,
    *,
    results: int,
    patience: float | None = None,
) -> Finding:
    """Have results watched for, kill while they are told, and count.

    Args:
        stage: Where.
        plan: Where each run dies.
        chance: The rest of that.
        results: How many tasks are watched on each platform.
        patience: Seconds for each point to be come by, which then must be; None: few,
            and it may be missed.
    """
    await stage.bot.start()
    await stage.bot.ready()
    wishes = stage.new_wishes(results, crowds=1 + results // CROWD_EVERY)
    await stage.watch(wishes)
    await stage.bot.kill()
    deaths = await kill_all_along(stage, plan, chance, patience or TRAP_SECONDS)
    tally = await stage.settled_tally()
    return Finding(
        what="SIGKILL",
        times=len(plan) + 1,
        tally=tally,
        short_most=deaths.in_flight,
        broken=[*(deaths.passed if patience else ()), *await stage.broken()],
        remarks={
            "at named points": deaths.trapped,
            "sends in flight": deaths.in_flight,
        },
    )


async def kill_all_along(
    stage: Stage,
    kills: Sequence[Point | None],
    chance: random.Random,
    patience: float,
) -> Deaths:
    """Let the tasks end a few at a time, and kill each run.

    At the end the program is up, and nothing holds it back any more.
    """
    tasks = list(stage.tasks)
    chance.shuffle(tasks)
    deaths = Deaths()
    for number, point in enumerate(kills):
        if number % SAID_EVERY == 0:
            say(f"kill {number} of {len(kills)}")
        left = len(kills) - number
        share, tasks = tasks[: -(-len(tasks) // left)], tasks[-(-len(tasks) // left) :]
        await stage.end(share)
        if point is None:
            await _at_an_instant(stage, chance)
        elif await _trapped(stage, point, patience):
            deaths.trapped += 1
        else:
            deaths.passed.append(f"never came by {point.name} on {point.platform}")
        deaths.in_flight += await stage.bot.counted(_IN_FLIGHT)
    await stage.bot.start()
    await stage.bot.ready()
    return deaths


async def _trapped(stage: Stage, point: Point, patience: float) -> bool:
    await stage.bot.start(point.program)
    try:
        return await stage.bot.died(seconds=patience) == -9
    except TimeoutError:
        await stage.bot.kill()
        return False


async def _at_an_instant(stage: Stage, chance: random.Random) -> None:
    await stage.bot.start()
    if chance.random() < READY_IN:
        await stage.bot.ready()
        await asyncio.sleep(chance.uniform(0, LIFE_SECONDS))
    else:
        await asyncio.sleep(chance.uniform(0, YOUTH_SECONDS))
    await stage.bot.kill()

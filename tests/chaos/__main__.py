"""Kill, stall and flood the whole program: `python -m tests.chaos [--short]`.

Prints a table, and one line of JSON at the end; the exit code is 1 if a promise
broke.
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.chaos import outages, secrets
from tests.chaos.disk import crash_images, migrations_cut_short
from tests.chaos.hostile import ask_for_nonsense, hostile_prompts, tell_of_markup
from tests.chaos.kills import every_point, kill, mixed
from tests.chaos.proxy import Way
from tests.chaos.report import Finding, line, table
from tests.chaos.stage import open_stage
from tests.chaos.stops import second_copies, stop_all_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    kills: int
    results: int
    stops: int
    copies: int
    watches: int
    outage_seconds: float
    images: int
    fuzzed: int
    migrations: int
    without: tuple[str, ...] = ()
    ways: tuple[str, ...] = tuple(outages.FAULTS)


PLATFORM_WAYS: Final = (Way.RESET, Way.CUT, Way.BLACK_HOLE)
LONG: Final = Size(
    kills=500,
    results=1000,
    stops=100,
    copies=50,
    watches=1000,
    outage_seconds=30,
    images=200,
    fuzzed=1000,
    migrations=50,
)
SHORT: Final = Size(
    kills=40,
    results=150,
    stops=3,
    copies=2,
    watches=60,
    outage_seconds=8,
    images=25,
    migrations=2,
    fuzzed=200,
    without=("platforms", "points"),
    ways=("half-open",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every scenario is given."""

    size: Size
    folder: Path
    chance: random.Random


Scenario = Callable[[Run], Awaitable[list[Finding]]]


async def kills(run: Run) -> list[Finding]:
    """SIGKILL at random instants and at points."""
    async with open_stage(run.folder) as stage:
        plan = mixed(run.size.kills, run.chance)
        return [await kill(stage, plan, run.chance, results=run.size.results)]


async def points(run: Run) -> list[Finding]:
    """SIGKILL at every point once."""
    async with open_stage(run.folder) as stage:
        plan = every_point()
        return [await kill(stage, plan, run.chance, results=3 * len(plan))]


async def stops(run: Run) -> list[Finding]:
    """SIGTERM."""
    async with open_stage(run.folder) as stage:
        return [await stop_all_along(stage, run.size.stops, run.chance)]


async def copies(run: Run) -> list[Finding]:
    """Second copies."""
    async with open_stage(run.folder) as stage:
        return [await second_copies(stage, run.folder, starts=run.size.copies)]


async def relay(run: Run) -> list[Finding]:
    """The relay gone, in each way."""
    found = []
    for way in run.size.ways:
        async with open_stage(run.folder / way, outages.SETTINGS) as stage:
            wishes = stage.new_wishes(run.size.watches, each=10)
            gone = outages.relay_gone
            seconds = run.size.outage_seconds
            found.append(await gone(stage, way, wishes=wishes, seconds=seconds))
    return found


async def platforms(run: Run) -> list[Finding]:
    """A platform gone; one chat that must be left alone."""
    found = []
    for platform, way in itertools.product(("discord", "telegram"), PLATFORM_WAYS):
        async with open_stage(run.folder / f"{platform}-{way}") as stage:
            gone = partial(outages.platform_gone, stage, platform, way=way)
            found.append(await gone(wishes=stage.new_wishes(60), seconds=20))
    async with open_stage(run.folder / "429") as stage:
        wishes = stage.new_wishes(200, each=1)
        found.append(await outages.one_chat_too_fast(stage, wishes=wishes))
    return found


async def disk(run: Run) -> list[Finding]:
    """What lies on the disk at any instant."""
    images, kills, chance = run.size.images, run.size.migrations, run.chance
    return [
        await crash_images(run.folder, images=images, chance=chance),
        await migrations_cut_short(run.folder, kills=kills, chance=chance),
    ]


async def outside(run: Run) -> list[Finding]:
    """Nonsense, markup, canaries."""
    found = []
    async with open_stage(run.folder / "ids") as stage:
        count = run.size.fuzzed
        found.append(await ask_for_nonsense(stage, count=count, chance=run.chance))
    async with open_stage(run.folder / "prompts") as stage:
        found.append(await tell_of_markup(stage, prompts=hostile_prompts()))
    async with open_stage(run.folder / "canaries", secrets.SETTINGS) as stage:
        found.append(await secrets.let_canaries_sing(stage))
    return found


SCENARIOS: Final[dict[str, Scenario]] = {
    "kills": kills,
    "points": points,
    "stops": stops,
    "copies": copies,
    "relay": relay,
    "platforms": platforms,
    "disk": disk,
    "outside": outside,
}


async def run_all(names: list[str], size: Size, seed: int) -> list[Finding]:
    """Run scenarios one after the other."""
    findings: list[Finding] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="mjwatch-chaos-") as folder:
            run = Run(size=size, folder=Path(folder), chance=random.Random(seed))
            found = await SCENARIOS[name](run)
        findings += found
        sys.stderr.write(table(found) + "\n")
    return findings


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("names", nargs="*", help=", ".join(SCENARIOS))
    parser.add_argument("--short", action="store_true", help="as CI runs it")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    given = parser.parse_args()
    size = SHORT if given.short else LONG
    sys.stderr.write(f"seed {given.seed}\n")
    names = given.names or [n for n in SCENARIOS if n not in size.without]
    findings = asyncio.run(run_all(names, size, given.seed))
    sys.stdout.write(f"{table(findings)}\n\n{line(findings)}\n")
    return not all(each.held for each in findings)


if __name__ == "__main__":
    sys.exit(main())

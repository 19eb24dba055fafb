"""Kill, stall and flood the whole program: `python -m tests.chaos [--short] [NAME...]`.

How far it has come is said on standard error, as is the seed. At the end it prints a
table for the README and one line of JSON; the exit code is 1 if a promise broke.
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from tests.chaos import outages, secrets
from tests.chaos.crowd import crowd_at_the_door
from tests.chaos.disk import crash_images, migrations_cut_short
from tests.chaos.full import NAME, full_disk, small_disk
from tests.chaos.hostile import ask_for_nonsense, hostile_prompts, tell_of_markup
from tests.chaos.kills import every_point, kill, mixed
from tests.chaos.poison import WAYS, poison_among_others
from tests.chaos.proxy import Way
from tests.chaos.report import Finding, line, say, table, together
from tests.chaos.restoring import back_to_an_old_backup
from tests.chaos.soak import soak
from tests.chaos.stage import open_stage
from tests.chaos.stops import second_copies, stop_all_along
from tests.fakes.postgres import postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    kills: int
    results: int
    server_kills: int
    stops: int
    copies: int
    watches: int
    outage_seconds: float
    images: int
    fuzzed: int
    migrations: int
    cycles: int
    names: tuple[str, ...] = ()  # of scenarios; (): all
    ways: tuple[str, ...] = tuple(outages.FAULTS)


SLICE: Final = 100  # kills of one stage; what broke is then soon known
PLATFORM_WAYS: Final = (Way.RESET, Way.CUT, Way.BLACK_HOLE)
LONG: Final = Size(
    kills=500,
    results=1000,
    server_kills=40,
    stops=100,
    copies=50,
    watches=1000,
    outage_seconds=30,
    images=200,
    fuzzed=1000,
    migrations=50,
    cycles=100_000,
)
# What the slow tests show as large as this is left to them.
SHORT: Final = Size(
    kills=40,
    results=150,
    server_kills=10,
    stops=3,
    copies=2,
    watches=60,
    outage_seconds=8,
    images=25,
    migrations=2,
    fuzzed=200,
    cycles=5000,
    names=("kills", "relay", "full", "outside"),
    ways=("half-open",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every scenario is given."""

    size: Size
    folder: Path
    chance: random.Random


Scenario = Callable[[Run], AsyncIterator[Finding]]


async def kills(run: Run) -> AsyncIterator[Finding]:
    """SIGKILL at random instants and at points, a slice at a time."""
    plan = mixed(run.size.kills, run.chance)
    for start in range(0, len(plan), SLICE):
        part = plan[start : start + SLICE]
        results = -(-run.size.results * len(part) // len(plan))
        async with open_stage(run.folder / str(start)) as stage:
            yield await kill(stage, part, run.chance, results=results)


async def on_postgres(run: Run) -> AsyncIterator[Finding]:
    """SIGKILL, with all that is remembered on a server that lives on."""
    with postgres() as url:
        async with open_stage(run.folder, {"DATABASE_URL": url}) as stage:
            plan = mixed(run.size.server_kills, run.chance)
            found = await kill(stage, plan, run.chance, results=5 * len(plan))
            yield replace(found, what="SIGKILL on PostgreSQL")


async def points(run: Run) -> AsyncIterator[Finding]:
    """SIGKILL at every point once."""
    async with open_stage(run.folder) as stage:
        plan, results = every_point(), 3 * len(every_point())
        found = await kill(stage, plan, run.chance, results=results, patience=20)
        yield replace(found, what="SIGKILL at every point")


async def stops(run: Run) -> AsyncIterator[Finding]:
    """SIGTERM."""
    async with open_stage(run.folder) as stage:
        yield await stop_all_along(stage, run.size.stops, run.chance)


async def copies(run: Run) -> AsyncIterator[Finding]:
    """Second copies."""
    async with open_stage(run.folder) as stage:
        yield await second_copies(stage, run.folder, starts=run.size.copies)


async def relay(run: Run) -> AsyncIterator[Finding]:
    """The relay gone, in each way."""
    for way in run.size.ways:
        async with open_stage(run.folder / way, outages.SETTINGS) as stage:
            wishes = stage.new_wishes(run.size.watches, each=10)
            seconds = run.size.outage_seconds
            yield await outages.relay_gone(stage, way, wishes=wishes, seconds=seconds)


async def platforms(run: Run) -> AsyncIterator[Finding]:
    """A platform gone; one chat that must be left alone."""
    for platform, way in itertools.product(("discord", "telegram"), PLATFORM_WAYS):
        async with open_stage(run.folder / f"{platform}-{way}") as stage:
            gone = partial(outages.platform_gone, stage, platform, way=way)
            yield await gone(wishes=stage.new_wishes(60), seconds=20)
    async with open_stage(run.folder / "429") as stage:
        wishes = stage.new_wishes(outages.FEW + 4 * outages.BUSY, each=1)
        yield await outages.one_chat_too_fast(stage, wishes=wishes)


async def disk(run: Run) -> AsyncIterator[Finding]:
    """What lies on the disk at any instant."""
    images, kills, chance = run.size.images, run.size.migrations, run.chance
    yield await crash_images(run.folder, images=images, chance=chance)
    yield await migrations_cut_short(run.folder, kills=kills, chance=chance)


async def full(run: Run) -> AsyncIterator[Finding]:
    """A disk that is full, where a small one can be mounted."""
    async with small_disk(run.folder) as disk:
        if disk is None:
            say("full disk: left out, no tmpfs can be mounted here")
            return
        url = {"DATABASE_URL": f"sqlite:///{disk / NAME}"}
        with tempfile.TemporaryDirectory(prefix="mjwatch-chaos-") as home:
            async with open_stage(Path(home), url) as stage:
                yield await full_disk(stage, disk, tasks=60)


async def backup(run: Run) -> AsyncIterator[Finding]:
    """A backup, put back when all of it was told."""
    async with open_stage(run.folder) as stage:
        yield await back_to_an_old_backup(stage, tasks=40)


async def poison(run: Run) -> AsyncIterator[Finding]:
    """One result that raises whenever it is drawn or sent."""
    for way in WAYS:
        async with open_stage(run.folder / way) as stage:
            yield await poison_among_others(stage, way)


async def crowd(run: Run) -> AsyncIterator[Finding]:
    """Slow clients."""
    async with open_stage(run.folder) as stage:
        yield await crowd_at_the_door(stage)


async def canaries(run: Run) -> AsyncIterator[Finding]:
    """Secrets that must turn up nowhere."""
    async with open_stage(run.folder, secrets.SETTINGS) as stage:
        yield await secrets.let_canaries_sing(stage)


async def outside(run: Run) -> AsyncIterator[Finding]:
    """Nonsense and markup."""
    async with open_stage(run.folder / "ids") as stage:
        count = run.size.fuzzed
        yield await ask_for_nonsense(stage, count=count, chance=run.chance)
    async with open_stage(run.folder / "prompts") as stage:
        yield await tell_of_markup(stage, prompts=hostile_prompts())


async def long_life(run: Run) -> AsyncIterator[Finding]:
    """Very many watches, one after the other."""
    yield await soak(run.folder, cycles=run.size.cycles)


SCENARIOS: Final[dict[str, Scenario]] = {
    "kills": kills,
    "postgres": on_postgres,
    "points": points,
    "stops": stops,
    "copies": copies,
    "relay": relay,
    "platforms": platforms,
    "disk": disk,
    "full": full,
    "backup": backup,
    "poison": poison,
    "crowd": crowd,
    "canaries": canaries,
    "outside": outside,
    "soak": long_life,
}


async def run_all(names: list[str], size: Size, seed: int) -> list[Finding]:
    """Run scenarios one after the other; say each finding as it comes.

    The parts of a scenario that was run in slices are put together.
    """
    findings: dict[str, list[Finding]] = {}
    for name in names:
        say(f"{name} ...")
        with tempfile.TemporaryDirectory(prefix="mjwatch-chaos-") as folder:
            run = Run(size=size, folder=Path(folder), chance=random.Random(seed))
            async for found in _unharmed(name, run):
                findings.setdefault(found.what, []).append(found)
                say(table([found]).splitlines()[-1])
    return [together(parts) for parts in findings.values()]


async def _unharmed(name: str, run: Run) -> AsyncIterator[Finding]:
    """Run one scenario; if it breaks down itself, that is a finding, and others follow."""
    try:
        async for found in SCENARIOS[name](run):
            yield found
    except Exception as error:  # noqa: BLE001 - hours of others' findings are worth more
        traceback.print_exc()
        yield Finding(what=name, broken=[f"broke down: {error!r:.300}"])


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("names", nargs="*", help=", ".join(SCENARIOS))
    parser.add_argument("--short", action="store_true", help="as CI runs it")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    given = parser.parse_args()
    size = SHORT if given.short else LONG
    say(f"seed {given.seed}")
    names = given.names or list(size.names or SCENARIOS)
    findings = asyncio.run(run_all(names, size, given.seed))
    sys.stdout.write(f"{table(findings)}\n\n{line(findings, seed=given.seed)}\n")
    return not all(each.held for each in findings)


if __name__ == "__main__":
    sys.exit(main())

"""SIGTERM during traffic, and a second copy that must not begin."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.chaos.bot import STOP_SECONDS, Bot
from tests.chaos.kills import LIFE_SECONDS
from tests.chaos.report import Finding
from tests.chaos.stage import Stage

RESULTS_EACH: Final = 6
BUSY: Final = 75  # the exit code of a copy too many
_ATTEMPTS: Final = "SELECT coalesce(sum(attempts), 0) FROM outbox WHERE tell != 'amend'"


async def stop_all_along(stage: Stage, stops: int, chance: random.Random) -> Finding:
    """Let tasks end a few at a time, and stop each run by SIGTERM meanwhile."""
    await stage.bot.start()
    await stage.bot.ready()
    await stage.watch(stage.new_wishes(stops * RESULTS_EACH))
    await stage.bot.stop()
    tasks = list(stage.tasks)
    broken: list[str] = []
    longest = 0.0
    for number in range(stops):
        share = -(-len(tasks) // (stops - number))
        ending, tasks = tasks[:share], tasks[share:]
        await stage.bot.start()
        await stage.bot.ready()
        await stage.end(ending)
        await asyncio.sleep(chance.uniform(0, LIFE_SECONDS))
        code, seconds = await stage.bot.stop()
        longest = max(longest, seconds)
        if code or seconds > STOP_SECONDS:
            broken.append(f"exit {code} after {seconds:.1f} s")
    await stage.bot.start()
    await stage.until_told()
    counted = await stage.bot.counted(_ATTEMPTS)
    broken += [f"{counted} attempts counted"] if counted else []
    return Finding(
        what="SIGTERM",
        times=stops,
        tally=await stage.settled_tally(),
        short_most=stops,
        broken=broken,
        remarks={"longest stop s": round(longest, 2)},
    )


async def second_copies(stage: Stage, folder: Path, *, starts: int) -> Finding:
    """Start copies on the same database, and on another with the same tokens."""
    await stage.bot.start()
    await stage.bot.ready()
    hellos = await stage.hellos()
    broken: list[str] = []
    for number in range(starts):
        other = _copy(stage.bot, folder / f"copy{number}", same=number % 2 == 0)
        broken += await _refused(other)
    broken += [f"came up {n} times" for n in [await stage.hellos() - hellos] if n]
    late = await _free_after_a_kill(stage)
    return Finding(
        what="second copy",
        times=starts,
        broken=broken,
        remarks={"ready after a kill s": round(late, 1)},
    )


def _copy(bot: Bot, folder: Path, *, same: bool) -> Bot:
    ours: Mapping[str, str] = {"DATABASE_URL": f"sqlite:///{bot.database}"}
    return Bot(folder, {**bot.settings, **(ours if same else {})}, port=0)


async def _refused(other: Bot) -> list[str]:
    await other.start()
    code = await other.died()
    words = other.log.read_text().splitlines()
    plain = [each for each in words if not each.startswith("{")]
    broken = [f"exit {code}"] if code != BUSY else []
    return broken + ([f"said {plain}"] if len(plain) != 1 else [])


async def _free_after_a_kill(stage: Stage) -> float:
    """The system lets go of the locks; give the seconds that the next start takes."""
    await stage.bot.kill()
    await stage.bot.start()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await stage.bot.ready()
    return loop.time() - begun

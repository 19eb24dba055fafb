"""An old backup put back: nothing that it still had to tell is told again by itself."""

import asyncio
from typing import Final

from tests.chaos.proxy import Way
from tests.chaos.report import Finding
from tests.chaos.stage import TOLD_SECONDS, Stage

QUIET_SECONDS: Final = 5.0  # in which a repetition would have come
PLATFORMS: Final = ("telegram", "discord")


async def back_to_an_old_backup(stage: Stage, *, tasks: int) -> Finding:
    """Back up while much waits to be told, let it be told, and put the backup back."""
    await stage.bot.start()
    await stage.bot.ready()
    await stage.watch(stage.new_wishes(tasks))
    await _platforms(stage, Way.RESET)
    await stage.end(stage.tasks)
    await _all_recorded(stage)
    broken = await _told_by(stage, "backup", "old.db", wanted="old.db")
    await _platforms(stage, Way.PASS)
    late = await stage.until_told()
    await stage.bot.stop()
    broken += await _told_by(stage, "restore", "old.db", wanted="held back")
    before = await _loud(stage)
    await stage.bot.start()
    await stage.bot.ready()
    await asyncio.sleep(QUIET_SECONDS)
    broken += await _since(before, stage, "unconfirmed")
    broken += await _told_by(stage, "restore", "--confirm", "drop", wanted="")
    await asyncio.sleep(QUIET_SECONDS)
    broken += await _since(before, stage, "dropped")
    return Finding(
        what="old backup put back",
        times=1,
        tally=await stage.tally(),
        short_most=len(stage.wanted),
        broken=broken,
        remarks={"told after s": round(late, 1)},
    )


async def _platforms(stage: Stage, way: Way) -> None:
    for name in PLATFORMS:
        stage.proxies[name].behave(way)


async def _all_recorded(stage: Stage) -> None:
    """Wait until every end is in the outbox; none can go out."""
    query = "SELECT count(*) FROM outbox WHERE tell = 'ended'"
    async with asyncio.timeout(TOLD_SECONDS):
        while await stage.bot.counted(query) < len(stage.wanted):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.1)


async def _loud(stage: Stage) -> int:
    return sum(each.loud for each in await stage.said())


async def _since(before: int, stage: Stage, when: str) -> list[str]:
    more = await _loud(stage) - before
    return [f"{more} rings while {when}"] if more else []


async def _told_by(stage: Stage, *words: str, wanted: str) -> list[str]:
    """Run a command beside the bot; say if it fails or does not say what it should."""
    code, told = await stage.bot.command(*words)
    good = code == 0 and wanted in told
    return [] if good else [f"{words[0]}: exit {code}, {told[-300:]!r}"]

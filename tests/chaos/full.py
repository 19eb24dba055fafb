"""A disk that is full for a while: said by /readyz, and nothing is lost by it."""

import asyncio
import errno
import sqlite3
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.report import Finding
from tests.chaos.stage import Stage
from tests.chaos.tally import missing

SIZE: Final = "8m"
NAME: Final = "mjwatch.db"
RED_SECONDS: Final = 90.0
FULL_SECONDS: Final = 5.0  # that it stays so
_PIECE: Final = b"\0" * 4096
_RED: Final = "database: cannot be written"


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[Path | None]:
    """Mount a small tmpfs there; None where that is not allowed."""
    words = ("-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs")
    if await _done("mount", *words, str(folder)):
        yield None
        return
    try:
        yield folder
    finally:
        await _done("umount", "--lazy", str(folder))


async def _done(*words: str) -> int:
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
    except OSError:
        return 1
    return await process.wait()


async def full_disk(stage: Stage, disk: Path, *, tasks: int) -> Finding:
    """Let tasks end while nothing can be written; make room again."""
    await stage.bot.start()
    await stage.bot.ready()
    await stage.watch(stage.new_wishes(tasks))
    filler = disk / "filler"
    _shrink(disk / NAME)
    _fill(filler)
    await stage.end(stage.tasks)
    broken = await _not_red(stage)
    await asyncio.sleep(FULL_SECONDS)
    untold = len(missing(stage.wanted, await stage.said()))
    broken += [] if untold else ["it was not full"]
    filler.unlink()
    late = await stage.until_told()
    await stage.bot.ready()
    return Finding(
        what="full disk",
        times=1,
        tally=await stage.settled_tally(),
        short_most=len(stage.wanted),
        broken=[*broken, *map(str, await stage.refusals())],
        remarks={"untold while full": untold, "told after s": round(late, 1)},
    )


def _shrink(database: Path) -> None:
    """Leave no room in the log of writes; it would be used again."""
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _fill(file: Path) -> None:
    """Write until there is no room."""
    with file.open("ab", buffering=0) as opened:
        try:
            while True:
                opened.write(_PIECE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


async def _not_red(stage: Stage) -> list[str]:
    """Wait until readiness says what is wrong."""
    loop = asyncio.get_running_loop()
    until = loop.time() + RED_SECONDS
    while loop.time() < until:
        status, words = await stage.bot.probe("readyz")
        if status == 503 and _RED in words:
            return []
        await asyncio.sleep(LOOK_SECONDS)
    return ["/readyz stayed green"]

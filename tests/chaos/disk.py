"""What lies on the disk at any instant: crash images, and migrations cut short."""

import asyncio
import random
import shutil
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.chaos.report import Finding
from tests.chaos.servers import ENVIRONMENT, ROOT, end

GAP_SECONDS: Final = 0.06  # between two images, at most
MIGRATION_SECONDS: Final = 1.6  # that the program takes, and a little more
OLD: Final = "0001"
_SIDE: Final = "-wal"


async def crash_images(folder: Path, *, images: int, chance: random.Random) -> Finding:
    """Freeze a writer at random instants, copy what lies there, and open the copies.

    A frozen program writes nothing, so the copy is what a power cut would leave (of
    what the system had already taken).
    """
    source = folder / "source.db"
    process = await _run("-m", "tests.chaos.writing", str(source))
    acknowledged = _Acknowledged(process)
    broken: list[str] = []
    try:
        await acknowledged.begin()
        for number in range(images):
            await asyncio.sleep(chance.uniform(0, GAP_SECONDS))
            copy = folder / f"image{number}.db"
            process.send_signal(signal.SIGSTOP)
            last = await acknowledged.last()
            _copy(source, copy)
            process.send_signal(signal.SIGCONT)
            broken += _wrong_with(copy, last)
    finally:
        await end(process)
    writes = {"writes": await acknowledged.last()}
    return Finding(what="crash images", times=images, broken=broken, remarks=writes)


class _Acknowledged:
    """The last number that a writer has said."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self._said = process.stdout
        self._last = 0

    async def begin(self) -> None:
        """Wait for the first."""
        self._last = int(await self._said.readline())

    async def last(self) -> int:
        """Take in all that has been said."""
        try:
            while True:
                async with asyncio.timeout(0.005):
                    line = await self._said.readline()
                if not line:
                    return self._last
                self._last = int(line)
        except TimeoutError:
            return self._last


def _copy(source: Path, target: Path) -> None:
    for side in ("", _SIDE):
        there = source.with_name(source.name + side)
        if there.exists():
            shutil.copy(there, target.with_name(target.name + side))


def _wrong_with(copy: Path, last: int) -> list[str]:
    """Open an image; say what is not as it should be."""
    with closing(sqlite3.connect(copy)) as conn:
        [(check,)] = conn.execute("PRAGMA quick_check")
        query = "SELECT count(*) FROM facts WHERE name LIKE 'ack:%' AND CAST(substr(name, 5) AS INTEGER) <= ?"
        [(facts,)] = conn.execute(query, (last,))
        torn = "SELECT count(*) FROM tasks t WHERE state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.task_key = t.key)"
        [(untold,)] = conn.execute(torn)
    wrong = [check] if check != "ok" else []
    wrong += [f"{last - facts} acknowledged facts missing"] if facts != last else []
    return wrong + ([f"{untold} ends without their tells"] if untold else [])


async def migrations_cut_short(
    folder: Path, *, kills: int, chance: random.Random
) -> Finding:
    """Kill `mjwatch migrate` at random instants: the schema is the old or the new one."""
    old = folder / "old.db"
    await _finish(await _run("-m", "tests.chaos.aging", str(old), OLD))
    broken: list[str] = []
    found: list[str] = []
    for number in range(kills):
        home = folder / f"m{number}"
        home.mkdir()
        shutil.copy(old, home / "mjwatch.db")
        process = await _migrating(home)
        await asyncio.sleep(chance.uniform(0, MIGRATION_SECONDS))
        await end(process)
        found.append(_schema(home))
        broken += [] if await _finish(await _migrating(home)) == 0 else ["exit"]
        broken += [] if list(home.glob("*.bak")) else ["no backup"]
        broken += [] if _schema(home) > OLD else ["it did not arrive"]
    fresh = sum(each > OLD for each in found)
    return Finding(
        what="migration killed",
        times=kills,
        broken=broken,
        remarks={"old": len(found) - fresh, "new": fresh},
    )


def _schema(home: Path) -> str:
    """The revision of a database, which must be sound."""
    with closing(sqlite3.connect(home / "mjwatch.db")) as conn:
        [(check,)] = conn.execute("PRAGMA integrity_check")
        [(revision,)] = conn.execute("SELECT version_num FROM alembic_version")
        tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
    whole = ("feeds" in tables) == ("boards" in tables) == (revision > OLD)
    return str(revision) if check == "ok" and whole else "torn"


async def _migrating(home: Path) -> Process:
    settings = {
        "DATABASE_URL": f"sqlite:///{home / 'mjwatch.db'}",
        "RELAY_URL": "http://127.0.0.1:1",
    }
    return await _run("-m", "bot", "migrate", cwd=home, **settings)


async def _run(*words: str, cwd: Path = ROOT, **settings: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *words),
        env={**ENVIRONMENT, **settings},
        cwd=cwd,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )


async def _finish(process: Process) -> int:
    await process.communicate()
    return process.returncode or 0

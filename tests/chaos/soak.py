"""A long life lived fast: what it costs at the end is what it cost near its beginning."""

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.chaos.report import Finding, say
from tests.chaos.servers import ENVIRONMENT, ROOT, end
from tests.chaos.soaking import State

GROWTH_MOST: Final = 1.05
GROWN_UP: Final = 5  # rounds until old rows go as new ones come
ROUNDS_SAID: Final = 20
_QUICK: Final = Path("/dev/shm")  # what is tried is memory, not the disk


async def soak(folder: Path, *, cycles: int) -> Finding:
    """Let a program live so many watches, its clock put wrong three times."""
    quick = _QUICK if _QUICK.is_dir() else folder
    with tempfile.TemporaryDirectory(prefix="mjwatch-soak-", dir=quick) as home:
        process = await _living(Path(home), cycles)
        try:
            states = [each async for each in _states(process)]
        finally:
            code = await end(process)
    broken = [] if not code else [f"exit {code}"]
    return _finding(states, [*broken, *wrong_with(states)])


def wrong_with(states: list[State]) -> list[str]:
    """Name what grew or was not told exactly once."""
    if len(states) <= GROWN_UP:
        return ["its life was too short"]
    first, last = states[max(GROWN_UP, len(states) // 5)], states[-1]
    grew = {
        "memory": last.resident_bytes / first.resident_bytes,
        "open files": last.open_files / first.open_files,
        "database": last.database_bytes / first.database_bytes,
    }
    wrong = [f"{name} x {by:.3f}" for name, by in grew.items() if by > GROWTH_MOST]
    return wrong + ([f"{last.wrong} not told once"] if last.wrong else [])


def _finding(states: list[State], broken: list[str]) -> Finding:
    if not states:
        return Finding(what="soak", broken=broken)
    first, last = states[max(GROWN_UP, len(states) // 5) % len(states)], states[-1]
    return Finding(
        what="soak",
        times=last.cycles,
        broken=broken,
        remarks={
            "MB resident, a fifth in": round(first.resident_bytes / 1e6, 1),
            "at the end": round(last.resident_bytes / 1e6, 1),
            "open files": last.open_files,
            "MB of database": round(last.database_bytes / 1e6, 2),
        },
    )


async def _living(folder: Path, cycles: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.soaking", str(folder), str(cycles)),
        env=ENVIRONMENT,
        cwd=ROOT,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )


async def _states(process: Process) -> AsyncIterator[State]:
    """Read a line for each round, and say some of them."""
    assert process.stdout is not None
    number = 0
    async for line in process.stdout:
        state = State(**json.loads(line))
        number += 1
        if number % ROUNDS_SAID == 0:
            say(f"soak: {state.cycles} cycles, {state.resident_bytes >> 20} MB")
        yield state
    await process.wait()

"""Processes beside the one that is measured, on the other core where there is one."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

LIMIT_SECONDS: Final = 150.0  # nothing here takes half of it; a part ends before


def cores() -> list[int]:
    """The cores this process may use, as it was started."""
    return _CORES


def take_first_core() -> None:
    """Stay on one core: what is measured has it to itself, as far as we decide."""
    _pin(0, _CORES[:1])


@asynccontextmanager
async def child(*words: str, core: int = -1) -> AsyncIterator[str]:
    """Run a module as a process on the last core; give its first line.

    Args:
        words: The module and its arguments.
        core: Which of the cores, counted as in a list.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdout=PIPE, limit=1 << 20
    )
    _pin(process.pid, [_CORES[core]])
    try:
        yield await _first_line(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def run(*words: str, pinned: bool = True) -> str:
    """Run a module to its end; give what it printed.

    Raises:
        RuntimeError: It failed.
        TimeoutError: It did not come to its end.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdout=PIPE
    )
    if pinned:
        _pin(process.pid, _CORES[:1])
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}")
    return out.decode()


async def _first_line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT_SECONDS):
        return (await process.stdout.readline()).decode().strip()


def _cores_at_start() -> list[int]:
    if sys.platform != "linux":
        return list(range(os.cpu_count() or 1))
    return sorted(os.sched_getaffinity(0))


def _pin(pid: int, chosen: list[int]) -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(pid, chosen)


_CORES: Final = _cores_at_start()

"""The parts of the table, each run in a process group of its own.

A part that fails, or that does not come to its end in time, is a line of the table
and takes no other along.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Final, Protocol

from benchmarks.report import Row

LAST_WORDS: Final = 200  # characters of an error that the table shows


class Measure(Protocol):
    """Measures some rows."""

    async def __call__(self, *, quick: bool) -> list[Row]:
        """Measure; scaled down if quick."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is measured together.

    Attributes:
        numbers: The rows that it gives, their letters left out.
        what: In a few words, should it fail.
        where: Module and function.
        seconds: The limit of a full run, and of a quick one; 0: not in a quick one.
    """

    numbers: tuple[str, ...]
    what: str
    where: str
    seconds: tuple[int, int]


# In the order of the table.
PARTS: Final = (
    Part(("0",), "ring time", "ringing.ring_time", (110, 50)),
    Part(("0b",), "ring time, pictures that never come", "ringing.hanging", (150, 0)),
    Part(("1", "2", "3"), "CPU per look", "looking.rows", (150, 40)),
    Part(("4",), "watching many", "watching.rows", (240, 70)),
    Part(("5", "6", "7"), "the polling policy", "polling.rows", (150, 60)),
    Part(("8",), "stored watches", "storing.rows", (120, 0)),
    Part(("9",), "telling many", "ringing.burst", (180, 60)),
    Part(("10",), "answers to people", "answers.rows", (150, 0)),
    Part(("11",), "large pictures", "pictures.rows", (60, 0)),
    Part(("12",), "starts", "starting.rows", (150, 0)),
    Part(("13",), "what a busy chat costs", "busy_chat.rows", (150, 0)),
    Part(("14",), "writes beside a backup", "backing_up.rows", (120, 0)),
)


def chosen(wanted: frozenset[str], *, quick: bool) -> list[Part]:
    """Pick the parts that were asked for; by default all that the run has time for."""
    if wanted:
        return [part for part in PARTS if wanted & set(part.numbers)]
    return [part for part in PARTS if part.seconds[quick]]


async def measure(parts: Iterable[Part], *, quick: bool) -> list[Row]:
    """Run parts one after the other, so that none disturbs another."""
    found: list[Row] = []
    for part in parts:
        begun = time.monotonic()
        rows = await _apart(part, quick=quick)
        spent = time.monotonic() - begun
        for row in rows:
            print(f"{row.number}: {row.measured}", file=sys.stderr)
        print(f"({spent:.0f} s)", file=sys.stderr)
        found += rows
    return found


def run_here(where: str, *, quick: bool) -> None:
    """Run one part in this process; the last line printed is its rows."""
    module, _, function = where.partition(".")
    part: Measure = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    rows = asyncio.run(part(quick=quick))
    print(json.dumps([asdict(row) for row in rows]))


async def _apart(part: Part, *, quick: bool) -> list[Row]:
    limit = part.seconds[quick] or part.seconds[False]
    words = ["benchmarks", "--part", part.where, *["--quick"] * quick]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        limit=1 << 24,
    )
    try:
        async with asyncio.timeout(limit):
            out, err = await process.communicate()
    except TimeoutError:
        return _failed(part, f"not at its end within {limit} s", hung=True)
    finally:
        await _end(process)
    if process.returncode:
        print(err.decode(), file=sys.stderr)
        return _failed(part, _last_line(err))
    return [Row(**each) for each in json.loads(out.splitlines()[-1])]


def _failed(part: Part, why: str, *, hung: bool = False) -> list[Row]:
    told = Row("", part.what, f"**FAILED**: {why}", "", "", met=False)
    return [replace(told, number=n, failed=True, hung=hung) for n in part.numbers]


def _last_line(err: bytes) -> str:
    lines = [line for line in err.decode().splitlines() if line.strip()]
    return lines[-1][:LAST_WORDS].replace("|", "/") if lines else "no word"


async def _end(process: Process) -> None:
    """End a part and whatever it has started: the group is its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()

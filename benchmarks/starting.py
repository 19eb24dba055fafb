"""Row 12: how long a start takes, beside an interpreter that imports the libraries."""

import asyncio
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp

from benchmarks.children import child
from benchmarks.load import name
from benchmarks.report import Row

TIMES: Final = 7
GOAL: Final = 1.5
PATIENCE_SECONDS: Final = 20.0
HELPING: Final = "typer, typer.rich_utils, asyncio"
ASKING: Final = "typer, rich.console, aiohttp, msgspec, pydantic_settings, structlog"
RUNNING: Final = (
    "typer, aiohttp.web, msgspec, pydantic_settings, structlog, aiosqlite, "
    "sqlalchemy.ext.asyncio, alembic.command, babel, PIL.Image, prometheus_client"
)

Start = Callable[[Path], Awaitable[float]]


async def rows(*, quick: bool) -> list[Row]:
    """Start each in turn with its peer."""
    times = 3 if quick else TIMES
    async with child("benchmarks.relay") as relay:
        env = {"RELAY_URL": f"http://127.0.0.1:{relay}", "RELAY_PREFIX": "/v-start/mj"}
        status = ("-m", "bot", "status", name(1))
        return [
            await _pair(
                "12a", "mjwatch's help", _done("-m", "bot", "--help"), HELPING, times
            ),
            await _pair(
                "12b", "mjwatch status", _done(*status, env=env), ASKING, times
            ),
            await _pair(
                "12c",
                "mjwatch run to ready, empty database",
                _ready(env),
                RUNNING,
                times,
            ),
        ]


async def _pair(
    number: str, figure: str, start: Start, libraries: str, times: int
) -> Row:
    peer = _done("-c", f"import {libraries}")
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(times + 1):
        for found, way in ((ours, start), (theirs, peer)):
            with tempfile.TemporaryDirectory(prefix="mjwatch-bench-") as folder:
                found.append(await way(Path(folder)))
    ratio = median(a / b for a, b in zip(ours[1:], theirs[1:], strict=True))
    return Row(
        number,
        f"start: {figure}",
        f"{ratio:.2f} x ({median(ours[1:]):.2f} s)",
        f"importing the libraries: {median(theirs[1:]):.2f} s",
        f"{GOAL} x",
        ratio <= GOAL,
        raw={"ours": ours[1:], "libraries": theirs[1:]},
    )


def _done(*words: str, env: Mapping[str, str] | None = None) -> Start:
    async def start(folder: Path) -> float:
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=dict(env or {}),
            cwd=folder,
        )
        await process.wait()
        return time.monotonic() - begun

    return start


def _ready(env: Mapping[str, str]) -> Start:
    async def start(folder: Path) -> float:
        port = _free_port()
        door = {"BROWSER_CHAT": "on", "WEB_PORT": str(port)}
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            stdout=DEVNULL,
            stderr=DEVNULL,
            env={**env, **door},
            cwd=folder,
        )
        try:
            await _answers(f"http://127.0.0.1:{port}/readyz")
            return time.monotonic() - begun
        finally:
            process.terminate()
            await process.wait()

    return start


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(int(PATIENCE_SECONDS * 100)):
            if await _good(session, url):
                return
            await asyncio.sleep(0.01)
    raise TimeoutError(url)


async def _good(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.ok
    except aiohttp.ClientError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
